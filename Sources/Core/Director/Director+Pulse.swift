import Net

// Signs of life: a bgpd that takes connections and does not answer.

extension Director {
    /// Asks every speaker for a sign of life that is due.
    mutating func feelPulses(at now: Moment) -> [Assignment] {
        let names = intent.bgp.speakers.map(\.name)
        if pulses.count > names.count { pulses = pulses.filter { names.contains($0.key) } }
        var assignments: [Assignment] = []
        for name in names {
            var pulse = pulses[name] ?? Pulse(next: now + Pulse.interval)
            if !pulse.isAwaited, pulse.next <= now {
                pulse.ask(at: now)
                assignments.append(.ping(name))
            }
            pulses[name] = pulse
        }
        return assignments
    }

    /// When the next sign of life is to be asked for.
    var pulseDue: Moment? { pulses.values.filter { !$0.isAwaited }.map(\.next).min() }

    /// The speaker called `name` gave a sign of life, or `fault` says what came instead.
    package mutating func felt(_ name: Name, _ fault: Fault?, at now: Moment) {
        toldTime = now
        counts.asked("ping", isGood: fault == nil)
        guard var pulse = pulses[name] else { return }
        let isNews = fault.map { pulse.failed($0, at: now) } ?? pulse.came(at: now)
        pulses[name] = pulse
        guard isNews else { return }
        let affected = tracks.filter { $0.value.speaker == name }.map(\.key)
        dirty.formUnion(affected)
        guard pulse.isHung else {
            for address in affected { tracks[address]?.routing.isStuckTold = false }
            planes[.speaker(name)]?.nextLook = now
            return record(.plane, "bgpd\(remark(name)) answers again")
        }
        record(.plane, level: .error, "\(Fault.hung(since: silence(of: name, at: now)))")
        for address in affected.sorted() { noteStuck(address) }
    }

    /// Whether the speaker called `name` hangs.
    func isHung(_ name: Name) -> Bool { pulses[name]?.isHung == true }

    /// Says once that `address` is to be withdrawn and cannot be.
    mutating func noteStuck(_ address: IPAddress) {
        guard let track = tracks[address], isHung(track.speaker), track.isWithdrawalPending,
            !track.routing.isStuckTold
        else { return }
        tracks[address]?.routing.isStuckTold = true
        record(
            .vip,
            level: .error,
            address: address,
            "cannot be withdrawn: bgpd hangs, and routers still send here"
        )
    }

    /// For how long the speaker called `name` has been silent.
    func silence(of name: Name, at now: Moment) -> Duration {
        pulses[name]?.silent.map { now - $0.since } ?? .zero
    }

    private func remark(_ name: Name) -> String {
        intent.bgp.speakers.count > 1 ? " \(name)" : ""
    }

    /// What a silent speaker means, as warnings; a withdrawal that waits makes it worse.
    func pulseWarnings(at now: Moment) -> [WarningStatus] {
        intent.bgp.speakers.map(\.name).filter(isHung).map { name in
            let waiting = pendingWithdrawals(at: name)
            let since = silence(of: name, at: now)
            return waiting.isEmpty
                ? WarningStatus(.hung(since: since))
                : WarningStatus(.hung(since: since, waiting: waiting))
        }
    }

    /// The VIPs that are to be withdrawn at the speaker called `name` and may still be out.
    func pendingWithdrawals(at name: Name) -> [String] {
        tracks.filter { $0.value.speaker == name && $0.value.isWithdrawalPending }
            .sorted { $0.key < $1.key }
            .map { $0.value.name($0.key) }
    }
}

extension Track {
    /// Whether it is to be withdrawn, and is not seen gone.
    var isWithdrawalPending: Bool {
        guard let decision, decision.wanted.announcement == nil else { return false }
        return sight.slice.announcement != nil || !sight.sentTo.isEmpty
    }
}

extension Fault {
    /// The most VIPs that are named; beyond that a count says enough.
    private static let mostNamed = 5

    static func hung(since: Duration) -> Fault {
        Fault(
            code: "F143",
            summary:
                "bgpd has not answered for \(Reason.tenths(since)) s: routers still send here, "
                + "and no route could be taken back",
            because: "its sessions live on without its main thread",
            fix: "look at its log; systemctl restart frr drops every session of this director"
        )
    }

    static func hung(since: Duration, waiting: [String]) -> Fault {
        let more = waiting.count > mostNamed ? " and \(waiting.count - mostNamed) more" : ""
        let names = waiting.prefix(mostNamed).joined(separator: ", ") + more
        return Fault(
            code: "F144",
            summary: "bgpd hangs and \(waiting.count) VIPs cannot be withdrawn: routers send to "
                + "what cannot serve",
            because: "\(names); it has not answered for \(Reason.tenths(since)) s",
            fix: "restart bgpd now, unless it answers: systemctl restart frr"
        )
    }
}
