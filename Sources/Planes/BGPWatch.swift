import Core
import FRR
import Net

/// Looks at a bgpd, and remembers what it saw for as long as that stands.
actor BGPWatch {
    private let bgpd: any RoutingDaemon
    private let owned: [Prefix]
    private let now: @Sendable () -> ContinuousClock.Instant
    private var last: (seen: BGPObservation, at: ContinuousClock.Instant)?

    init(
        _ bgpd: any RoutingDaemon,
        owned: [Prefix],
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.bgpd = bgpd
        self.owned = owned
        self.now = now
    }

    /// What there is to see, once the connection for writes has shown a sign of life: a bgpd that
    /// cannot be written to is not seen, whatever it still shows.
    func observe() async throws(FRRError) -> BGPObservation {
        try await bgpd.ping()
        let start = now()
        let previous = last.flatMap { start - $0.at < VTYLimits.glanceHolds ? $0 : nil }
        last = nil
        let seen = try await bgpd.observe(owned: owned, previous: previous?.seen)
        // The age counts from the look, not from the glance that found it to stand.
        last = (seen, previous.flatMap { $0.seen == seen ? $0.at : nil } ?? start)
        return seen
    }

    /// Something was written: what was seen before says nothing any more.
    func forget() { last = nil }

    /// What was last seen and not overtaken by a write.
    var latest: BGPObservation? { last?.seen }
}
