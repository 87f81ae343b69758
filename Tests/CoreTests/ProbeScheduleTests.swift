import Core
import Net
import Testing
import TestSupport

/// What is due when: spread, rhythm, order, bounds, and what a reload keeps.
@Suite struct ProbeScheduleTests {
    private func at(_ seconds: Double) -> Moment { .zero + .seconds(seconds) }

    /// The shortest and longest time that an interval may become by its jitter.
    private func bounds(_ interval: Duration) -> ClosedRange<Duration> {
        interval * (1 - ProbeSchedule.jitter)...interval * (1 + ProbeSchedule.jitter)
    }

    @Test(arguments: [1, 7, 100, 1000])
    func firstProbesFillOneIntervalEvenly(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        var schedule = ProbeSchedule(concurrency: count)
        schedule.update(
            targets: (0..<count).map { .numbered($0) },
            now: at(10),
            using: &generator
        )
        #expect(schedule.targetCount == count)
        for part in 1...count {
            let end = at(10 + 2 * Double(part) / Double(count))
            #expect(schedule.due(now: end).count == 1, "part \(part) of \(count)")
        }
        #expect(schedule.running == count)
        #expect(schedule.lateStarts == 0)
    }

    @Test func theFirstOrderDiffersFromDirectorToDirector() {
        let orders = (UInt64(0)..<5).map { seed in
            var generator = SeededGenerator(seed: seed)
            var schedule = ProbeSchedule()
            schedule.update(
                targets: (0..<20).map { .numbered($0) },
                now: .zero,
                using: &generator
            )
            return schedule.due(now: at(2)).map(\.target)
        }
        #expect(Set(orders).count == orders.count)
    }

    /// Results of one target in a row and the interval that follows each; rise 2, fall 3.
    ///
    /// A result is `+` passed, `-` failed or `?` unknown; an interval is `f` fast or `n` normal.
    @Test(arguments: [
        ("++++", "fnnn"),
        ("----", "ffnn"),
        ("++-+", "fnff"),
        ("++--+-", "fnffff"),
        ("++---++", "fnffnfn"),
        ("+?+", "fnn"),
        ("++-?--", "fnfnfn"),
        ("???", "nnn"),
    ])
    func isFastWhileInDoubt(results: String, intervals: String) throws {
        var generator = SeededGenerator(seed: 1)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        for (result, interval) in zip(results, intervals) {
            let start = try #require(schedule.nextDeadline)
            let run = try #require(schedule.due(now: start).first)
            let verdict: Outcome.Verdict =
                result == "+" ? .passed : result == "-" ? .failed : .unknown
            schedule.finished(run, verdict, now: start + .milliseconds(1), using: &generator)
            let next = try #require(schedule.nextDeadline)
            let expected: Duration = interval == "f" ? .milliseconds(500) : .seconds(2)
            #expect(bounds(expected).contains(next - start))
        }
    }

    @Test func aProbeLongerThanItsIntervalIsFollowedAtOnce() throws {
        var generator = SeededGenerator(seed: 1)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        let run = try #require(schedule.due(now: at(2)).first)
        #expect(schedule.nextDeadline == nil)
        #expect(schedule.due(now: at(100)).isEmpty)
        schedule.finished(run, .failed, now: at(3), using: &generator)
        #expect(schedule.nextDeadline == at(3))
    }

