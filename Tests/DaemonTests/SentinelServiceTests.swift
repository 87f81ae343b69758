import Core
import Daemon
import Logging
import Net
import Synchronization
import Testing

/// What the loop around the schedule does with sentinels, in virtual time and with made-up servers.
@Suite(.timeLimit(.minutes(10))) struct SentinelServiceTests {
    /// What the service did, in order.
    private enum Event: Sendable {
        case started(at: ManualClock.Instant)
        case result(Outcome)
        case opened
        case closed
        case told(SentinelSight?)
    }

    /// A server that accepts or refuses, and the connection that is kept to it.
    private final class Server: Sendable {
        private struct State: Sendable {
            var isAlive = true
            var tell: (@Sendable (SentinelNews) -> Void)?
        }

        private let state = Mutex(State())

        var outcome: Outcome {
            state.withLock { $0.isAlive }
                ? Outcome(.l4ok, detail: "connected")
                : Outcome(.l4connection, detail: "connection refused")
        }

        func keep(_ tell: @escaping @Sendable (SentinelNews) -> Void) {
            let isAlive = state.withLock { state in
                state.tell = tell
                return state.isAlive
            }
            tell(isAlive ? .stands : .failed(.reset))
        }

        /// Ends its connections; `isAlive` is whether it accepts others.
        func end(_ end: SentinelEnd, isAlive: Bool) {
            let tell = state.withLock { state in
                state.isAlive = isAlive
                return state.tell
            }
            tell?(.ended(end))
        }
    }

    private struct Stage: Sendable {
        let clock = ManualClock()
        let server = Server()
        let service: ProbeService<ManualClock>
        let events: AsyncStream<Event>

        init() {
            let (events, continuation) = AsyncStream.makeStream(of: Event.self)
            let (clock, server) = (clock, server)
            self.events = events
            service = ProbeService(
                mostSentinels: 4,
                clock: clock,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                probe: { _ in
                    continuation.yield(.started(at: clock.now))
                    return server.outcome
                },
                sink: { for each in $0 { continuation.yield(.result(each.outcome)) } },
                open: { _, _, tell in
                    continuation.yield(.opened)
                    server.keep(tell)
                    return { continuation.yield(.closed) }
                },
                told: { continuation.yield(.told($1)) }
            )
        }

        /// Runs the service while `body` looks on; time passes whenever the service sleeps.
        func run(_ body: (inout AsyncStream<Event>.Iterator) async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await service.run() }
                group.addTask {
                    while !Task.isCancelled {
                        clock.advanceToFirstSleeper()
                        await Task.yield()
                    }
                }
                var iterator = events.makeAsyncIterator()
                try await body(&iterator)
                group.cancelAll()
            }
        }
    }

    private static let target = ProbeTarget(
        endpoint: Endpoint(IPAddress(v4: 0x0a14_000b), 80),
        check: Check(
            method: .tcp,
            every: .seconds(5),
            // Far above what time may run ahead by while the service does something.
            fastEvery: .seconds(4),
            rise: 1,
            fall: 3,
            hasSentinel: true
        )
    )

    /// Waits until the sentinel watches.
    private static func watching(_ events: inout AsyncStream<Event>.Iterator) async {
        while let event = await events.next(isolation: #isolation) {
            if case .told(let sight?) = event, sight.phase == .watching { return }
        }
    }

    @Test func aCrashIsConfirmedLongBeforeTheNextProbeIsDue() async throws {
        let stage = Stage()
        stage.service.update(targets: [Self.target])
        try await stage.run { events in
            await Self.watching(&events)
            stage.server.end(.reset, isAlive: false)
            var failures: [Outcome] = []
            var starts: [ManualClock.Instant] = []
            var closed: [SentinelSight?] = []
            while failures.count < Self.target.check.fall || closed.isEmpty,
                let event = await events.next(isolation: #isolation)
            {
                switch event {
                case .started(let at): starts.append(at)
                case .result(let outcome): failures.append(outcome)
                case .told(let sight) where sight?.phase == .off: closed.append(sight)
                case .told, .opened, .closed: continue
                }
            }
            #expect(failures.map(\.code) == Array(repeating: .l4connection, count: 3))
            let evidence = "probed at once because the sentinel's connection ended: reset"
            #expect(failures.allSatisfy { $0.detail.contains(evidence) })
            let first = try #require(starts.first)
            let last = try #require(starts.last)
            #expect(first.duration(to: last) < Self.target.check.fastEvery)
            #expect(closed.first??.lastCall == .reset)
        }
    }

    @Test func anEndIsNoVerdict() async throws {
        let stage = Stage()
        stage.service.update(targets: [Self.target])
        try await stage.run { events in
            await Self.watching(&events)
            stage.server.end(.closed, isAlive: true)
            var results: [Outcome] = []
            var opened = 0
            while opened == 0 || results.isEmpty,
                let event = await events.next(isolation: #isolation)
            {
                switch event {
                case .result(let outcome): results.append(outcome)
                case .opened: opened += 1
                case .told(let sight): #expect(sight?.phase != .off)
                case .started, .closed: continue
                }
            }
            #expect(results.map(\.code) == [.l4ok])
        }
    }

    /// The kernel says so again after each probe of a server that is gone.
    @Test func aLostPathAsksForAProbeOnlyWhileTheServerPasses() async throws {
        let stage = Stage()
        var check = Self.target.check
        check.hasSentinel = false
        let target = ProbeTarget(endpoint: Self.target.endpoint, check: check)
        let loss = [target.endpoint.address: "the neighbour is lost"]
        stage.service.update(targets: [target])
        try await stage.run { events in
            while let event = await events.next(isolation: #isolation) {
                if case .result = event { break }
            }
            stage.server.end(.local, isAlive: false)
            stage.service.summon(loss)
            var failures: [Outcome] = []
            var starts: [ManualClock.Instant] = []
            while failures.count < 6, let event = await events.next(isolation: #isolation) {
                switch event {
                case .started(let at): starts.append(at)
                case .result(let outcome):
                    failures.append(outcome)
                    stage.service.summon(loss)
                case .opened, .closed, .told: continue
                }
            }
            #expect(failures.first?.detail.contains("because the neighbour is lost") == true)
            // Two confirm the first at the usual pace, and then the interval is back.
            let waits = zip(starts, starts.dropFirst()).map { $0.duration(to: $1) }
            for (wait, pace) in zip(waits, [check.fastEvery, check.fastEvery, check.every]) {
                #expect(wait >= pace * (1 - ProbeSchedule.jitter))
            }
            for wait in waits.dropFirst(3) {
                #expect(wait >= check.every * (1 - ProbeSchedule.jitter))
            }
        }
    }

    @Test func stoppingEndsTheConnections() async throws {
        let stage = Stage()
        stage.service.update(targets: [Self.target])
        var events = stage.events.makeAsyncIterator()
        try await stage.run { iterator in
            await Self.watching(&iterator)
            events = iterator
        }
        var closed = 0
        while closed == 0, let event = await events.next(isolation: #isolation) {
            if case .closed = event { closed += 1 }
        }
        #expect(closed == 1)
    }
}
