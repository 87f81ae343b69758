package import Net

/// What is believed about one address: seen by audits, kept up to date by acknowledged writes.
package struct Sight: Equatable, Sendable {
    /// What is there.
    package var slice: Slice = .empty
    /// Services whose removal was handed out and is neither acknowledged nor seen.
    ///
    /// They carry nothing any more, and may be there all the same.
    package var vanishing: Set<ServiceID> = []
    /// Established connections per destination, as last seen.
    package var activeConnections: [ServiceID: [Endpoint: Int]] = [:]
    /// What was counted for each service, as last seen.
    package var traffic: [ServiceID: ServiceTraffic] = [:]
    /// When the table was last looked at.
    package var tableSeenAt: Moment?
    /// The peers that were last seen to be sent the prefix.
    package var sentTo: Set<String> = []
    /// Whether `sentTo` was read after the last write to bgpd.
    ///
    /// An acknowledged write proves neither that a route left the box nor that it came back.
    package var isRouteConfirmed = false
    /// Why the prefix is configured and yet sent to nobody.
    package var obstacle: Fault?

    /// An address never looked at.
    package init() {}

    /// True once the route is seen to be gone: not configured, and sent to no peer.
    package var isRouteGone: Bool { isRouteConfirmed && !slice.announced && sentTo.isEmpty }
}