    /// A probe that was summoned, and those that confirm it; rise 2, fall 3.
    ///
    /// A result is `+` passed, `x` refused, `-` failed otherwise, or `?` unknown; an interval is
    /// `c` for one that confirms, `f` fast or `n` normal.
    @Test(arguments: [
        ("xxxx", "ccnn"),
        ("x+", "cf"),
        ("--x", "ffn"),
        ("x-x", "cfn"),
        ("+xx", "nff"),
        ("x?x", "cnf"),
    ])
    func whatASummonedProbeFoundIsConfirmedQuickly(results: String, intervals: String) throws {
        var generator = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        for _ in 0..<2 {
            let start = try #require(schedule.nextDeadline)
            let run = try #require(schedule.due(now: start).first)
            #expect(!run.isSummoned)
            schedule.finished(run, .passed, now: start, using: &generator)
        }
        let call = Moment.zero + (try #require(schedule.nextDeadline) - .zero) / 2
        let isScheduled = schedule.summon(.numbered(1), isSure: true, now: call)
        #expect(isScheduled)
        #expect(schedule.nextDeadline == call)
        for (result, interval) in zip(results, intervals) {
            let start = try #require(schedule.nextDeadline)
            let run = try #require(schedule.due(now: start).first)
            let verdict: Outcome.Verdict =
                result == "+" ? .passed : result == "?" ? .unknown : .failed
            schedule.finished(
                run,
                verdict,
                isRefused: result == "x",
                now: start + .microseconds(300),
                using: &generator
            )
            let next = try #require(schedule.nextDeadline)
            let expected =
                switch interval {
                case "c": ProbeSchedule.confirmEvery
                case "f": Duration.milliseconds(500)
                default: Duration.seconds(2)
                }
            #expect(bounds(expected).contains(next - start), "\(result) in \(results)")
            #expect(schedule.isPressing == (interval == "c"))
        }
    }

    @Test func aProbeUnderWayIsFollowedByTheOneThatWasSummoned() throws {
        var generator = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        let run = try #require(schedule.due(now: at(2)).first)
        let isFirstTaken = schedule.summon(.numbered(1), isSure: true, now: at(2.5))
        #expect(isFirstTaken)
        let isSecondTaken = schedule.summon(.numbered(1), isSure: true, now: at(2.6))
        #expect(isSecondTaken)
        #expect(schedule.nextDeadline == nil)
        schedule.finished(run, .passed, now: at(3), using: &generator)
        #expect(schedule.nextDeadline == at(3))
        let summoned = try #require(schedule.due(now: at(3)).first)
        #expect(summoned.isSummoned)
        schedule.finished(summoned, .passed, now: at(3), using: &generator)
        // One more pass settles it, and two calls were one.
        #expect(bounds(.seconds(2)).contains(try #require(schedule.nextDeadline) - at(3)))
    }

    @Test func whatThePathSaysIsNotConfirmedQuickly() throws {
        var generator = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        let isScheduled = schedule.summon(.numbered(1), isSure: false, now: .zero)
        #expect(isScheduled)
        let run = try #require(schedule.due(now: .zero).first)
        #expect(run.isSummoned)
        schedule.finished(run, .failed, isRefused: true, now: .zero, using: &generator)
        let next = try #require(schedule.nextDeadline)
        #expect(bounds(.milliseconds(500)).contains(next - .zero))
        #expect(!schedule.isPressing)
    }

    @Test func theLastWordCounts() throws {
        var generator = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule()
        #expect(!schedule.hasPassed(.numbered(1)))
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        #expect(!schedule.hasPassed(.numbered(1)))
        let story: [(Outcome.Verdict, Bool)] = [
            (.passed, true), (.unknown, true), (.failed, false), (.unknown, false), (.passed, true),
        ]
        for (verdict, expected) in story {
            let start = try #require(schedule.nextDeadline)
            let run = try #require(schedule.due(now: start).first)
            schedule.finished(run, verdict, now: start, using: &generator)
            #expect(schedule.hasPassed(.numbered(1)) == expected)
        }
    }

    @Test func whoIsNotScheduledIsNotSummoned() throws {
        var generator = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule()
        let isKnown = schedule.summon(.numbered(1), isSure: true, now: at(1))
        #expect(!isKnown)
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        let run = try #require(schedule.due(now: at(2)).first)
        schedule.update(targets: [], now: at(2), using: &generator)
        let isStillKnown = schedule.summon(.numbered(1), isSure: true, now: at(2))
        #expect(!isStillKnown)
        schedule.finished(run, .failed, now: at(3), using: &generator)
        #expect(schedule.nextDeadline == nil)
        #expect(!schedule.isPressing)
    }

    @Test func theMostOverdueGoesFirstAndTheRestWaits() {
        var generator = SeededGenerator(seed: 1)
        var schedule = ProbeSchedule(concurrency: 3)
        schedule.update(
            targets: (0..<10).map { .numbered($0) },
            now: .zero,
            using: &generator
        )
        var started: [ProbeSchedule.Run] = []
        var batch = schedule.due(now: at(9))
        while !batch.isEmpty {
            #expect(batch.count <= 3)
            #expect(schedule.nextDeadline == nil || schedule.running < 3)
            started += batch
            if started.count >= 10 { break }
            for run in batch { schedule.finished(run, .passed, now: at(9), using: &generator) }
            batch = schedule.due(now: at(9))
        }
        #expect(Set(started.map(\.target)).count == 10)
        #expect(started.map(\.lateness) == started.map(\.lateness).sorted(by: >))
        // All were due by 2 s: 7 s and more late is above their interval.
        #expect(!started.contains { !$0.isLate })
        #expect(schedule.lateStarts == started.count)
    }

    @Test func aReloadKeepsPhaseAndStreak() throws {
        var generator = SeededGenerator(seed: 4)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        let phase = try #require(schedule.nextDeadline)
        schedule.update(
            targets: [.numbered(1), .numbered(1)],
            now: phase,
            using: &generator
        )
        #expect(schedule.targetCount == 1)
        #expect(schedule.nextDeadline == phase)
        // One pass, a reload, another pass: settled, because the first one still counts.
        let run = try #require(schedule.due(now: phase).first)
        schedule.finished(run, .passed, now: phase, using: &generator)
        schedule.update(targets: [.numbered(1)], now: phase, using: &generator)
        let second = try #require(schedule.nextDeadline)
        let again = try #require(schedule.due(now: second).first)
        schedule.finished(again, .passed, now: second, using: &generator)
        let third = try #require(schedule.nextDeadline)
        #expect(bounds(.seconds(2)).contains(third - second))
    }

    /// Whoever stays keeps the moment of the next probe, whoever else comes and goes around it, and
    /// no target is ever probed twice at once.
    @Test(arguments: UInt64(0)..<30)
    func thoseWhoStayNoticeNothing(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var schedule = ProbeSchedule(concurrency: 8)
        var running: [ProbeSchedule.Run] = []
        var wanted: Set<Int> = []
        var now = Moment.zero
        let stays = ProbeTarget.numbered(1000, every: .seconds(5))
        var phase: Moment?
        for _ in 0..<200 {
            now = now + .milliseconds(Int.random(in: 0..<300, using: &generator))
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                wanted = Set((0..<12).filter { _ in Bool.random(using: &generator) })
                schedule.update(
                    targets: wanted.sorted().map { .numbered($0) } + [stays],
                    now: now,
                    using: &generator
                )
                #expect(schedule.targetCount == wanted.count + 1)
            case 1:
                let runs = schedule.due(now: now)
                if runs.contains(where: { $0.target == stays }) {
                    #expect(phase.map { $0 <= now } ?? true)
                    phase = now + .seconds(5 * (1 - ProbeSchedule.jitter))
                }
                running += runs
                #expect(Set(running.map(\.target)).count == running.count)
            default:
                guard let run = running.randomElement(using: &generator) else { continue }
                running.removeAll { $0.target == run.target }
                schedule.finished(run, .unknown, now: now, using: &generator)
            }
            #expect(schedule.running == running.count)
        }
        #expect(phase != nil)
    }

