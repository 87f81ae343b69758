/// How restless a VIP has been: the penalty of its flaps, and whether it is held back for them.
///
/// Only flaps are written down, never the passing of time: what is left of a penalty is worked out
/// from the last flap, so it does not matter how often it is asked for.
package struct FlapRecord: Equatable, Sendable {
    /// The penalty right after the last flap.
    private var penalty = 0.0
    /// When that was.
    private var since = Moment.zero
    /// Whether the last flap brought it to where it is held back.
    private var isSuppressed = false
    /// How many times in a row it was held back without having been quiet since.
    private var holds = 0
    /// Flaps of this run, for people.
    package private(set) var flaps = 0

    /// A VIP that never flapped.
    package init() {}

    /// Whether there is anything to say of it at `now`.
    package func isClean(at now: Moment, _ policy: DampingPolicy) -> Bool {
        flaps == 0 || isForgotten(at: now, policy)
    }

    /// The penalty at `now`.
    package func penalty(at now: Moment, _ policy: DampingPolicy) -> Double {
        guard penalty > 0 else { return 0 }
        let halfLives = max(0, (now - since).seconds) / policy.halfLife.seconds
        return min(penalty, policy.ceiling) * Halving.remainder(after: halfLives)
    }

    /// Until when it is held back; `nil` when it is not.
    package func heldUntil(at now: Moment, _ policy: DampingPolicy) -> Moment? {
        guard isSuppressed, penalty > 0 else { return nil }
        let halfLives = Halving.halfLives(from: min(penalty, policy.ceiling) / policy.reuse)
        let end = since + .nanoseconds(Int64((halfLives * policy.halfLife.seconds * 1e9)))
        return now < end ? end : nil
    }

    /// The VIP was fit to be announced at `now`, and no longer is.
    ///
    /// Each time that it had to be held back doubles what a further flap costs, until its penalty
    /// has fallen to half of what lets it return: with one and the same price for every flap, a
    /// VIP that fails each time it returns would be back at the same pace for ever.
    package mutating func flapped(at now: Moment, _ policy: DampingPolicy) {
        if isForgotten(at: now, policy) { holds = 0 }
        let price = DampingPolicy.perFlap * Double(1 << min(holds, 16))
        penalty = min(penalty(at: now, policy) + price, policy.ceiling)
        let wasHeld = isSuppressed && heldUntil(at: now, policy) != nil
        since = now
        flaps += 1
        isSuppressed = wasHeld || holds > 0 || penalty >= policy.suppress
        if isSuppressed { holds += 1 }
    }

    func isForgotten(at now: Moment, _ policy: DampingPolicy) -> Bool {
        // RFC 2439, 4.8.3: below half the reuse threshold nothing need be remembered.
        penalty(at: now, policy) < policy.reuse / 2
    }
}
