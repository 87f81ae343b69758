import Net

// Servers that are brought back because too few are left: told when it begins and ends, and shown.

extension Director {
    /// Records that a service began or ceased to give failing servers their weight back.
    mutating func notePanic(
        _ before: [ServiceStanding],
        _ after: [ServiceStanding],
        at address: IPAddress
    ) {
        for standing in after {
            let earlier = before.first { $0.id == standing.id }?.panic
            switch (earlier, standing.panic) {
            case (nil, let panic?):
                record(.vip, level: .error, address: address, "\(standing.name): \(panic)")
            case (.some, nil):
                record(.vip, address: address, "\(standing.name): enough lives again")
            case (.some, .some), (nil, nil): continue
            }
        }
    }

    /// The gates of `min-healthy`, which open and close nothing.
    func panicGates(_ vip: VIP, _ decision: Decision) -> [GateStatus] {
        vip.services.compactMap { service in
            guard let status = minHealthyStatus(of: service, decision) else { return nil }
            let panic = decision.services.first { $0.id == service.id }?.panic
            let text =
                panic.map { "\($0)" }
                ?? "\(status.counted) \(status.live) lives, min-healthy asks for \(status.needed)"
            return GateStatus(
                name: "min-healthy",
                standing: panic == nil ? .open : .none,
                text: "\(service.name): \(text)"
            )
        }
    }

    /// How `service` stands against its `min-healthy`; `nil` where it has none.
    func minHealthyStatus(of service: VirtualService, _ decision: Decision?) -> MinHealthyStatus? {
        guard let threshold = service.minHealthy,
            let standing = decision?.services.first(where: { $0.id == service.id })
        else { return nil }
        let ready = service.backends.filter { $0.admin == .ready }
        let amount = { (backend: Backend) in threshold.unit.amount(of: backend.weight) }
        let live = ready.filter { service.health(of: $0) { health[$0]?.isUp } == true }
        return MinHealthyStatus(
            counted: threshold.unit.rawValue,
            live: live.reduce(0) { $0 + amount($1) },
            needed: threshold.least(ofConfigured: ready.reduce(0) { $0 + amount($1) }),
            broughtBack: standing.panic?.broughtBack ?? 0
        )
    }

    /// The services that give failing servers flows, which nobody must overlook.
    func panicWarnings() -> [WarningStatus] {
        tracks.sorted { $0.key < $1.key }.flatMap { address, track in
            (track.decision?.services ?? []).compactMap { standing in
                standing.panic.map { panic in
                    WarningStatus(
                        code: "min-healthy",
                        vip: track.name(address),
                        text: "\(standing.name): \(panic)",
                        fix: "look at the checks of its real servers"
                    )
                }
            }
        }
    }
}
