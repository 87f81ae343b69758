import Core
import Daemon
import Logging
import Net
import Synchronization
import Testing

/// Many servers that are lost at once are one thing to be told of, and a few are told of at once.
@Suite(.timeLimit(.minutes(10))) struct ProbeStormTests {
    private typealias Result = (target: ProbeTarget, outcome: Outcome, age: Duration)

    /// Servers that all answer, until they are lost.
    private final class Pool: Sendable {
        private struct State {
            var lost: Set<Endpoint> = []
            var tells: [Endpoint: @Sendable (SentinelNews) -> Void] = [:]
            var calls: [[Result]] = []
        }

        private let state = Mutex(State())

        var watched: Int { state.withLock { $0.tells.count } }
        /// What was handed on with at least one failure, call by call.
        var failures: [[Result]] {
            state.withLock(\.calls).filter { $0.contains { $0.outcome.verdict == .failed } }
        }

        func isLost(_ endpoint: Endpoint) -> Bool {
            state.withLock { $0.lost.contains(endpoint) }
        }

        func keep(_ endpoint: Endpoint, _ tell: @escaping @Sendable (SentinelNews) -> Void) {
            state.withLock { $0.tells[endpoint] = tell }
            tell(.stands)
        }

        func take(_ results: [Result]) { state.withLock { $0.calls.append(results) } }

        /// They go all at once, those that have not gone yet.
        func lose(_ targets: some Sequence<ProbeTarget>) {
            let tells = state.withLock { state in
                targets.map(\.endpoint).filter { state.lost.insert($0).inserted }
                    .compactMap { state.tells[$0] }
            }
            for tell in tells { tell(.ended(.reset)) }
        }
    }

    private static func targets(_ count: Int) -> [ProbeTarget] {
        (0..<count).map { number in
            ProbeTarget(
                endpoint: Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(number)), 80),
                check: Check(
                    method: .tcp,
                    every: .seconds(60),
                    timeout: .seconds(5),
                    rise: 1,
                    fall: 3,
                    hasSentinel: true
                )
            )
        }
    }

    /// Loses all but the last of so many servers, of which `mute` does not answer at all then, and
    /// the last one as soon as `isNext`; answers with what was handed on of that until `isOver`.
    private func lose(
        _ count: Int,
        mute: ProbeTarget? = nil,
        andLastWhen isNext: @escaping @Sendable ([[Result]]) -> Bool = { _ in false },
        until isOver: @escaping @Sendable ([[Result]]) -> Bool
    ) async -> [[Result]] {
        let targets = Self.targets(count)
        let (pool, clock) = (Pool(), ManualClock())
        let service = ProbeService(
            mostSentinels: count,
            clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            probe: { target in
                guard pool.isLost(target.endpoint) else { return Outcome(.l4ok) }
                if target == mute {
                    // Until it is cancelled.
                    let (never, _) = AsyncStream<Void>.makeStream(
                        bufferingPolicy: .bufferingNewest(1)
                    )
                    for await _ in never {}
                }
                return Outcome(.l4connection)
            },
            sink: { pool.take($0) },
            open: { endpoint, _, tell in
                pool.keep(endpoint, tell)
                return {}
            }
        )
        service.update(targets: targets)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            while !isOver(pool.failures) {
                if pool.watched == count { pool.lose(targets.dropLast()) }
                if isNext(pool.failures) { pool.lose(targets.suffix(1)) }
                clock.advanceToFirstSleeper()
                await Task.yield()
            }
            group.cancelAll()
        }
        return pool.failures
    }

    private static func count(_ calls: [[Result]]) -> Int {
        calls.reduce(0) { $0 + $1.count { $0.outcome.verdict == .failed } }
    }

    /// The longest that a failure of a call has waited.
    private static func wait(_ call: [Result]) -> Duration {
        call.filter { $0.outcome.verdict == .failed }.map(\.age).max() ?? .zero
    }

    /// Told of when it is over, or when it has lasted for too long; but for those that were looked
    /// at before it was known that they are many.
    @Test func aStormIsOneThingToBeToldOf() async {
        let calls = await lose(301) { Self.count($0) >= 900 }
        #expect(Self.count(calls) == 900)
        var told = 0
        for call in calls.dropLast() {
            if told >= 3 * 64 { #expect(Self.wait(call) >= .milliseconds(250)) }
            told += Self.count([call])
        }
    }

    /// The first failure of a few waits for no other.
    @Test func aFewAreToldOfAtOnce() async {
        let calls = await lose(21) { Self.count($0) >= 60 }
        #expect(calls.count >= 3)
        #expect(calls.joined().allSatisfy { $0.outcome.verdict != .failed || $0.age == .zero })
    }

    /// One that says nothing for as long as its check allows holds up the others for a moment only.
    @Test func aStormThatDoesNotEndIsToldOfAllTheSame() async {
        let mute = Self.targets(300)[7]
        let calls = await lose(301, mute: mute) { Self.count($0) >= 897 }
        #expect(calls.contains { Self.wait($0) >= .milliseconds(250) })
    }

    /// And who falls after it is told of at once, although that one still says nothing.
    @Test func whoFallsAfterAStormIsToldOfAtOnce() async {
        let targets = Self.targets(301)
        let calls = await lose(301, mute: targets[7]) { calls in
            // All others were told of, so the storm has had its time.
            Self.count(calls) >= 897
        } until: { calls in
            calls.joined().contains { $0.target == targets[300] && $0.outcome.verdict == .failed }
        }
        let last = calls.joined().first {
            $0.target == targets[300] && $0.outcome.verdict == .failed
        }
        #expect(last?.age == .zero)
    }
}
