/// How a director leaves the fabric without breaking what is under way.
package struct DrainPolicy: Equatable, Sendable {
    /// What a stop of the daemon does to the announcements.
    package enum OnStop: String, Equatable, Sendable, CaseIterable {
        /// Leaves routes and table as they are: bgpd and the kernel carry on.
        case keep
        /// Withdraws every VIP, then stops.
        case withdraw
        /// Drains in full, then stops.
        case drain
    }

    /// The rate, in packets per second over all VIPs, below which a withdrawn node is quiet.
    ///
    /// Connections are the wrong measure here: once routers send flows elsewhere their entries on
    /// this director only age, because a direct-routing director never sees a server's FIN.
    package var packetsBelow: Double
    /// How long the rate must stay below.
    package var quietFor: Duration
    /// How long to wait for that at the most, counted from when the last route was seen gone.
    package var atMost: Duration
    /// What a stop does.
    package var onStop: OnStop

    /// A policy of these parts, each of which has a default.
    package init(
        packetsBelow: Double = 1,
        quietFor: Duration = .seconds(3),
        atMost: Duration = .seconds(60),
        onStop: OnStop = .keep
    ) {
        self.packetsBelow = packetsBelow
        self.quietFor = quietFor
        self.atMost = atMost
        self.onStop = onStop
    }
}
