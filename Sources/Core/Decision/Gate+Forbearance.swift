/// What holds an announcement back although everything speaks for it.
///
/// None of it ever keeps a withdrawal from going out, or ends an announcement that stands.
extension Gate {
    /// What the services and their footing say against the VIP, whatever an operator has ordered.
    func frailty(
        of vip: VIP,
        _ standings: [ServiceStanding],
        health: Reason?,
        footing: Reason?
    ) -> Reason? {
        switch health {
        case .holdUp?, .suspect?, nil: footing
        case let reason?: reason
        }
    }

    /// Takes note when a VIP that was fit no longer is, unless somebody wanted it so.
    func rememberFlap(
        of vip: VIP,
        _ frailty: Reason?,
        isHeld: Bool,
        remembering memory: inout GateMemory
    ) {
        guard drainCause == nil else {
            memory.wasFit = false
            return
        }
        switch frailty {
        case nil: memory.wasFit = memory.wasFit || !isHeld
        case .noQuorum?, .addressMissing?, .servicesMissing?:
            if memory.wasFit, let policy = vip.damping { memory.flaps.flapped(at: now, policy) }
            memory.wasFit = false
        // What cannot be seen has not failed.
        case _?: break
        }
    }

    /// Holds back a VIP that flapped.
    func damp(
        _ decision: inout Decision,
        _ vip: VIP,
        remembering memory: GateMemory,
        timer: inout Timer
    ) {
        guard decision.verdict == .announce, !sight.slice.announced, let policy = vip.damping,
            let until = memory.flaps.heldUntil(at: now, policy)
        else { return }
        timer.set(until)
        decision.wanted.announcement = nil
        decision.verdict = .withhold(
            .damped(
                penalty: Int(memory.flaps.penalty(at: now, policy)),
                remaining: until - now
            )
        )
    }

    /// Gives nothing new to a bgpd that is still being told its configuration, nor a route to
    /// somebody who keeps removing it, nor to anyone while a drain file may say otherwise.
    func forbear(_ decision: inout Decision, timer: inout Timer) {
        let seen = sight.slice.announcement
        guard let wanted = decision.wanted.announcement, wanted != seen else { return }
        let reason: Reason
        // What makes a path worse is right, whatever the file says.
        if let until = scene.drainFileUntil, wanted.level == .normal {
            timer.set(until)
            reason = .drainFileUnknown(remaining: until - now)
        } else if scene.isLoading {
            reason = .loading
        } else if let until = scene.contestedUntil {
            timer.set(until)
            reason = .contested(remaining: until - now)
        } else {
            return
        }
        decision.wanted.announcement = seen
        decision.isForborne = true
        if decision.verdict == .announce { decision.verdict = .withhold(reason) }
    }
}
