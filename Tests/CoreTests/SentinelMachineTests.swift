import Core
import Net
import Testing
import TestSupport

/// When the idle connection to a server is made, and what its end means.
@Suite struct SentinelMachineTests {
    /// A machine with its time and its chance.
    private struct Stage {
        var machine = SentinelMachine()
        var now = Moment.zero + .seconds(100)
        var generator = SeededGenerator(seed: 7)
        var opened = 0
        let every: Duration

        init(every: Duration = .seconds(5)) { self.every = every }

        mutating func judged(_ isUp: Bool) -> SentinelMachine.Step {
            machine.judged(isUp: isUp, now: now, using: &generator)
        }

        mutating func heard(_ news: SentinelNews) -> SentinelMachine.Step {
            machine.heard(news, now: now, every: every, using: &generator)
        }

        /// Lets time pass until the connection is to be made, makes it, and answers after how long.
        mutating func opens() throws -> Duration {
            let deadline = try #require(machine.deadline)
            let wait = deadline - now
            #expect(machine.elapsed(now: now + wait / 2) == .none)
            now = deadline
            #expect(machine.elapsed(now: now) == .open)
            opened += 1
            return wait
        }

        /// The same, and it stands.
        mutating func connects() throws -> Duration {
            let wait = try opens()
            #expect(heard(.stands) == .none)
            return wait
        }

        /// The connection ends at this age, and the server answers the probe that this asks for.
        mutating func closes(
            after age: Duration,
            _ end: SentinelEnd = .closed,
            then verdict: Outcome.Verdict = .passed
        ) -> SentinelMachine.Step {
            now = now + age
            let step = heard(.ended(end))
            if step != .none { machine.probed(verdict) }
            return step
        }
    }

    @Test func keepsOneOnlyWhileTheServerIsUp() throws {
        var stage = Stage()
        #expect(stage.machine.deadline == nil)
        #expect(stage.judged(false) == .none)
        #expect(stage.machine.deadline == nil)
        #expect(stage.judged(true) == .none)
        _ = try stage.connects()
        #expect(stage.judged(true) == .none)
        #expect(stage.machine.state == .standing(since: stage.now))
        #expect(stage.judged(false) == .close)
        #expect(stage.machine.state == .off)
        // What is heard of it afterwards is nothing to anybody.
        #expect(stage.heard(.ended(.reset)) == .none)
        #expect(stage.machine.deadline == nil)
    }

    /// Of thousands that are lost together, each would be asked once more for each connection.
    @Test(arguments: [Outcome.Verdict.passed, .unknown])
    func noConnectionIsMadeToAServerInDoubt(verdict: Outcome.Verdict) throws {
        var stage = Stage()
        _ = stage.judged(true)
        _ = try stage.connects()
        stage.now = stage.now + .seconds(60)
        #expect(stage.heard(.ended(.reset)) == .probe(.reset))
        stage.machine.probed(.failed)
        #expect(stage.machine.deadline == nil)
        #expect(stage.machine.elapsed(now: stage.now + .seconds(60)) == .none)
        stage.machine.probed(verdict)
        _ = try stage.connects()
    }

    @Test func whoWasDownIsNoLongerInDoubt() throws {
        var stage = Stage()
        _ = stage.judged(true)
        _ = try stage.connects()
        _ = stage.heard(.ended(.reset))
        _ = stage.judged(false)
        #expect(stage.machine.state == .off)
        _ = stage.judged(true)
        _ = try stage.connects()
    }

    @Test(arguments: [
        SentinelEnd.closed, .reset, .unreachable, .silent, .talkative,
    ])
    func everyEndIsAReasonToProbe(end: SentinelEnd) throws {
        var stage = Stage()
        _ = stage.judged(true)
        _ = try stage.connects()
        #expect(stage.closes(after: .seconds(60), end, then: .failed) == .probe(end))
        #expect(stage.machine.lastCall == end)
        // It never says by itself that the server is down.
        #expect(stage.machine.state != .off)
    }

