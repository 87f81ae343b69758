import Core
import Testing
import TestSupport

/// Those that are asked anew, because what they said before is worth nothing.
@Suite struct ProbeScheduleAnewTests {
    /// The shortest and longest time that an interval may become by its jitter.
    private func bounds(_ interval: Duration) -> ClosedRange<Duration> {
        interval * (1 - ProbeSchedule.jitter)...interval * (1 + ProbeSchedule.jitter)
    }

    /// One whose failures are settled is asked at the fast pace again where they are worth nothing.
    @Test func whoIsAskedAnewIsAskedQuickly() throws {
        var generator = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        var now = Moment.zero
        func fail() throws -> Duration {
            now = try #require(schedule.nextDeadline)
            let run = try #require(schedule.due(now: now).first)
            schedule.finished(run, .failed, now: now, using: &generator)
            return try #require(schedule.nextDeadline) - now
        }
        for _ in 0..<3 { _ = try fail() }
        #expect(bounds(.seconds(2)).contains(try fail()))
        let isCalled = schedule.summon(.numbered(1), isSure: false, now: now)
        #expect(isCalled)
        #expect(bounds(.seconds(2)).contains(try fail()))
        let isCalledAnew = schedule.summon(.numbered(1), isSure: false, isAnew: true, now: now)
        #expect(isCalledAnew)
        #expect(bounds(.milliseconds(500)).contains(try fail()))
    }
}
