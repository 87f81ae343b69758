import Core
import FRR
import Net

/// Looks at a bgpd, and remembers what it saw for as long as that stands.
actor BGPWatch {
    private let bgpd: any RoutingDaemon
    private let owned: [Prefix]
    private let now: @Sendable () -> ContinuousClock.Instant
    private var last: (seen: BGPObservation, at: ContinuousClock.Instant)?
    /// The connection that the last look was made on; another one may be another process.
    private(set) var connection: Int?
    /// Whether two looks on it have shown the same configuration.
    ///
    /// Until then it may still be read in, and a glance does not show that.
    private var isAtRest = false
    private var digest: UInt64?
    /// How often what was seen has been given up.
    private var forgotten = 0

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
        let current = await bgpd.openConnection
        if current != connection {
            isAtRest = false
            digest = nil
        }
        connection = current
        let previous = last.flatMap {
            isAtRest && start - $0.at < VTYLimits.glanceHolds ? $0 : nil
        }
        last = nil
        let before = forgotten
        let seen = try await bgpd.observe(owned: owned, previous: previous?.seen)
        // The age counts from the look, not from the glance that found it to stand. What was given
        // up meanwhile, this look may have read before.
        if before == forgotten {
            last = (seen, previous.flatMap { $0.seen == seen ? $0.at : nil } ?? start)
        }
        isAtRest = isAtRest || digest == seen.digest
        digest = seen.digest
        return seen
    }

    /// How old what somebody wants to know for certain may be: two who ask at once cost one look.
    static let freshFor: Duration = .seconds(1)

    /// What there is to see, read in full unless that was done just now.
    func observeAfresh() async throws(FRRError) -> BGPObservation {
        if let last, now() - last.at < Self.freshFor { return last.seen }
        forget()
        return try await observe()
    }

    /// Whether bgpd is still the one that was last looked at.
    func isSame() async -> Bool {
        guard let connection else { return false }
        return await bgpd.openConnection == connection
    }

    /// Something was written, or somebody wants to know for certain: what was seen before says
    /// nothing any more.
    func forget() {
        last = nil
        forgotten += 1
    }

    /// What was last seen and not overtaken by a write.
    var latest: BGPObservation? { last?.seen }
}
