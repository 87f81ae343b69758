import Net

// Ration, damping and signs of life in the picture.

extension Director {
    func routeChangeStatus(_ now: Moment) -> RouteChangeStatus {
        RouteChangeStatus(
            waiting: ration.queue.count,
            longestSeconds: ration.queue.earliest.map { (now - $0).seconds },
            room: ration.budget.room(at: now),
            burst: intent.bgp.routeChanges.burst,
            perSecond: intent.bgp.routeChanges.perSecond
        )
    }

    /// The sign of life of the speaker called `name`.
    func pulseStatus(_ name: Name, _ now: Moment) -> PulseStatus {
        let pulse = pulses[name]
        let state: PulseStatus.State =
            if pulse?.isHung == true {
                .hung
            } else if pulse?.silent != nil {
                .silent
            } else {
                pulse?.isAnswering == true ? .answering : .unknown
            }
        return PulseStatus(
            state: state,
            silentSeconds: pulse?.silent.map { (now - $0.since).seconds },
            pendingWithdrawals: pendingWithdrawals(at: name).count
        )
    }

    /// The worst sign of life of all speakers.
    func worstPulse(_ now: Moment) -> PulseStatus? {
        intent.bgp.speakers.map { pulseStatus($0.name, now) }.max { $0.state < $1.state }
    }

    func dampingStatus(of track: Track, _ frame: Frame) -> DampingStatus? {
        guard let policy = track.vip?.damping else { return nil }
        let record = track.memory.flaps
        guard !record.isClean(at: frame.now, policy) else { return nil }
        return DampingStatus(
            penalty: record.penalty(at: frame.now, policy).rounded(),
            suppress: policy.suppress,
            reuse: policy.reuse,
            flaps: record.flaps,
            until: record.heldUntil(at: frame.now, policy).map(frame.time)
        )
    }

    /// What is known of the hold of a VIP: the hold-up, and what it flapped.
    func holdGate(_ vip: VIP, _ memory: GateMemory, _ now: Moment) -> GateStatus {
        let damping = vip.damping.flatMap { dampingText($0, memory.flaps, now) } ?? ""
        let isHeld = vip.damping.map { memory.flaps.heldUntil(at: now, $0) != nil } ?? false
        guard let since = memory.healthySince else {
            return GateStatus(
                name: "hold",
                standing: isHeld ? .closed : .none,
                text: "not healthy, nothing to hold\(damping)"
            )
        }
        let healthy = "healthy for \(Reason.tenths(now - since)) s"
        let isOver = now - since >= vip.holdUp
        return GateStatus(
            name: "hold",
            standing: isOver && !isHeld ? .open : .closed,
            text: "\(healthy), hold-up \(Reason.tenths(vip.holdUp)) s\(damping)"
        )
    }

    private func dampingText(
        _ policy: DampingPolicy,
        _ record: FlapRecord,
        _ now: Moment
    ) -> String? {
        guard !record.isClean(at: now, policy) else { return nil }
        let penalty = Int(record.penalty(at: now, policy).rounded())
        let text = "; flapped \(record.flaps) times, penalty \(penalty)"
        guard let until = record.heldUntil(at: now, policy) else {
            return "\(text), held back from \(Int(policy.suppress))"
        }
        return "\(text), held back until it is below \(Int(policy.reuse)): "
            + "in \(Reason.tenths(until - now)) s"
    }

    /// Why a change of the route waits, while one does.
    func budgetGates(of track: Track, at address: IPAddress, _ now: Moment) -> [GateStatus] {
        guard let since = ration.queue.waitingSince(address) else { return [] }
        let policy = intent.bgp.routeChanges
        let what = track.decision?.wanted.announcement == nil ? "withdrawal" : "announcement"
        return [
            GateStatus(
                name: "budget",
                standing: .closed,
                text: "its \(what) has waited for \(Reason.tenths(now - since)) s behind "
                    + "\(ration.queue.ahead(of: address)) of \(ration.queue.count) "
                    + "(\(policy.perSecond) a second, \(policy.burst) at once)"
            )
        ]
    }
}
