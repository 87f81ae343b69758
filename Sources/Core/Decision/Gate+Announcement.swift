import Net

// What is announced in the end, and in which form.

extension Gate {
    /// What follows for the announcement of `vip` from `reason`, and from a drain.
    func conclude(
        _ decision: inout Decision,
        about vip: VIP,
        against reason: Reason?,
        normal: Announcement,
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) {
        if let cause = drainCause {
            decision.verdict = .withhold(cause.reason)
            let (announcement, stage) = drained(
                because: cause,
                normal: normal,
                isLost: reason != nil,
                remembering: &memory,
                timer: &timer
            )
            decision.wanted.announcement = announcement
            decision.drain = stage
            decision.unsoftened = memory.softening?.late ?? []
        } else {
            memory.softening = nil
            memory.isDrainedOut = false
            if let reason {
                decision.verdict = .withhold(reason)
                decision.wanted.announcement = nil
            } else {
                raise(&decision, to: normal, vip)
            }
        }
        // A VIP that moves to another speaker stays at the old one until routers have the new path.
        if decision.wanted.announcement != nil, sight.sentTo.isEmpty {
            decision.wanted.strays = sight.slice.strays
        }
        concludeAboutSpeaker(&decision)
    }

    private func concludeAboutSpeaker(_ decision: inout Decision) {
        switch scene.bgp {
        case .seen: break
        case .unseen where decision.verdict == .announce:
            decision.verdict = .withhold(.unseen(.bgp))
        case .blind(let fault) where decision.verdict == .announce && !sight.slice.announced:
            decision.verdict = .withhold(.blind(.bgp, fault))
        case .unseen, .blind: break
        }
        if let refusal = scene.refusal, decision.verdict == .announce {
            decision.verdict = .withhold(.refused(refusal))
            decision.wanted.announcement = sight.slice.announcement
            decision.wanted.strays = sight.slice.strays
        }
    }

    /// Announces a VIP that nothing speaks against as `normal`.
    ///
    /// What stands in another form is left in it while it is not seen to serve: to prefer a path is
    /// to ask for more flows.
    private func raise(_ decision: inout Decision, to normal: Announcement, _ vip: VIP) {
        decision.verdict = .announce
        decision.wanted.announcement = normal
        guard let seen = sight.slice.announcement, seen != normal,
            let obstacle = obstacleToMore(vip, decision.services)
        else { return }
        decision.wanted.announcement = seen
        if seen.level == .soft { decision.verdict = .withhold(obstacle) }
    }

    /// Why the VIP should not be asked for more flows now, although it may stay announced.
    private func obstacleToMore(_ vip: VIP, _ standings: [ServiceStanding]) -> Reason? {
        for plane in [PlaneName.link, .ipvs] {
            switch scene[plane] {
            case .seen: continue
            case .unseen: return .unseen(plane)
            case .blind(let fault): return .blind(plane, fault)
            }
        }
        guard sight.slice.bound else { return .addressMissing }
        let gating = standings.filter(\.gates)
        let serving = gating.filter { standing in
            vip.services.contains { $0.id == standing.id && isFit($0, standing) }
        }
        let isServing =
            switch vip.condition {
            case .allServices: serving.count == gating.count
            case .anyService: !serving.isEmpty
            }
        guard isServing else {
            let undetermined = gating.filter { $0.state == .undetermined }.map(\.name)
            guard undetermined.isEmpty else { return .notChecked(undetermined) }
            let fit = Set(serving.map(\.id))
            return .servicesMissing(gating.filter { !fit.contains($0.id) }.map(\.name))
        }
        return scene.wrongSettings.isEmpty ? nil : .settingsWrong(scene.wrongSettings)
    }

    /// Whether `service` would do for a new announcement: what is on its way out does not count.
    private func isFit(_ service: VirtualService, _ standing: ServiceStanding) -> Bool {
        guard standing.state == .up, standing.isSeen,
            let seen = sight.slice.services[service.id]
        else { return false }
        return inUse(service, seen.destinations, in: standing.counted.unit) >= standing.needed
    }

    /// How `vip` is announced while nothing speaks against it.
    func normal(_ vip: VIP, _ bandwidth: UInt32?) -> Announcement {
        // What goes with a redistributed route is the operator's own route-map's business.
        guard scene.method == .network else { return Announcement() }
        var attributes = vip.attributes
        attributes.bandwidth = bandwidth
        return Announcement(.normal, attributes)
    }
}