    @Test func aTargetThatLeftIsNotProbedAgain() throws {
        var generator = SeededGenerator(seed: 4)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1), .numbered(2)], now: .zero, using: &generator)
        let first = try #require(schedule.due(now: schedule.nextDeadline ?? .zero).first)
        schedule.update(targets: [], now: at(1), using: &generator)
        #expect(schedule.targetCount == 0)
        #expect(schedule.running == 1)
        #expect(schedule.nextDeadline == nil)
        schedule.finished(first, .passed, now: at(2), using: &generator)
        #expect(schedule.running == 0)
        #expect(schedule.due(now: at(100)).isEmpty)
    }

    @Test func aTargetThatReturnsWaitsForItsOwnProbe() throws {
        var generator = SeededGenerator(seed: 4)
        var schedule = ProbeSchedule()
        schedule.update(targets: [.numbered(1)], now: .zero, using: &generator)
        let run = try #require(schedule.due(now: at(2)).first)
        schedule.update(targets: [], now: at(2), using: &generator)
        schedule.update(targets: [.numbered(1)], now: at(2), using: &generator)
        #expect(schedule.targetCount == 1)
        #expect(schedule.due(now: at(50)).isEmpty)
        schedule.finished(run, .passed, now: at(50), using: &generator)
        #expect(schedule.due(now: at(50)).map(\.target) == [.numbered(1)])
    }

    /// Hours of an operator who edits, servers that flap, and probes of any length.
    @Test(arguments: UInt64(0)..<40)
    func neverOverlapsNeverStarves(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let concurrency = Int.random(in: 5...40, using: &generator)
        var schedule = ProbeSchedule(concurrency: concurrency)
        var model = ScheduleModel(concurrency: concurrency)
        var now = Moment.zero
        for _ in 0..<600 {
            if Int.random(in: 0..<60, using: &generator) == 0 {
                let targets = (0..<40).filter { _ in Bool.random(using: &generator) }
                    .map { ProbeTarget.numbered($0, every: .seconds(1 + $0 % 3)) }
                schedule.update(targets: targets, now: now, using: &generator)
                model.updated(targets, now: now)
            }
            for run in model.takeEnded(now: now) {
                let verdicts: [Outcome.Verdict] = [.passed, .failed, .unknown]
                let verdict = verdicts.randomElement(using: &generator) ?? .passed
                schedule.finished(run, verdict, now: now, using: &generator)
            }
            let runs = schedule.due(now: now)
            model.started(runs, now: now, using: &generator)
            #expect(schedule.running == model.running.count)
            #expect(model.faults.isEmpty)
            now = now + .milliseconds(.random(in: 1...100, using: &generator) as Int)
        }
        #expect(model.starts > 0)
    }
}

