import Net

// A director that suspects itself holds what was up: weights and quorums count it. Nothing new is
// announced on the strength of that.

extension Gate {
    /// Whether `backend` counts as up only because the director suspects itself.
    func isHeld(_ backend: Backend, in service: VirtualService) -> Bool {
        guard scene.suspicion != nil, health(of: backend, in: service) == true else { return false }
        let isUp = self.isUp
        let isHeld = self.isHeld
        return service.health(of: backend) { isHeld($0) ? false : isUp($0) } == false
    }

    /// What of `service` is only held, in what its quorum counts.
    func held(of service: VirtualService, in unit: Quorum.Unit) -> Int {
        guard scene.suspicion != nil else { return 0 }
        return service.backends.reduce(0) { sum, backend in
            guard backend.admin == .ready, isHeld(backend, in: service) else { return sum }
            return sum + unit.amount(of: backend.weight)
        }
    }

    /// Whether `vip` could not be announced without what is held.
    func leansOnSuspicion(_ vip: VIP, _ standings: [ServiceStanding]) -> Bool {
        guard scene.suspicion != nil else { return false }
        let gating = standings.filter(\.gates)
        let passes = { (standing: ServiceStanding) in
            standing.state != .down && standing.counted.live - standing.held >= standing.needed
                || standing.state == .undetermined
        }
        return switch vip.condition {
        case .allServices: !gating.allSatisfy(passes)
        case .anyService: !gating.contains(where: passes)
        }
    }

    /// Why nothing new is announced on the strength of what is held.
    func suspicion(_ vip: VIP, _ standings: [ServiceStanding]) -> Reason? {
        guard let suspicion = scene.suspicion, !sight.slice.announced,
            leansOnSuspicion(vip, standings)
        else { return nil }
        return .suspect(failing: suspicion.failing, of: suspicion.heard)
    }

    /// How `vip` is announced: with a worse path where the policy says so and it stands on no more
    /// than what is held.
    func held(
        _ normal: Announcement,
        _ vip: VIP,
        _ standings: [ServiceStanding]
    ) -> Announcement {
        guard scene.suspicion?.softens == true, drainCause == nil,
            leansOnSuspicion(vip, standings)
        else { return normal }
        return soft(normal) ?? normal
    }
}
