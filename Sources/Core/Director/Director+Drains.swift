import Net

// Drains of the director and of VIPs: who wants them, how far they have come, what they end with.

extension Director {
    /// Every drain of the whole director that is wanted, by who wants it.
    package var nodeDrains: [DrainSource: DrainWish] {
        var drains = standingDrains
        drains[.command] = overrides.drains[.node]
        return drains
    }

    /// How long nothing is announced while nobody can look at the drain file.
    ///
    /// A share that is mounted while the machine starts is there within this. One that is gone for
    /// good must not keep a director out that nobody wants drained.
    static let drainFilePatience: Duration = .seconds(60)

    /// An order to drain.
    mutating func take(_ order: DrainOrder, at now: Moment) {
        if order.source == .command {
            overrides.take(order)
            overridesGeneration += 1
        } else {
            standingDrains[order.source] =
                standingDrains[order.source]?.joined(by: order.wish) ?? order.wish
        }
        if order.source == .file { knowDrainFile() }
        // What was asked for once more may be waited for, such as that the last path may go.
        switch order.scope {
        case .node: dirty.formUnion(tracks.keys)
        case .vip(let address): if tracks[address] != nil { dirty.insert(address) }
        }
        reviewDrains(at: now)
    }

    /// An order to end a drain, as far as `source` wants it.
    mutating func end(drainOf scope: DrainScope, wantedBy source: DrainSource, at now: Moment) {
        if source == .command {
            noteEnd(ofDrainKeptFor: scope)
            overrides.end(drainOf: scope)
            overridesGeneration += 1
        } else {
            standingDrains[source] = nil
        }
        if source == .file { knowDrainFile() }
        reviewDrains(at: now)
    }

    // MARK: The drain file

    /// Whether nothing is announced because nobody has been able to look at the drain file.
    package var isAwaitingDrainFile: Bool { drainFileUntil != nil }

    /// Somebody has looked at the drain file, and what it says has been said.
    mutating func knowDrainFile() {
        guard drainFileUntil != nil else { return }
        drainFileUntil = nil
        dirty.formUnion(tracks.keys)
    }

    /// Gives up waiting for a drain file that nobody can look at.
    mutating func reviewDrainFile(at now: Moment) {
        guard let until = drainFileUntil, until <= now else { return }
        knowDrainFile()
        let file = intent.drain.file ?? "the drain file"
        record(
            .node,
            level: .warning,
            "\(file) could not be looked at for \(Reason.tenths(Self.drainFilePatience)) s: "
                + "announcing as if it were not there"
        )
    }

    // MARK: Under way

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
            guard track.vip != nil else {
                // It is let go in any case; what is ordered waits until it is back.
                if track.drain != .active { tracks[address]?.drain = .active }
                continue
            }
            let wish = overrides.drains[.vip(address)]
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
            let before = drain
            let tally = tally(tracks)
            let ending = drain.advance(
                tally,
                rate: meter.rate,
                quietSince: seenQuiet(meter),
                policy: intent.drain,
                now: now
            )
            node = ending.map { .drained(drain, $0) } ?? .draining(drain)
            note(drain, after: before, ending, held: tally.held)
            if ending != nil { nodeSince = now }
        }
        for address in tracks.keys {
            guard let track = tracks[address], case .draining(var drain) = track.drain,
                visibility(ofSpeaker: track.speaker) == .seen
            else { continue }
            let before = drain
            let tally = tally(CollectionOfOne((key: address, value: track)))
            let ending = drain.advance(
                tally,
                rate: track.meter.rate,
                quietSince: seenQuiet(track.meter),
                policy: intent.drain,
                now: now
            )
            tracks[address]?.drain = ending.map { .drained(drain, $0) } ?? .draining(drain)
            note(drain, after: before, ending, held: tally.held, of: address)
        }
    }

    /// What cannot be seen is not quiet; only the deadline ends a drain then.
    private func seenQuiet(_ meter: RateMeter) -> Moment? {
        planes[.ipvs]?.visibility == .seen ? meter.quietSince : nil
    }

    /// How far `tracks` have come.
    func tally(_ tracks: some Sequence<(key: IPAddress, value: Track)>) -> Drain.Tally {
        var tally = Drain.Tally()
        for (address, track) in tracks {
            tally.total += 1
            for peer in track.decision?.unsoftened ?? [] {
                tally.unsoftened.insert(peerName(peer, of: track.speaker))
            }
            switch track.decision?.drain {
            case .softening?: tally.softening += 1
            case .settling(let until)?:
                tally.settlesUntil = tally.settlesUntil.map { max($0, until) } ?? until
            case .held?: tally.held.append(track.name(address))
            case .withdrawing?, .gone?, nil: break
            }
            if !isRouteSeenGone(track) { tally.left += 1 }
        }
        tally.held.sort()
        return tally
    }

    private mutating func note(
        _ drain: Drain,
        after before: Drain,
        _ ending: Drain.Ending?,
        held: [String],
        of address: IPAddress? = nil
    ) {
        let kind: Event.Kind = address == nil ? .node : .vip
        let isTold = !drain.phase.isSameStep(as: before.phase)
        let late = drain.unsoftened.subtracting(before.unsoftened).sorted()
        if !late.isEmpty {
            record(
                kind,
                level: .warning,
                address: address,
                "withdrawing all the same: not seen to be sent the worse path: "
                    + late.joined(separator: ", ")
            )
        }
        switch drain.phase {
        case .softening where isTold:
            record(kind, address: address, "paths are made worse before they are taken back")
        case .settling where isTold:
            record(kind, address: address, "every peer was sent the worse path; letting it settle")
        case .held where isTold:
            record(kind, level: .warning, address: address, "\(Fault.lastPathLeft(held))")
        case .ebbing where isTold:
            record(
                kind,
                address: address,
                "every route is seen withdrawn; waiting until it is quiet"
            )
        case .softening, .settling, .held, .withdrawing, .ebbing: break
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
