/// How often someone else undid one thing of ours, and whether it is worth putting it back.
///
/// It keeps as many moments as repairs are allowed, so its size has a limit.
package struct RepairRecord: Equatable, Sendable {
    /// When it was undone, within the window, first to last.
    private var undone: [Moment] = []
    /// Until when the other party is left alone; `nil` while it is not.
    private var until: Moment?

    /// Nobody undid anything.
    package init() {}

    /// How often it was undone within the window that ends at `now`.
    package func count(at now: Moment, _ policy: RepairPolicy) -> Int {
        undone.count { now - $0 < policy.within }
    }

    /// Until when it is not to be put back; `nil` when it may.
    package func restsUntil(at now: Moment) -> Moment? {
        guard let until, now < until else { return nil }
        return until
    }

    /// Someone else undid it once more.
    ///
    /// Answers whether that was once too often: so many repairs did not hold that another one
    /// would not either. From then on the whole window passes before the next.
    package mutating func wasUndone(at now: Moment, _ policy: RepairPolicy) -> Bool {
        if restsUntil(at: now) != nil { return false }
        // A rest that is over begins a new count.
        if until != nil { undone = [] }
        until = nil
        undone.removeAll { now - $0 >= policy.within }
        guard undone.count >= policy.atMost else {
            undone.append(now)
            return false
        }
        until = now + policy.within
        return true
    }
}
