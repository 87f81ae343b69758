package import Net

/// How a sentinel stands, and since when it does what it does.
struct SentinelStanding: Sendable {
    var sight: SentinelSight
    var since: Moment
}

/// What is known of the sentinels: nothing is decided by it, everything of it is shown.
extension Director {
    /// The sentinel of `endpoint` stands otherwise; `nil` when it is no more.
    package mutating func saw(_ sight: SentinelSight?, of endpoint: Endpoint, at now: Moment) {
        toldTime = now
        guard let sight else {
            sentinels[endpoint] = nil
            return
        }
        let before = sentinels[endpoint]
        let since = before?.sight.phase == sight.phase ? before?.since : now
        sentinels[endpoint] = SentinelStanding(sight: sight, since: since ?? now)
    }

    /// The sentinel of `backend`, where a check of `service` has one.
    func sentinelStatus(
        of backend: Backend,
        in service: VirtualService,
        _ frame: Frame
    ) -> SentinelStatus? {
        guard let endpoint = Self.watched(backend, in: service) else { return nil }
        guard let standing = sentinels[endpoint] else {
            return SentinelStatus(state: SentinelSight.Phase.off.rawValue)
        }
        let sight = standing.sight
        return SentinelStatus(
            state: sight.phase.rawValue,
            since: frame.time(of: standing.since),
            lastCall: sight.lastCall?.description,
            idleLimitSeconds: sight.idleLimit?.seconds
        )
    }

    /// How the sentinels of `service` stand all in all; `nil` where no check has one.
    func sentinelGate(_ service: VirtualService) -> GateStatus? {
        let endpoints = Set(service.backends.compactMap { Self.watched($0, in: service) })
        guard !endpoints.isEmpty else { return nil }
        let sights = endpoints.compactMap { sentinels[$0]?.sight }
        let watching = sights.count { $0.phase == .watching }
        var text = "\(service.name.text): \(watching) of \(endpoints.count) servers are watched"
        let closing = sights.compactMap(\.idleLimit)
        if let shortest = closing.min() {
            text +=
                ", \(closing.count) close idle connections, the first after "
                + "\(Reason.tenths(shortest)) s"
        }
        let crowdedOut = sights.count { $0.phase == .crowdedOut }
        if crowdedOut > 0 { text += ", \(crowdedOut) have no connection left" }
        return GateStatus(name: "sentinels", standing: .none, text: text)
    }

    private static func watched(_ backend: Backend, in service: VirtualService) -> Endpoint? {
        guard backend.admin != .maint else { return nil }
        return service.checks.first { $0.check.hasSentinel }?.check.target(for: backend).endpoint
    }
}
