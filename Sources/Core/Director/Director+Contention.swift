import Net

// Someone else at work on our routes: what is put back, and when that is left alone.

extension Director {
    /// The most addresses of which it is remembered that someone else keeps adding them; somebody
    /// who adds a whole range is named as well by the first of it.
    static let intrudersRemembered = 64

    /// Someone else changed how `address` is announced.
    ///
    /// `isCounted` is false where that may have come of a bgpd that was started anew.
    mutating func noteRouteDrift(
        of address: IPAddress,
        from old: Announcement?,
        isCounted: Bool,
        at now: Moment
    ) {
        guard isCounted, let track = tracks[address] else { return }
        let prefix = Prefix(host: address)
        let new = track.sight.slice.announcement
        switch (old, new) {
        case (nil, _?): noteDrift(of: address, .bgp, "\(prefix) is announced, not by us")
        case (_?, nil): noteDrift(of: address, .bgp, "\(prefix) is no longer announced, not by us")
        case (let old?, let new?) where old != new:
            noteDrift(of: address, .bgp, "\(prefix) is announced \(new), not by us; was \(old)")
        case (nil, nil), (_?, _?): return
        }
        guard track.decision?.wanted.announcement != nil else {
            if new != nil { noteIntrusion(of: address, at: now) }
            return
        }
        guard new != track.decision?.wanted.announcement else { return }
        tracks[address]?.routing.isTampered = true
        if tracks[address]?.routing.removals.wasUndone(at: now, intent.bgp.repairs) == true {
            record(
                .drift,
                level: .error,
                address: address,
                "\(Fault.contested(intent.bgp.repairs))"
            )
        }
    }

    /// Someone else announces `address`, which must not be; it is withdrawn every time.
    mutating func noteIntrusion(of address: IPAddress, at now: Moment) {
        if intrusions[address] == nil, intrusions.count >= Self.intrudersRemembered {
            intrusions = intrusions.filter {
                $0.value.count(at: now, intent.bgp.repairs) > 0
                    || $0.value.restsUntil(at: now) != nil
            }
            guard intrusions.count < Self.intrudersRemembered else { return }
        }
        var record = intrusions[address] ?? RepairRecord()
        let isOnceTooOften = record.wasUndone(at: now, intent.bgp.repairs)
        intrusions[address] = record
        guard isOnceTooOften else { return }
        self.record(.drift, level: .error, address: address, "\(Fault.intruded(address))")
    }

    /// Until when the route of `track` is left to somebody else.
    func contestedUntil(_ track: Track, at now: Moment) -> Moment? {
        // What is out as it was left is not in dispute, whatever was before.
        guard track.sight.slice.announcement == nil || track.routing.isTampered else { return nil }
        return track.routing.removals.restsUntil(at: now)
    }

    /// Has routes put right again that are left to somebody else: an operator who asks for
    /// something has seen to that, or wants to know.
    ///
    /// `scope` says which; without one all of them.
    mutating func liftContention(_ scope: DrainScope = .node, at now: Moment) {
        for address in tracks.keys {
            if case .vip(let only) = scope, only != address { continue }
            guard tracks[address]?.routing.removals.restsUntil(at: now) != nil else { continue }
            tracks[address]?.routing.removals = RepairRecord()
            dirty.insert(address)
            record(.drift, address: address, "put right again, as an operator asked")
        }
    }

    /// What someone else keeps removing or adding, as warnings.
    func contentionWarnings(at now: Moment) -> [WarningStatus] {
        let contested = tracks.filter {
            $0.value.vip != nil && contestedUntil($0.value, at: now) != nil
        }
        .sorted { $0.key < $1.key }
        .map { WarningStatus(.contested(intent.bgp.repairs), vip: $0.value.name($0.key)) }
        let intruded = intrusions.filter { $0.value.restsUntil(at: now) != nil }
            .sorted { $0.key < $1.key }
            .map { address, _ in
                WarningStatus(.intruded(address), vip: tracks[address]?.name(address))
            }
        return contested + intruded
    }
}

extension Fault {
    static func contested(_ policy: RepairPolicy) -> Fault {
        Fault(
            code: "F140",
            summary: "someone else keeps removing or changing its route; it is left alone for "
                + "\(Reason.tenths(policy.within)) s",
            because: "\(policy.atMost) repairs within \(Reason.tenths(policy.within)) s did not "
                + "hold",
            fix: "find who writes to bgpd (frr-reload, configuration management, another "
                + "controller), then: penstock reload, which puts it right at once; bgp.method: "
                + "kernel-route where frr-reload owns bgpd's configuration"
        )
    }

    static func intruded(_ address: IPAddress) -> Fault {
        Fault(
            code: "F141",
            summary: "someone else keeps announcing \(Prefix(host: address)), which must not be",
            because: "it is withdrawn every time",
            fix: "find who writes to bgpd, or take the prefix out of bgp.owned-prefixes"
        )
    }
}
