package import Core

/// Notices that this process did not run for a while (SIGSTOP, a frozen container, a starved host).
///
/// Answers that arrived meanwhile were not read and deadlines passed unseen, so what a probe under
/// way says afterwards about its server is worth nothing when it is bad news. Pure.
package struct FreezeWatch: Sendable {
    /// The longest the loop sleeps, so that a freeze is noticed although nothing was due.
    package static let heartbeat = Duration.milliseconds(250)

    /// How late a wake-up may come on a busy host before it counts as a freeze.
    ///
    /// Far above what a loaded scheduler costs (milliseconds), and below the default timeout of a
    /// check: a shorter gap leaves a probe time to end well.
    package static let tolerance = Duration.milliseconds(500)

    private var expected: Moment?
    private var thawed: Moment?

    /// A watch that has seen nothing yet.
    package init() {}

    /// The loop goes to sleep: answers until when, at most a heartbeat.
    package mutating func sleep(until deadline: Moment?, now: Moment) -> Moment {
        let limit = now + Self.heartbeat
        let until = max(now, min(deadline ?? limit, limit))
        expected = until
        return until
    }

    /// The loop runs: answers how late, when that counts as a freeze.
    ///
    /// Asked after every sleep and again before the next one, so that a freeze in the middle of the
    /// loop's own work is noticed too.
    package mutating func runs(now: Moment) -> Duration? {
        defer { expected = now }
        guard let expected, now - expected > Self.tolerance else { return nil }
        thawed = now
        return now - expected
    }

    /// What `outcome` is worth, of a probe that began at `started`.
    package func judged(_ outcome: Outcome, started: Moment) -> Outcome {
        guard let thawed, started < thawed, outcome.verdict == .failed else { return outcome }
        return Outcome(
            .socketError,
            detail: "discarded, this process stood still meanwhile: \(outcome)",
            duration: outcome.duration
        )
    }
}