/// What the outside may observe of a schedule, with the rules that must hold of it.
private struct ScheduleModel {
    let concurrency: Int
    private(set) var running: [ProbeTarget: (run: ProbeSchedule.Run, ends: Moment)] = [:]
    private(set) var faults: [String] = []
    private(set) var starts = 0
    /// Since when each target could have been started.
    private var waiting: [ProbeTarget: Moment] = [:]

    init(concurrency: Int) { self.concurrency = concurrency }

    mutating func updated(_ targets: [ProbeTarget], now: Moment) {
        let kept = waiting
        waiting = [:]
        for target in targets { waiting[target] = kept[target] ?? now }
    }

    mutating func takeEnded(now: Moment) -> [ProbeSchedule.Run] {
        let ended = running.values.filter { $0.ends <= now }.map(\.run)
            .sorted { $0.target.endpoint < $1.target.endpoint }
        for run in ended {
            running[run.target] = nil
            if waiting[run.target] != nil { waiting[run.target] = now }
        }
        return ended
    }

    mutating func started(
        _ runs: [ProbeSchedule.Run],
        now: Moment,
        using generator: inout SeededGenerator
    ) {
        for run in runs {
            starts += 1
            if running[run.target] != nil { faults.append("\(run.target.endpoint) overlaps") }
            if waiting[run.target] == nil { faults.append("\(run.target.endpoint) had left") }
            if run.lateness < .zero { faults.append("\(run.target.endpoint) is early") }
            let length = Duration.milliseconds(Int.random(in: 1...150, using: &generator))
            running[run.target] = (run, now + length)
            waiting[run.target] = now
        }
        if running.count > concurrency { faults.append("\(running.count) at once") }
        // 40 targets of 150 ms at 5 at once are through in 1.2 s: with its interval and one step
        // between looks, nothing waits longer than this.
        for (target, since) in waiting where running[target] == nil {
            let longest = target.check.every * 1.05 + .seconds(2)
            if now - since > longest { faults.append("\(target.endpoint) starves") }
        }
    }
}
