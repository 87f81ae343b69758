import Net

// Drains of the director and of VIPs: who wants them, how far they have come, what they end with.

extension Director {
    /// Every drain of the whole director that is wanted, by who wants it.
    package var nodeDrains: [DrainSource: DrainWish] {
        var drains = standingDrains
        drains[.command] = overrides.drains[.node]
        return drains
    }

    /// An order to drain.
    mutating func take(_ order: DrainOrder, at now: Moment) {
        if order.source == .command {
            overrides.take(order)
            overridesGeneration += 1
        } else {
            standingDrains[order.source] =
                standingDrains[order.source]?.joined(by: order.wish) ?? order.wish
        }
        reviewDrains(at: now)
    }

    /// An order to end a drain, as far as `source` wants it.
    mutating func end(drainOf scope: DrainScope, wantedBy source: DrainSource, at now: Moment) {
        if source == .command {
            overrides.end(drainOf: scope)
            overridesGeneration += 1
        } else {
            standingDrains[source] = nil
        }
        reviewDrains(at: now)
    }

    /// Brings the state of the director and of its VIPs in line with the drains that are wanted.
    mutating func reviewDrains(at now: Moment) {
        let before = node
        let wishes = nodeDrains
        node.follow(wishes, at: now)
        if node != before {
            noteDrain(from: before, to: node, at: now)
            dirty.formUnion(tracks.keys)
        }
        for address in tracks.keys {
            guard let track = tracks[address] else { continue }
            let wish = track.vip == nil ? nil : overrides.drains[.vip(address)]
            guard wish != nil || track.drain != .active else { continue }
            tracks[address]?.drain.follow(wish.map { [.command: $0] } ?? [:], at: now)
            guard let after = tracks[address]?.drain, after != track.drain else { continue }
            noteDrain(from: track.drain, to: after, of: address, at: now)
            dirty.insert(address)
        }
    }

    private mutating func noteDrain(
        from before: NodeState,
        to after: NodeState,
        of address: IPAddress? = nil,
        at now: Moment
    ) {
        let kind: Event.Kind = address == nil ? .node : .vip
        if address == nil, (before == .active) != (after == .active) { nodeSince = now }
        isDrainDue = true
        planes[.ipvs]?.nextLook = now
        lookNow(at: .bgp, now)
        guard let drain = after.drain else {
            return record(kind, address: address, "active again")
        }
        let haste = drain.mode == .atOnce ? " at once" : ""
        let reason = drain.reason.isEmpty ? "" : ": \(drain.reason)"
        guard let earlier = before.drain else {
            record(kind, address: address, "draining\(haste)\(reason)")
            return noteLastPaths(takenByDrainOf: address)
        }
        if earlier.mode != drain.mode {
            record(kind, address: address, "draining at once\(reason)")
        }
        if earlier.sources != drain.sources {
            let sources = drain.sources.sorted().map(\.rawValue).joined(separator: ", ")
            record(kind, address: address, "drained as wanted by: \(sources)")
        }
    }

    /// Drains look at their VIPs as a whole: how many are still out, how busy they are.
    mutating func advanceDrains(at now: Moment) {
        guard isDrainDue else { return }
        isDrainDue = false
        guard visibility(of: .bgp) == .seen else { return }
        if case .draining(var drain) = node {
            let before = drain.phase
            let ending = drain.advance(
                tally(tracks.values),
                rate: meter.rate,
                quietSince: seenQuiet(meter),
                policy: intent.drain,
                now: now
            )
            node = ending.map { .drained(drain, $0) } ?? .draining(drain)
            note(drain.phase, after: before, ending)
            if ending != nil { nodeSince = now }
        }
        for address in tracks.keys {
            guard let track = tracks[address], case .draining(var drain) = track.drain,
                visibility(ofSpeaker: track.speaker) == .seen
            else { continue }
            let before = drain.phase
            let ending = drain.advance(
                tally(CollectionOfOne(track)),
                rate: track.meter.rate,
                quietSince: seenQuiet(track.meter),
                policy: intent.drain,
                now: now
            )
            tracks[address]?.drain = ending.map { .drained(drain, $0) } ?? .draining(drain)
            note(drain.phase, after: before, ending, of: address)
        }
    }

    /// What cannot be seen is not quiet; only the deadline ends a drain then.
    private func seenQuiet(_ meter: RateMeter) -> Moment? {
        planes[.ipvs]?.visibility == .seen ? meter.quietSince : nil
    }

    /// How far `tracks` have come.
    func tally(_ tracks: some Sequence<Track>) -> Drain.Tally {
        var tally = Drain.Tally()
        for track in tracks {
            tally.total += 1
            switch track.decision?.drain {
            case .softening?: tally.softening += 1
            case .settling(let until)?:
                tally.settlesUntil = tally.settlesUntil.map { max($0, until) } ?? until
            case .withdrawing?, .gone?, nil: break
            }
            if !isRouteSeenGone(track) { tally.left += 1 }
        }
        return tally
    }

    private mutating func note(
        _ phase: Drain.Phase,
        after before: Drain.Phase,
        _ ending: Drain.Ending?,
        of address: IPAddress? = nil
    ) {
        let kind: Event.Kind = address == nil ? .node : .vip
        let isTold = !phase.isSameStep(as: before)
        switch phase {
        case .softening where isTold:
            record(kind, address: address, "paths are made worse before they are taken back")
        case .settling where isTold:
            record(kind, address: address, "every peer was sent the worse path; letting it settle")
        case .ebbing where isTold:
            record(
                kind,
                address: address,
                "every route is seen withdrawn; waiting until it is quiet"
            )
        case .softening, .settling, .withdrawing, .ebbing: break
        }
        switch ending {
        case .quiet?: record(kind, address: address, "drained: quiet")
        case .deadline?:
            record(
                kind,
                level: .warning,
                address: address,
                "drained: the deadline passed before it was quiet"
            )
        case nil: break
        }
    }
}

extension NodeState {
    /// Begins, joins or ends a drain, so that it is what `wishes` want.
    fileprivate mutating func follow(_ wishes: [DrainSource: DrainWish], at now: Moment) {
        guard let first = wishes.sorted(by: { $0.key < $1.key }).first?.value else {
            self = .active
            return
        }
        let mode: DrainMode = wishes.values.contains { $0.mode == .atOnce } ? .atOnce : .soft
        var drain = self.drain ?? Drain(reason: first.mandate.reason, since: now)
        drain.reason = first.mandate.reason
        drain.mode = mode
        drain.sources = Set(wishes.keys)
        switch self {
        case .active, .draining: self = .draining(drain)
        case .drained(_, let ending): self = .drained(drain, ending)
        }
    }
}
