import Core
import Daemon
import Logging
import Net
import Probes
import Synchronization
import Testing

/// How results come to the loop of the director: news at once, the rest together.
@Suite(.timeLimit(.minutes(10))) struct ProbeGatheringTests {
    /// What was handed on, call by call.
    private final class Sink: Sendable {
        private let calls = Mutex<[[(target: ProbeTarget, outcome: Outcome, age: Duration)]]>([])

        func take(_ results: [(target: ProbeTarget, outcome: Outcome, age: Duration)]) {
            calls.withLock { $0.append(results) }
        }

        var all: [[(target: ProbeTarget, outcome: Outcome, age: Duration)]] {
            calls.withLock(\.self)
        }
    }

    /// Which targets fail.
    private final class Failing: Sendable {
        private let targets = Mutex<Set<ProbeTarget>>([])

        func add(_ target: ProbeTarget) { targets.withLock { _ = $0.insert(target) } }

        func contains(_ target: ProbeTarget) -> Bool { targets.withLock { $0.contains(target) } }
    }

    /// Runs a service for these targets, in a time that passes as it sleeps, until `isOver`.
    private func run(
        _ targets: [ProbeTarget],
        to sink: Sink,
        failing: Failing = Failing(),
        until isOver: @escaping @Sendable () -> Bool
    ) async {
        let clock = ManualClock()
        let service = ProbeService(
            clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            probe: { Outcome(failing.contains($0) ? .l4connection : .l4ok) },
            sink: { sink.take($0) }
        )
        service.update(targets: targets)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            while !isOver() {
                clock.advanceToFirstSleeper()
                await Task.yield()
            }
            group.cancelAll()
        }
    }

    private let targets = (1...50).map(ProbeServiceTests.target)

    /// What changes nothing comes together with more of it, and all of it comes.
    @Test func whatChangesNothingComesTogether() async {
        let sink = Sink()
        await run(targets, to: sink) { sink.all.reduce(0) { $0 + $1.count } >= 2_000 }
        let results = sink.all.flatMap(\.self)
        #expect(Set(results.map(\.target)) == Set(targets))
        // Ten results a call are to be had of 25 a second; when each has risen, that is.
        let late = sink.all.suffix(sink.all.count / 2)
        let count = late.reduce(0) { $0 + $1.count }
        #expect(count >= 3 * late.count, "\(count) results in \(late.count) calls")
    }

    /// A failure takes along what was held, and is the last of it: nobody waited for more.
    @Test func newsWaitsForNothing() async {
        let (sink, failing) = (Sink(), Failing())
        let victim = targets[7]
        await run(targets, to: sink, failing: failing) {
            let all = sink.all
            if all.count > 200 { failing.add(victim) }
            return all.contains { $0.contains { $0.outcome.verdict == .failed } }
        }
        let call = sink.all.first { $0.contains { $0.outcome.verdict == .failed } } ?? []
        let failures = call.filter { $0.outcome.verdict == .failed }
        #expect(failures.map(\.target) == [victim])
    }

    /// One target that is asked every two seconds has nobody to wait for.
    @Test func whereNothingElseIsDueNobodyWaits() async {
        let sink = Sink()
        await run([targets[0]], to: sink) { sink.all.count >= 6 }
        #expect(sink.all.allSatisfy { $0.count == 1 })
    }
}
