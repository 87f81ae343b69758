import Net

// What is counted for graphs, where it happens.

/// A change of a route that was decided and is not seen yet.
struct RouteAwaited: Sendable {
    /// What is to be seen; `nil` for nothing any more.
    let form: Announcement?
    /// When it was decided.
    let since: Moment
}

extension Director {
    /// A change of a route is on its way to bgpd.
    mutating func count(_ change: Change) {
        guard let address = change.address, let track = tracks[address] else { return }
        let reason = track.decision?.verdict.reason?.code
        switch change {
        case .announce(_, let form, _):
            let isSoft = form.level == .soft
            let why =
                isSoft
                ? reason ?? "drained"
                : track.routing.isTampered
                    ? "repair" : track.sight.slice.announced ? "attributes" : "healthy"
            tracks[address]?.counts.told(isSoft ? "soften" : "announce", because: why)
        case .withdraw(_, let speaker):
            let why = speaker == track.speaker ? reason ?? "not-wanted" : "moved"
            tracks[address]?.counts.told("withdraw", because: why)
        default: return
        }
    }

    /// Begins to wait for what is wanted of the route of `address`, unless it is there or waited
    /// for already.
    mutating func awaitRoute(of address: IPAddress, at now: Moment) {
        guard let track = tracks[address], let decision = track.decision else { return }
        let wanted = decision.wanted.announcement
        guard wanted != track.sight.slice.announcement else {
            // Nothing was to be done, or what was to be done no longer is.
            if track.awaited?.form != wanted { tracks[address]?.awaited = nil }
            return
        }
        guard track.awaited == nil || track.awaited?.form != wanted else { return }
        tracks[address]?.awaited = RouteAwaited(form: wanted, since: now)
    }

    /// A look may show what was waited for.
    mutating func countConvergence(of address: IPAddress, at now: Moment) {
        guard let track = tracks[address], let awaited = track.awaited else { return }
        let sight = track.sight
        let action: String
        switch awaited.form?.level {
        case nil:
            guard sight.isRouteGone else { return }
            action = "withdraw"
        case .normal?:
            guard sight.slice.announcement == awaited.form,
                sight.sentTo.count >= intent.bgp.minimumPeers
            else { return }
            action = "announce"
        case .soft?:
            guard sight.slice.announcement == awaited.form, !sight.sentTo.isEmpty,
                sight.sentTo.isSubset(of: sight.softPeers)
            else { return }
            action = "soften"
        }
        tracks[address]?.awaited = nil
        counts.convergence[action, default: DurationCounts()].add(now - awaited.since)
    }

    /// A batch of changes came back from bgpd.
    mutating func countWrites(
        _ results: [(change: Change, result: Result<Void, Fault>)],
        by post: Post,
        at now: Moment
    ) {
        for (change, result) in results {
            let kind: String
            switch change {
            case .announce: kind = "announce"
            case .withdraw: kind = "withdraw"
            case .discard: kind = "discard"
            default: continue
            }
            if case .success = result {
                counts.asked(kind, isGood: true)
            } else {
                counts.asked(kind, isGood: false)
            }
        }
        guard let began = planes[post]?.began else { return }
        counts.commandSeconds["write", default: DurationCounts()].add(now - began)
    }
}
