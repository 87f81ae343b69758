import Net

// The ration of route changes: what waits, what never does, and what goes next.

/// What is remembered of the route of one address.
struct RouteMemory: Sendable {
    /// Whether it was out since this director, or its bgpd, started: what changes from then on is
    /// a change of what stands.
    var hasStood = false
    /// Whether it is out, or was last, by our doing.
    var isOurs = false
    /// Whether someone else removed or changed it and it has not been put right.
    var isTampered = false
    /// Whether the last write was acknowledged: it stands in bgpd's configuration since then,
    /// wherever the route may be, and if it does not, someone else has been there.
    var isAcknowledged = false
    /// Whether it was last taken back for a drain.
    var isDrained = false
    /// Whether it was told that it cannot be taken back now.
    var isStuckTold = false
    /// How often someone else removed or changed it.
    var removals = RepairRecord()
}

/// The changes that wait, and how many may go.
struct RouteRation: Sendable {
    /// How many may go.
    var budget: RouteBudget
    /// Those who wait.
    var queue = RouteQueue()
    /// Where jitter comes from; without it there is none.
    var chance: Chance?
}

/// How the next change of a route goes out.
enum RouteStep: Equatable {
    /// As soon as its speaker takes it.
    case atOnce(isCounted: Bool)
    /// When its turn comes; spread by chance unless somebody asked for it just now.
    case inTurn(isSpread: Bool)
}

extension Track {
    /// How the route is to change next; `nil` when it is as it should be.
    var routeStep: RouteStep? {
        guard let decision, decision.wanted.announcement != sight.slice.announcement else {
            return nil
        }
        let isDraining =
            switch decision.verdict.reason {
            case .drained?, .vipDrained?: true
            default: false
            }
        guard decision.wanted.announcement != nil else {
            // A drain takes its time; lost quorum, lost footing and what must not be there do not.
            return isDraining && decision.isFit && !memory.isDrainedOut
                ? .inTurn(isSpread: false) : .atOnce(isCounted: routing.isOurs)
        }
        if sight.slice.announcement == nil, !routing.hasStood { return .atOnce(isCounted: false) }
        if routing.isTampered { return .atOnce(isCounted: true) }
        let isAsked = isDraining || routing.isDrained || sight.slice.announcement?.level == .soft
        return .inTurn(isSpread: !isAsked)
    }
}

extension Director {
    /// Has the route of `address` wait if it is to change and that has to wait.
    mutating func queueRoute(of address: IPAddress, at now: Moment) {
        guard let track = tracks[address], case .inTurn(let isSpread)? = track.routeStep else {
            noteStanding(address)
            return ration.queue.leave(address)
        }
        guard ration.queue.waitingSince(address) == nil else { return }
        let jitter = isSpread ? intent.bgp.routeChanges.jitter : .zero
        let wait = ration.chance?.wait(upTo: jitter) ?? .zero
        ration.queue.join(address, ready: now + wait, at: now)
    }

    private mutating func noteStanding(_ address: IPAddress) {
        // What is only borne for now does not stand as it should.
        guard let track = tracks[address], track.decision?.isForborne == false,
            track.sight.slice.announcement == track.decision?.wanted.announcement
        else { return }
        // What is not to be out any more is not to be put back either: it is announced anew.
        guard track.sight.slice.announcement != nil else {
            tracks[address]?.routing.isTampered = false
            return
        }
        // What stands as it should was either put there or is taken over.
        tracks[address]?.routing.hasStood = true
        tracks[address]?.routing.isOurs = true
        tracks[address]?.routing.isTampered = false
        tracks[address]?.routing.isDrained = false
    }

    /// Whether the route of `address` could change now if it were its turn.
    private func isRouteActionable(_ address: IPAddress, at now: Moment) -> Bool {
        guard let track = tracks[address], isWritable(track.speaker),
            planes[.speaker(track.speaker)]?.isBusy == false
        else { return false }
        return !track.holds.contains { subject, hold in
            subject.speaker == track.speaker && hold.until > now
        }
    }

    /// Those of the waiting routes whose turn it is.
    func routesInTurn(at now: Moment) -> Set<IPAddress> {
        guard ration.queue.count > 0 else { return [] }
        let isActionable = { (address: IPAddress) in isRouteActionable(address, at: now) }
        let ready = ration.queue.ready(at: now, where: isActionable).count
        guard ready > 0, ration.budget.nextRoom(for: ready) <= now else { return [] }
        let room = ration.budget.room(at: now)
        return Set(ration.queue.front(room, at: now, where: isActionable))
    }

    /// Whether `change`, if it is about a route, may go now.
    func isInTurn(_ change: Change, _ turn: Set<IPAddress>) -> Bool {
        guard let address = change.address, let speaker = change.speaker,
            let track = tracks[address], speaker == track.speaker
        else { return true }
        return ration.queue.waitingSince(address) == nil || turn.contains(address)
    }

    /// When the turn of the next waiting route comes; `nil` when only news can bring it.
    var routeDue: Moment? {
        guard ration.queue.count > 0 else { return nil }
        let now = toldTime
        let ready = ration.queue.ready(at: now) { isRouteActionable($0, at: now) }
        guard ready.count > 0 else { return ready.next }
        return ration.budget.nextRoom(for: ready.count)
    }

    /// `change` is on its way: it is counted, and what it changes no longer waits.
    mutating func spendRoute(_ change: Change, at now: Moment) {
        guard let address = change.address, let speaker = change.speaker,
            let track = tracks[address], speaker == track.speaker
        else { return }
        switch track.routeStep {
        case .inTurn?, .atOnce(isCounted: true)?: ration.budget.spend(1, at: now)
        case .atOnce(isCounted: false)?, nil: break
        }
        ration.queue.leave(address)
        tracks[address]?.routing.isAcknowledged = false
        if case .announce = change {
            tracks[address]?.routing.hasStood = true
            tracks[address]?.routing.isOurs = true
            tracks[address]?.routing.isDrained = false
        } else {
            tracks[address]?.routing.isOurs = false
            let code = track.decision?.verdict.reason?.code
            tracks[address]?.routing.isDrained =
                code == Reason.drained("").code || code == Reason.vipDrained("").code
        }
        tracks[address]?.routing.isTampered = false
    }
}
