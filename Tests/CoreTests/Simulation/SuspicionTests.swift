import Core
import Net
import TestSupport
import Testing

/// Directors of many shapes, whose uplink is cut or whose servers die, with results that come as a
/// schedule brings them.
@Suite struct SuspicionTests {
    /// A director with its checks, in steps of ten milliseconds.
    struct Run {
        var bench: DirectorBench
        var generator: SeededGenerator
        private var due: [ProbeTarget: Moment] = [:]
        private var answers: [(at: Moment, target: ProbeTarget, outcome: Outcome)] = []
        private var streaks: [ProbeTarget: (passed: Bool, count: Int)] = [:]
        private var summoned = 0

        init(_ intent: Intent, _ generator: SeededGenerator, alive: [Endpoint]) {
            bench = DirectorBench(intent)
            bench.world.alive = Set(alive)
            self.generator = generator
        }

        mutating func live(_ duration: Duration) {
            let end = bench.now + duration
            while bench.now < end {
                step()
                bench.now = bench.now + .milliseconds(10)
            }
        }

        /// Lives until `isSo`, and answers after how long; at most `limit`.
        mutating func live(atMost limit: Duration, until isSo: (Run) -> Bool) -> Duration {
            let start = bench.now
            while bench.now - start < limit, !isSo(self) { live(.milliseconds(10)) }
            return bench.now - start
        }

        private mutating func step() {
            let now = bench.now
            for answer in answers.filter({ $0.at <= now }) {
                finish(answer.target, answer.outcome)
            }
            answers.removeAll { $0.at <= now }
            for target in bench.director.targets where due[target].map({ $0 <= now }) ?? false {
                // A probe that nobody answers takes as long as it may.
                let outcome = bench.world.outcome(of: target)
                let takes = outcome.code == .l4timeout ? target.check.timeout : .zero
                due[target] = nil
                answers.append((now + takes, target, outcome))
            }
            for target in bench.director.targets where due[target] == nil && streaks[target] == nil
            {
                streaks[target] = (true, 0)
                let wait = Int.random(in: 0..<2000, using: &generator)
                due[target] = now + .milliseconds(wait)
            }
            bench.turn()
            let summons = bench.director.summons
            guard summons.generation != summoned else { return }
            summoned = summons.generation
            for target in due.keys where summons.addresses[target.endpoint.address] != nil {
                due[target] = now
            }
        }

        private mutating func finish(_ target: ProbeTarget, _ outcome: Outcome) {
            let passed = outcome.verdict == .passed
            let before = streaks[target] ?? (passed, 0)
            let count = before.passed == passed ? before.count + 1 : 1
            streaks[target] = (passed, count)
            let isSettled = count >= (passed ? target.check.rise : target.check.fall)
            let wait = isSettled ? target.check.every : target.check.fastEvery
            due[target] = bench.now + wait
            bench.director.probed(target, outcome, at: bench.now)
        }
    }

    static func run(_ seed: UInt64, _ action: BrakePolicy.Action, canaries: Bool) throws -> Run {
        var generator = SeededGenerator(seed: seed)
        var intent = try DirectorBrakeTests.intent(action, canaries: canaries)
        intent.brake?.targets = 3
        let fall = Int.random(in: 2...3, using: &generator)
        let check = NamedCheck(name: "tcp", Check(method: .tcp, rise: 2, fall: fall))
        var alive = [DirectorBrakeTests.gateway]
        for index in intent.vips.indices {
            let count = Int.random(in: 1...4, using: &generator)
            let servers = (0..<count).map { DirectorBrakeTests.server(index, $0) }
            intent.vips[index].services[0].checks = [check]
            intent.vips[index].services[0].backends = servers.map { Backend($0) }
            alive += servers
        }
        // Of those that have more, some have one that is dead already.
        for index in intent.vips.indices where Bool.random(using: &generator) {
            let backends = intent.vips[index].services[0].backends
            guard backends.count > 1 else { continue }
            alive.removeAll { $0 == backends[0].endpoint }
        }
        var run = Run(intent, generator, alive: alive)
        run.live(.seconds(12))
        #expect(run.bench.world.networks.count == 5, "seed \(seed)")
        run.live(.milliseconds(Int.random(in: 0...4000, using: &run.generator)))
        run.bench.done = []
        return run
    }

    @Test(arguments: UInt64(0)..<40)
    func aCutShorterThanTheBoundChangesNoRoute(seed: UInt64) throws {
        var run = try Self.run(seed, .keep, canaries: !seed.isMultiple(of: 3))
        run.bench.world.isCut = true
        run.live(.milliseconds(Int.random(in: 200...18_000, using: &run.generator)))
        run.bench.world.isCut = false
        run.live(.seconds(20))
        #expect(run.bench.done.isEmpty, "seed \(seed): \(run.bench.done)")
        #expect(run.bench.director.brake.state == .off)
    }

    /// Canaries cost a real death no more than the answer of one of them.
    @Test(arguments: UInt64(0)..<40)
    func aRealDeathIsWithdrawnWithinTheUsualBound(seed: UInt64) throws {
        var run = try Self.run(seed, .keep, canaries: true)
        run.bench.world.alive = [DirectorBrakeTests.gateway]
        let took = run.live(atMost: .seconds(30)) { $0.bench.world.networks.isEmpty }
        // An interval until the last is probed, two fast ones to confirm it, and some steps.
        #expect(took < .milliseconds(2000 + 2 * 500 + 200), "seed \(seed): \(took)")
        let withdrawn = run.bench.done.filter { if case .withdraw = $0 { true } else { false } }
        #expect(withdrawn.count == 5)
    }

    @Test(arguments: UInt64(0)..<20)
    func aDeadDirectorIsNotAnnouncedForEver(seed: UInt64) throws {
        var run = try Self.run(seed, .keep, canaries: !seed.isMultiple(of: 3))
        run.bench.world.isCut = true
        let took = run.live(atMost: .seconds(90)) { $0.bench.world.networks.isEmpty }
        // It may begin to hold as late as results come in, and then holds for its 20 seconds.
        #expect(took > .seconds(19) && took < .seconds(26), "seed \(seed): \(took)")
        run.live(.seconds(60))
        #expect(run.bench.world.networks.isEmpty)
    }

    /// An uplink that comes and goes is not held for longer in all.
    @Test(arguments: UInt64(0)..<20)
    func aFlappingUplinkIsNotHeldForEver(seed: UInt64) throws {
        var run = try Self.run(seed, .keep, canaries: false)
        var held = Duration.zero
        for _ in 0..<12 {
            run.bench.world.isCut.toggle()
            for _ in 0..<60 {
                run.live(.milliseconds(50))
                if run.bench.director.brake.heldSince != nil { held += .milliseconds(50) }
            }
        }
        #expect(held <= .seconds(21), "seed \(seed): \(held)")
    }
}
