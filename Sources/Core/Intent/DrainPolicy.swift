/// How a director leaves the fabric without breaking what is under way.
package struct DrainPolicy: Equatable, Sendable {
    /// What makes a path worse than any other before it is taken back.
    package enum SoftPath: Hashable, Sendable {
        /// The community that asks neighbours to prefer any other path (RFC 8326).
        case gracefulShutdown
        /// The own AS put before the path so many times more.
        case prepend(Int)
        /// This metric in place of the configured one.
        case med(UInt32)
        /// Nothing: routes are taken back at once.
        case none
    }

    /// What a stop of the daemon does to the announcements.
    package enum OnStop: String, Equatable, Sendable, CaseIterable {
        /// Leaves routes and table as they are: bgpd and the kernel carry on.
        case keep
        /// Withdraws every VIP, then stops.
        case withdraw
        /// Drains in full, then stops.
        case drain
    }

    /// What becomes of an order to drain that takes the last known path to a VIP away.
    package enum LastPath: String, Equatable, Sendable, CaseIterable {
        /// It is refused unless the operator says that it is meant.
        case ask
        /// It is carried out: the fabric hides other paths from this director, so that it can
        /// never know of any.
        case ignore
    }

    /// What the first step of a drain does to the paths.
    package var announce: SoftPath
    /// How long routers are given to leave a path once every peer was sent the worse one.
    package var settle: Duration
    /// How long a drain waits for peers that are not known to be sent the worse path, or for a bgpd
    /// that refuses it, before it takes the route back all the same; the turn of a route comes on
    /// top.
    ///
    /// A bgpd may gather what it tells a peer for as long as its advertisement interval, for which
    /// RFC 4271 (§10) suggests 30 s towards other AS; where nothing else tells that it is over
    /// (Quagga), a second more is waited for, and looks take the rest. Whoever was not told by
    /// then will not be.
    package var softenAtMost: Duration
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
    /// The file that drains the director for as long as it exists; `nil` for none.
    package var file: String?
    /// What becomes of an order that takes the last known path to a VIP away.
    package var lastPath: LastPath

    /// A policy of these parts, each of which has a default.
    package init(
        announce: SoftPath = .gracefulShutdown,
        settle: Duration = .seconds(15),
        softenAtMost: Duration = .seconds(35),
        packetsBelow: Double = 1,
        quietFor: Duration = .seconds(3),
        atMost: Duration = .seconds(60),
        onStop: OnStop = .keep,
        file: String? = nil,
        lastPath: LastPath = .ask
    ) {
        self.announce = announce
        self.settle = settle
        self.softenAtMost = softenAtMost
        self.packetsBelow = packetsBelow
        self.quietFor = quietFor
        self.atMost = atMost
        self.onStop = onStop
        self.file = file
        self.lastPath = lastPath
    }
}

extension DrainPolicy.SoftPath {
    /// `attributes` as a worse path has them.
    package func applied(to attributes: RouteAttributes) -> RouteAttributes {
        var worse = attributes
        switch self {
        case .gracefulShutdown: return attributes.adding(.gracefulShutdown)
        case .prepend(let times): worse.prepend += times
        case .med(let med): worse.med = med
        case .none: break
        }
        return worse
    }
}

extension DrainPolicy.SoftPath: CustomStringConvertible {
    /// In words: `graceful-shutdown`, `prepend 3`, `MED 1000` or `none`.
    package var description: String {
        switch self {
        case .gracefulShutdown: "graceful-shutdown"
        case .prepend(let times): "prepend \(times)"
        case .med(let med): "MED \(med)"
        case .none: "none"
        }
    }
}
