import Net

// What a drain does to one VIP: a worse path, a pause, and then nothing.

/// How far the drain of one VIP has come.
package enum DrainStage: Equatable, Sendable {
    /// Its path is being made worse; not every peer is known to have been sent that.
    case softening
    /// Every peer was sent the worse path; it is taken back then.
    case settling(until: Moment)
    /// It is being taken back.
    case withdrawing
    /// It is seen gone.
    case gone
}

extension Gate {
    /// How long a path that nobody is sent may take to be sent to somebody, before a drain does not
    /// wait for anybody to leave it.
    ///
    /// FRR holds a new update group's first announcement back for a second, with many peers more.
    static let unsentPatience: Duration = .seconds(10)

    /// A drain that concerns the VIP: why, and how.
    struct DrainCause {
        let reason: Reason
        let mode: DrainMode
    }

    /// The drain that concerns the VIP: of the director, of the VIP alone, or both.
    var drainCause: DrainCause? {
        guard scene.drainReason != nil || vipDrain != nil else { return nil }
        let isUrgent =
            scene.drainReason != nil && scene.drainMode == .atOnce || vipDrain?.mode == .atOnce
        let reason =
            scene.drainReason.map(Reason.drained)
            ?? .vipDrained(vipDrain?.mandate.reason ?? "")
        return DrainCause(reason: reason, mode: isUrgent ? .atOnce : .soft)
    }

    /// What is wanted of the route of a VIP that is drained, and how far that has come.
    ///
    /// Nothing is announced that is not already, and nothing ever more than softly.
    func drained(
        because cause: DrainCause,
        normal: Announcement,
        isLost: Bool,
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) -> (announcement: Announcement?, stage: DrainStage) {
        let soft = soft(normal)
        guard let seen = sight.slice.announcement else {
            memory.softening = nil
            return (nil, isRouteOut ? .withdrawing : .gone)
        }
        // What cannot serve is not worth a worse path either.
        guard cause.mode == .soft, !isLost, let soft else { return (nil, .withdrawing) }
        if seen != soft { memory.softening = nil }
        var course = memory.softening ?? Softening(since: now)
        defer { memory.softening = course }
        // A write that is under way, and a bgpd that cannot be seen, are waited for.
        guard seen == soft, sight.isRouteConfirmed, scene.bgp == .seen else {
            return (soft, .softening)
        }
        let concerned = sight.sentTo.intersection(scene.establishedPeers)
        guard !concerned.isEmpty else {
            let patience = course.since + Self.unsentPatience
            // Without a peer there is nobody to leave the path.
            if scene.establishedPeers.isEmpty || now >= patience { return (nil, .withdrawing) }
            timer.set(patience)
            return (soft, .softening)
        }
        guard concerned.allSatisfy({ sight.sentForms[$0] == soft }) else {
            return (soft, .softening)
        }
        // A peer that came later was never sent anything else, so the pause goes on.
        let reached = course.reached ?? now
        course.reached = reached
        let until = reached + scene.drain.settle
        guard now < until else { return (nil, .withdrawing) }
        timer.set(until)
        return (soft, .settling(until: until))
    }

    /// The worse form of `normal`; `nil` when a drain has none.
    private func soft(_ normal: Announcement) -> Announcement? {
        guard scene.drain.announce != .none else { return nil }
        return switch scene.method {
        case .network: Announcement(.soft, scene.drain.announce.applied(to: normal.attributes))
        // There the metric says it, and the operator's own route-map what follows.
        case .kernelRoute: Announcement(.soft)
        }
    }
}

/// How far the path of a VIP has been made worse.
package struct Softening: Equatable, Sendable {
    /// Since when it is meant to be.
    package var since: Moment
    /// Since when every peer has been known to be sent it.
    package var reached: Moment?

    /// A path that is to be made worse from now on.
    init(since: Moment) { self.since = since }
}
