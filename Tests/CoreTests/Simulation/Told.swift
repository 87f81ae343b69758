import Core

/// What a director was told of a probe target in one run, and what has to follow.
struct Told {
    /// Whether it failed often enough to be down, and has not passed often enough since.
    private(set) var isDown = false
    /// Whether it passed often enough last.
    private(set) var isUp = false
    private var hasPassed = false
    private var streak = 0

    /// What was told is worth nothing: the director suspected itself meanwhile.
    mutating func forgive() { self = Told() }

    /// A result is told.
    mutating func take(_ passed: Bool, _ check: Check) {
        streak = passed == hasPassed ? streak + 1 : 1
        hasPassed = passed
        if passed, streak >= check.rise { isDown = false }
        if !passed, streak >= check.fall { isDown = true }
        isUp = passed && streak >= check.rise
    }
}
