import Core
import Daemon
import Logging
import Net
import Probes
import Synchronization
import Testing

/// The loop around the schedule, in virtual time and with made-up probes.
@Suite(.timeLimit(.minutes(10))) struct ProbeServiceTests {
    /// What the service did, in order.
    enum Event: Hashable, Sendable {
        case started(ProbeTarget, at: ManualClock.Instant)
        case result(ProbeTarget, Outcome)
    }

    /// A service, its clock, its events, and the outcome of each of its probes.
    struct Stage: Sendable {
        let clock = ManualClock()
        let service: ProbeService<ManualClock>
        let events: AsyncStream<Event>

        init(
            concurrency: Int = 8,
            carry: ProbeService<ManualClock>.Carry? = nil,
            probe: @escaping ProbeService<ManualClock>.Probe
        ) {
            let (events, continuation) = AsyncStream.makeStream(of: Event.self)
            let clock = clock
            self.events = events
            service = ProbeService(
                concurrency: concurrency,
                clock: clock,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                carry: carry,
                probe: { target in
                    continuation.yield(.started(target, at: clock.now))
                    return await probe(target)
                },
                sink: { for each in $0 { continuation.yield(.result(each.target, each.outcome)) } }
            )
        }

        /// Runs the service while `body` looks on; time passes whenever the service sleeps, as
        /// long as `timePasses`.
        func run(
            _ body: (inout Events, Time) async throws -> Void
        )
            async throws
        {
            let time = Time()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await service.run() }
                group.addTask {
                    while !Task.isCancelled {
                        if time.passes { clock.advanceToFirstSleeper() }
                        await Task.yield()
                    }
                }
                var iterator = Events(iterator: events.makeAsyncIterator())
                try await body(&iterator, time)
                group.cancelAll()
            }
        }
    }

    /// The events of a stage, read one by one.
    struct Events {
        fileprivate var iterator: AsyncStream<Event>.Iterator

        mutating func next() async -> Event? { await iterator.next(isolation: #isolation) }
    }

    /// Whether the time of a stage passes by itself.
    final class Time: Sendable {
        private let state = Mutex(true)
        var passes: Bool { state.withLock { $0 } }
        func stop() { state.withLock { $0 = false } }
    }

    /// Holds probes until it is opened, or cancelled.
    final class Gate: Sendable {
        private let stream: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func open() { continuation.finish() }

        func wait() async {
            for await _ in stream {}
        }
    }

    static func target(_ number: Int) -> ProbeTarget {
        ProbeTarget(
            endpoint: Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(number)), 80),
            check: Check(method: .tcp)
        )
    }

    @Test func everyTargetIsProbedAgainAndAgain() async throws {
        let stage = Stage { _ in Outcome(.l4ok) }
        let targets = (0..<5).map(Self.target)
        stage.service.update(targets: targets)
        try await stage.run { events, _ in
            var results: [ProbeTarget: Int] = [:]
            var starts: [ProbeTarget: ManualClock.Instant] = [:]
            while results.count < 5 || (results.values.min() ?? 0) < 4 {
                switch await events.next() {
                case .result(let target, let outcome):
                    #expect(outcome.code == .l4ok)
                    results[target, default: 0] += 1
                case .started(let target, let at):
                    if let last = starts[target] {
                        // The second probe follows the fast interval, later ones the normal one.
                        let shortest = target.check.fastEvery * (1 - ProbeSchedule.jitter)
                        #expect(last.duration(to: at) >= shortest)
                    }
                    starts[target] = at
                case nil: return
                }
            }
            #expect(Set(results.keys) == Set(targets))
        }
    }

    /// Carries the even numbers, and answers at once.
    final class PlayedCarrier: ProbeCarrier {
        static let word = "carried"

        private let report: @Sendable ([ProbeEnd]) -> Void
        private let stops = Mutex(0)
        var stopCount: Int { stops.withLock { $0 } }

        init(_ report: @escaping @Sendable ([ProbeEnd]) -> Void) { self.report = report }

        func carries(_ target: ProbeTarget) -> Bool {
            (target.endpoint.address.bytes.last ?? 0).isMultiple(of: 2)
        }

        func start(_ orders: [ProbeOrder]) {
            report(orders.map { ProbeEnd($0, Outcome(.l4ok, detail: Self.word)) })
        }

        func stop() { stops.withLock { $0 += 1 } }
    }

    /// What the carrier carries goes to it and to nobody else; it is stopped with the service.
    @Test func carriedTargetsAreTheCarriers() async throws {
        let made = Mutex<PlayedCarrier?>(nil)
        let stage = Stage(
            carry: { report in
                let carrier = PlayedCarrier(report)
                made.withLock { $0 = carrier }
                return carrier
            },
            probe: { _ in Outcome(.l4ok, detail: "by itself") }
        )
        let targets = (0..<6).map(Self.target)
        stage.service.update(targets: targets)
        try await stage.run { events, _ in
            var counts: [ProbeTarget: Int] = [:]
            while counts.count < 6 || (counts.values.min() ?? 0) < 3 {
                switch await events.next() {
                case .result(let target, let outcome):
                    counts[target, default: 0] += 1
                    let isEven = targets.firstIndex(of: target)?.isMultiple(of: 2) == true
                    #expect(outcome.detail == (isEven ? PlayedCarrier.word : "by itself"))
                case .started(let target, _):
                    #expect(targets.firstIndex(of: target)?.isMultiple(of: 2) == false)
                case nil: return
                }
            }
        }
        #expect(made.withLock { $0?.stopCount } == 1)
    }

    @Test func withoutACarrierAllAreProbedAllTheSame() async throws {
        let stage = Stage(carry: { _ in throw CancellationError() }, probe: { _ in Outcome(.l4ok) })
        stage.service.update(targets: [Self.target(2)])
        try await stage.run { events, _ in
            var isProbed = false
            while !isProbed, let event = await events.next() {
                if case .result(let target, _) = event { isProbed = target == Self.target(2) }
            }
            #expect(isProbed)
        }
    }

    @Test func noMoreAtOnceThanAllowed() async throws {
        let running = Mutex((now: 0, most: 0, targets: Set<ProbeTarget>(), overlaps: 0))
        let stage = Stage(concurrency: 4) { target in
            running.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
                if !state.targets.insert(target).inserted { state.overlaps += 1 }
            }
            for _ in 0..<10 { await Task.yield() }
            running.withLock { state in
                state.now -= 1
                state.targets.remove(target)
            }
            return Outcome(.l4timeout)
        }
        stage.service.update(targets: (0..<100).map(Self.target))
        try await stage.run { events, _ in
            var results = 0
            while results < 500, let event = await events.next() {
                if case .result = event { results += 1 }
            }
        }
        let (most, overlaps) = running.withLock { ($0.most, $0.overlaps) }
        #expect(most == 4)
        #expect(overlaps == 0)
    }

    @Test func theNewestTargetsWin() async throws {
        let stage = Stage { _ in Outcome(.l4ok) }
        stage.service.update(targets: [Self.target(1)])
        stage.service.update(targets: [Self.target(2)])
        try await stage.run { events, _ in
            for _ in 0..<6 {
                switch await events.next() {
                case .started(let target, _), .result(let target, _):
                    #expect(target == Self.target(2))
                case nil: Issue.record("the service ended")
                }
            }
            stage.service.update(targets: [Self.target(3)])
            var seen: Set<ProbeTarget> = []
            while !seen.contains(Self.target(3)), let event = await events.next() {
                if case .result(let target, _) = event { seen.insert(target) }
            }
            for _ in 0..<4 {
                guard case .started(let target, _) = await events.next() else { continue }
                #expect(target == Self.target(3))
            }
        }
    }

    /// The same failure with and without the process standing still while the probe was under way.
    @Test(arguments: [
        (Duration.seconds(60), Outcome.Code.l7timeout, Outcome.Code.socketError),
        (.seconds(60), .l7ok, .l7ok),
        (.milliseconds(300), .l7timeout, .l7timeout),
    ])
    func aFreezeTakesFailuresBack(
        gap: Duration,
        probed: Outcome.Code,
        reported: Outcome.Code
    ) async throws {
        let gate = Gate()
        let stage = Stage { _ in
            await gate.wait()
            return Outcome(probed, detail: "evidence")
        }
        stage.service.update(targets: [Self.target(1)])
        try await stage.run { events, time in
            let first = await events.next()
            guard case .started = first else {
                Issue.record("no probe was started")
                return
            }
            time.stop()
            // The loop goes to sleep after it started the probe, and then nothing happens but this.
            while !stage.clock.hasSleepers { await Task.yield() }
            stage.clock.advance(by: gap)
            gate.open()
            guard case .result(_, let outcome) = await events.next() else {
                Issue.record("no result came")
                return
            }
            #expect(outcome.code == reported)
            #expect(outcome.detail.contains("evidence"))
            guard outcome.code != probed else { return }
            // Nothing is known now, so that is asked again before any time has passed.
            guard case .started(_, let at) = await events.next() else {
                Issue.record("the server was not probed again")
                return
            }
            #expect(at == stage.clock.now)
        }
    }

    /// What ends is counted under its name, and so is how late it began: here, for one had to wait
    /// for the other.
    @Test func resultsAndLatenessAreCounted() async throws {
        let gate = Gate()
        let stage = Stage(concurrency: 1) { _ in
            await gate.wait()
            return Outcome(.l4ok, duration: .milliseconds(2))
        }
        let targets = [Self.target(1), Self.target(2)]
        stage.service.update(targets: targets, names: [targets[0].check: "alive"])
        try await stage.run { events, time in
            guard case .started = await events.next() else {
                Issue.record("no probe was started")
                return
            }
            time.stop()
            while !stage.clock.hasSleepers { await Task.yield() }
            var counts = stage.service.counts
            #expect(counts.scheduled == 2 && counts.running == 1)
            #expect(counts.lateness.counts.reduce(0, +) == 1)
            // Far beyond the interval within which the second one was to begin.
            stage.clock.advance(by: .seconds(30))
            gate.open()
            guard case .result = await events.next(), case .started = await events.next() else {
                Issue.record("the second probe was not started")
                return
            }
            counts = stage.service.counts
            #expect(counts.lateness.counts.reduce(0, +) == 2)
            #expect(counts.lateness.counts.last == 1)
            #expect(counts.lateness.sum >= 28)
            #expect(counts.checks.map(\.check) == ["alive"])
            #expect(counts.checks.map(\.type) == ["tcp"])
            #expect(counts.checks.first?.results["L4OK"] ?? 0 >= 1)
        }
    }

    @Test func cancellingEndsItWithProbesUnderWay() async throws {
        let gate = Gate()
        let stage = Stage { _ in
            await gate.wait()
            return Outcome(.socketError)
        }
        stage.service.update(targets: (0..<8).map(Self.target))
        try await stage.run { events, _ in
            _ = await events.next()
        }
        // Returning is the proof: the gate was never opened.
    }
}
