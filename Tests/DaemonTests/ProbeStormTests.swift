import Core
import Daemon
import Logging
import Net
import Synchronization
import Testing

/// Many servers that are lost at once are one thing to be told of, and a few are told of at once.
@Suite(.timeLimit(.minutes(10))) struct ProbeStormTests {
    private typealias Result = (target: ProbeTarget, outcome: Outcome, age: Duration)

    /// Servers that all answer, until all of them are gone.
    private final class Pool: Sendable {
        private struct State {
            var isLost = false
            var tells: [@Sendable (SentinelNews) -> Void] = []
            var calls: [[Result]] = []
        }

        private let state = Mutex(State())

        var isLost: Bool { state.withLock(\.isLost) }
        var watched: Int { state.withLock { $0.tells.count } }
        /// What was handed on with at least one failure, call by call.
        var failures: [[Result]] {
            state.withLock(\.calls).filter { $0.contains { $0.outcome.verdict == .failed } }
        }

        func keep(_ tell: @escaping @Sendable (SentinelNews) -> Void) {
            state.withLock { $0.tells.append(tell) }
            tell(.stands)
        }

        func take(_ results: [Result]) { state.withLock { $0.calls.append(results) } }

        func lose() {
            let tells = state.withLock { state in
                state.isLost = true
                return state.tells
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

    /// Loses so many servers, of which `mute` does not answer at all then, and answers with what
    /// was handed on of that until `isOver`.
    private func lose(
        _ count: Int,
        mute: ProbeTarget? = nil,
        until isOver: @escaping @Sendable ([[Result]]) -> Bool
    ) async -> [[Result]] {
        let (pool, clock) = (Pool(), ManualClock())
        let service = ProbeService(
            mostSentinels: count,
            clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            probe: { target in
                guard pool.isLost else { return Outcome(.l4ok) }
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
            open: { _, _, tell in
                pool.keep(tell)
                return {}
            }
        )
        service.update(targets: Self.targets(count))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            while !isOver(pool.failures) {
                if !pool.isLost, pool.watched == count { pool.lose() }
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
        let calls = await lose(300) { Self.count($0) >= 900 }
        #expect(Self.count(calls) == 900)
        var told = 0
        for call in calls.dropLast() {
            if told >= 3 * 64 { #expect(Self.wait(call) >= .milliseconds(250)) }
            told += Self.count([call])
        }
    }

    /// The first failure of a few waits for no other.
    @Test func aFewAreToldOfAtOnce() async {
        let calls = await lose(20) { Self.count($0) >= 60 }
        #expect(calls.count >= 3)
        #expect(calls.joined().allSatisfy { $0.outcome.verdict != .failed || $0.age == .zero })
    }

    /// One that says nothing for as long as its check allows holds up the others for a moment only.
    @Test func aStormThatDoesNotEndIsToldOfAllTheSame() async {
        let mute = Self.targets(300)[7]
        let calls = await lose(300, mute: mute) { Self.count($0) >= 897 }
        #expect(calls.contains { Self.wait($0) >= .milliseconds(250) })
    }
}
