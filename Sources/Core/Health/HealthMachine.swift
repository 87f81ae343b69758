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
        /// Passed `rise` times. Can transition to: `down` after `fall` failures in a row, `assumed`
        /// when some of them turn out to have been our own fault.
        case up
        /// Failed `fall` times. Can transition to: `up` after `rise` passes in a row; `assumed`
        /// when that turns out to have been our own fault.
        case down
    }

    /// The most results in a row that count.
    package static let mostCounted = Int(UInt8.max)

    // Bytes, because there is one machine for every target; no check asks for more than a hundred.
    private let riseCount: UInt8
    private let fallCount: UInt8
    private var streak: UInt8 = 0
    /// The standing opinion.
    package private(set) var state: State = .unknown
    /// Whether the last results passed.
    package private(set) var streakPassed = false
    /// The last result, for texts.
    package private(set) var last: Outcome?

    /// How many results in a row bring it up.
    package var rise: Int { Int(riseCount) }
    /// How many results in a row take it down.
    package var fall: Int { Int(fallCount) }
    /// How many results of the same kind came in a row; the count stops at `rise` or `fall`.
    package var streakCount: Int { Int(streak) }

    /// A target never judged, with the counts of its check, each 1...255.
    package init(rise: Int, fall: Int) {
        riseCount = UInt8(clamping: rise)
        fallCount = UInt8(clamping: fall)
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

    /// What was found last is worth nothing: it is believed to be up until it is judged anew.
    package mutating func forgive() {
        state = .assumed
        streak = 0
    }

    /// A probe ended; answers whether the opinion changed.
    package mutating func probed(_ outcome: Outcome) -> Bool {
        last = outcome
        let before = isUp
        switch outcome.verdict {
        case .unknown: return false
        case .passed: count(passed: true, limit: riseCount, judging: .up)
        case .failed: count(passed: false, limit: fallCount, judging: .down)
        }
        return isUp != before
    }

    private mutating func count(passed: Bool, limit: UInt8, judging judged: State) {
        streak = streakPassed == passed ? min(streak + 1, limit) : 1
        streakPassed = passed
        if streak >= limit { state = judged }
    }
}