    @Test func whatIsMissingHereIsNoReason() throws {
        var stage = Stage()
        _ = stage.judged(true)
        _ = try stage.opens()
        #expect(stage.heard(.failed(.local)) == .none)
        #expect(stage.machine.lastCall == nil)
        _ = try stage.opens()
        #expect(stage.heard(.failed(.reset)) == .probe(.reset))
    }

    /// However a server treats its connections, they and the probes they ask for are bounded by
    /// the interval of the check.
    @Test(arguments: [Duration.zero, .milliseconds(10), .seconds(1), .seconds(4)])
    func connectionsThatDoNotLastAreMadeEverLessOften(age: Duration) throws {
        var stage = Stage()
        _ = stage.judged(true)
        var waits: [Duration] = []
        for _ in 0..<20 {
            waits.append(try stage.connects())
            // A probe that says nothing teaches nothing, so that each end remains news.
            #expect(stage.closes(after: age, then: .unknown) == .probe(.closed))
        }
        let share = 1 - SentinelMachine.jitter...1 + SentinelMachine.jitter
        for (number, wait) in waits.enumerated() {
            let plain = min(SentinelMachine.firstPause * (1 << min(number, 20)), stage.every)
            let bounds = plain * share.lowerBound...plain * share.upperBound
            #expect(bounds.contains(wait), "wait \(number) of \(wait)")
        }
        #expect(Set(waits.suffix(10)).count > 1, "no chance in it")
    }

    @Test func oneThatLastedIsMadeAgainSoon() throws {
        var stage = Stage()
        _ = stage.judged(true)
        for _ in 0..<5 {
            _ = try stage.connects()
            _ = stage.closes(after: .zero, then: .unknown)
        }
        _ = try stage.connects()
        _ = stage.closes(after: stage.every, .reset)
        let longest = SentinelMachine.firstPause * (1 + SentinelMachine.jitter)
        #expect(try stage.connects() <= longest)
    }

    @Test func aServerThatClosesIdleConnectionsIsLearnt() throws {
        var stage = Stage()
        _ = stage.judged(true)
        _ = try stage.connects()
        #expect(stage.closes(after: .milliseconds(1000)) == .probe(.closed))
        #expect(stage.machine.idleLimit == nil)
        _ = try stage.connects()
        #expect(stage.closes(after: .milliseconds(1100)) == .probe(.closed))
        #expect(stage.machine.idleLimit == .seconds(1))
        for age in [1000, 850, 1200] {
            _ = try stage.connects()
            #expect(stage.closes(after: .milliseconds(age)) == .none)
        }
        // Earlier is news again, and so is anything but a close.
        _ = try stage.connects()
        #expect(stage.closes(after: .seconds(1), .reset) == .probe(.reset))
        #expect(stage.machine.idleLimit == .seconds(1))
        _ = try stage.connects()
        #expect(stage.closes(after: .milliseconds(700)) == .probe(.closed))
        #expect(stage.machine.idleLimit == .seconds(1))
        // One may be chance; two are another habit.
        _ = try stage.connects()
        #expect(stage.closes(after: .milliseconds(750)) == .probe(.closed))
        #expect(stage.machine.idleLimit == .milliseconds(700))
        _ = try stage.connects()
        #expect(stage.closes(after: .milliseconds(700)) == .none)
    }

    @Test func aServerThatDiesWhenItWouldCloseAnywayIsNoticedByTheNextConnection() throws {
        var stage = Stage()
        _ = stage.judged(true)
        for _ in 0..<2 {
            _ = try stage.connects()
            _ = stage.closes(after: .seconds(10))
        }
        _ = try stage.connects()
        #expect(stage.closes(after: .seconds(10)) == .none)
        #expect(try stage.opens() <= SentinelMachine.firstPause * (1 + SentinelMachine.jitter))
        #expect(stage.heard(.failed(.reset)) == .probe(.reset))
    }

    @Test func deathsTeachNothing() throws {
        var stage = Stage()
        _ = stage.judged(true)
        for _ in 0..<4 {
            _ = try stage.connects()
            #expect(stage.closes(after: .seconds(7), then: .failed) == .probe(.closed))
            #expect(stage.judged(false) == .none)
            #expect(stage.judged(true) == .none)
        }
        #expect(stage.machine.idleLimit == nil)
    }
}
