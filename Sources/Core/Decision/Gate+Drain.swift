import Net

// What a drain does to one VIP: a worse path, a pause, and then nothing.

/// How far the drain of one VIP has come.
package enum DrainStage: Equatable, Sendable {
    /// Its path is being made worse; not every peer is known to have been sent that.
    case softening
    /// Every peer was sent the worse path; it is taken back then.
    case settling(until: Moment)
    /// It would be taken back, had it not become the last path that bgpd knows.
    case held
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
        /// Whether nobody who wants it has said that it may take the last known path away.
        let sparesLastPath: Bool
    }

    /// The drain that concerns the VIP: of the director, of the VIP alone, or both.
    var drainCause: DrainCause? {
        guard scene.drainReason != nil || vipDrain != nil else { return nil }
        let isUrgent =
            scene.drainReason != nil && scene.drainMode == .atOnce || vipDrain?.mode == .atOnce
        let reason =
            scene.drainReason.map(Reason.drained)
            ?? .vipDrained(vipDrain?.mandate.reason ?? "")
        let isWaived =
            scene.drainReason != nil && !scene.sparesLastPath
            || vipDrain?.isLastPathWaived == true
        return DrainCause(
            reason: reason,
            mode: isUrgent ? .atOnce : .soft,
            sparesLastPath: !isWaived && scene.drain.lastPath == .ask
        )
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
            if !isRouteOut { memory.isDrainedOut = true }
            return (nil, isRouteOut ? .withdrawing : .gone)
        }
        // What cannot serve is not worth a worse path either.
        guard cause.mode == .soft, !isLost, let soft else { return (nil, .withdrawing) }
        if scene.bgp == .seen {
            if isWithNobody, memory.isDrainedOut || scene.establishedPeers.isEmpty {
                return (nil, .withdrawing)
            }
            memory.isDrainedOut = false
        }
        var course = memory.softening ?? Softening()
        defer { memory.softening = course }
        if seen != soft { course.reached = nil }
        // What cannot be seen is waited for, and named; that time is nobody's delay.
        guard scene.bgp == .seen else {
            course.blindSince = course.blindSince ?? now
            return (soft, .softening)
        }
        course.see(at: now)
        let isTakenBack =
            advance(&course, to: soft, &timer) && mayTakeBack(cause, &course, &timer)
        if isTakenBack { return (nil, .withdrawing) }
        if course.isHeld { return (soft, .held) }
        return (soft, course.settlesUntil.map { .settling(until: $0) } ?? .softening)
    }

    /// Follows how far the path has been made worse; answers whether that has come to its end.
    private func advance(
        _ course: inout Softening,
        to soft: Announcement,
        _ timer: inout Timer
    ) -> Bool {
        let concerned = sight.sentTo.intersection(scene.establishedPeers)
        // A write that is under way is waited for.
        let isWritten = sight.slice.announcement == soft && sight.isRouteConfirmed
        let late = isWritten ? concerned.filter { sight.sentForms[$0] != soft } : concerned
        if isWritten, !concerned.isEmpty, late.isEmpty {
            course.lateSince = nil
            course.late = []
            // A peer that came later was never sent anything else, so the pause goes on.
            let reached = course.reached ?? now
            course.reached = reached
            return course.settle(until: reached + scene.drain.settle, now, &timer)
        }
        let since = course.lateSince ?? now
        course.lateSince = since
        course.settlesUntil = nil
        // Without a peer there is nobody to leave the path.
        if isWritten, scene.establishedPeers.isEmpty { return true }
        let isUnsent = isWritten && concerned.isEmpty
        let deadline = since + (isUnsent ? Self.unsentPatience : scene.softenAtMost)
        guard now >= deadline else {
            timer.set(deadline)
            return false
        }
        course.late = late
        course.settlesUntil = deadline
        return true
    }

    /// Whether the route may go now: unless somebody has said otherwise, not while it is the only
    /// path that bgpd knows.
    ///
    /// There was another when the drain was asked for, or it had been refused. Who had it may have
    /// gone meanwhile, so everything is read once more before the route goes.
    private func mayTakeBack(
        _ cause: DrainCause,
        _ course: inout Softening,
        _ timer: inout Timer
    ) -> Bool {
        guard cause.sparesLastPath, !sight.sentTo.isEmpty else {
            course.isHeld = false
            return true
        }
        if let until = course.settlesUntil {
            guard let read = scene.routesReadSince, read >= until else { return false }
        }
        guard sight.hasOtherPath == false else {
            guard course.isHeld else { return true }
            // Routers are given the time to take the path that has come back.
            course.isHeld = false
            course.reached = now
            course.lateSince = nil
            return course.settle(until: now + scene.drain.settle, now, &timer)
        }
        course.isHeld = true
        return false
    }

    /// Whether no peer is sent the route, and none may have kept it: to announce it once more, even
    /// softly, could be the first that routers hear of it.
    private var isWithNobody: Bool { sight.sentTo.isEmpty && sight.lingering.isEmpty }

    /// The worse form of `normal`; `nil` when a drain has none.
    func soft(_ normal: Announcement) -> Announcement? {
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
    /// Since when every peer has been known to be sent the worse path.
    var reached: Moment?
    /// Since when some are not known to be.
    var lateSince: Moment?
    /// Since when nobody could tell.
    var blindSince: Moment?
    /// When it is taken back, once that is known.
    var settlesUntil: Moment?
    /// Those who were not known to be sent it when they were no longer waited for.
    var late: Set<String> = []
    /// Whether it is kept because it has become the last path.
    var isHeld = false

    /// It can be seen: the time during which it could not does not count.
    fileprivate mutating func see(at now: Moment) {
        guard let blindSince else { return }
        lateSince = lateSince.map { $0 + (now - blindSince) }
        self.blindSince = nil
    }

    /// Has it settle `until` then; answers whether it has.
    fileprivate mutating func settle(
        until: Moment,
        _ now: Moment,
        _ timer: inout Gate.Timer
    ) -> Bool {
        settlesUntil = until
        guard now < until else { return true }
        timer.set(until)
        return false
    }
}
