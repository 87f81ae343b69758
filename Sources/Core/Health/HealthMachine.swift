/// The opinion about one probe target: outcomes in, up or down out, with rise and fall.
///
/// An outcome that says nothing (`Outcome.Verdict.unknown`) changes nothing: a probe that could
/// not be run is not a failed server.
package struct HealthMachine: Hashable, Sendable {
    /// The standing opinion.
    package enum State: Hashable, Sendable {
        /// Never judged, and nothing to go by. Can transition to: `up`, `down`, `assumed`.
        case unknown
        /// Not judged by us yet, and found in use: an earlier run had judged it to be up.
        ///
        /// It holds until the results of this run say otherwise. Can transition to: `up`, `down`.
        case assumed
        /// Passed `rise` times. Can transition to: `down` after `fall` failures in a row.
        case up
        /// Failed `fall` times. Can transition to: `up` after `rise` passes in a row.
        case down
    }

    /// How many results in a row bring it up and take it down.
    package let rise: Int
    package let fall: Int
    /// The standing opinion.
    package private(set) var state: State = .unknown
    /// Whether the last results passed, and how many of the same kind came in a row.
    ///
    /// The count stops at `rise` or `fall`.
    package private(set) var streakPassed = false
    package private(set) var streakCount = 0
    /// The last result, for texts.
    package private(set) var last: Outcome?

    /// A target never judged, with the counts of its check.
    package init(rise: Int, fall: Int) {
        self.rise = rise
        self.fall = fall
    }

    /// Whether it is alive: `nil` while there is nothing to go by.
    package var isUp: Bool? {
        switch state {
        case .unknown: nil
        case .assumed, .up: true
        case .down: false
        }
    }

    /// An earlier run left the target in use; that is believed until the first judgement.
    package mutating func foundInUse() {
        guard state == .unknown else { return }
        state = .assumed
    }

    /// A probe ended; answers whether the opinion changed.
    package mutating func probed(_ outcome: Outcome) -> Bool {
        last = outcome
        let before = isUp
        switch outcome.verdict {
        case .unknown: return false
        case .passed: count(passed: true, limit: rise, judging: .up)
        case .failed: count(passed: false, limit: fall, judging: .down)
        }
        return isUp != before
    }

    private mutating func count(passed: Bool, limit: Int, judging judged: State) {
        streakCount = streakPassed == passed ? min(streakCount + 1, limit) : 1
        streakPassed = passed
        if streakCount >= limit { state = judged }
    }
}
