import Core
import Foundation
import Glibc
import Net
import Netlink
import Synchronization
import Testing

@testable import Probes

/// Probes by a process of their own: the real one, and some that no director should have.
@Suite(.timeLimit(.minutes(10))) struct RemoteProberTests {
    /// The worker that lies beside these tests, as it is built with them.
    static func real(_ needs: ProbeWorker.Needs = .init()) -> ChildProgram {
        var program = ProbeWorker.program(needs)
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        program.path = tests.deletingLastPathComponent().appending(path: "penstock").path()
        return program
    }

    /// A shell that plays one; its line is its standard input.
    private static func script(_ text: String) -> ChildProgram {
        ChildProgram(
            path: "/bin/sh",
            arguments: ["sh", "-c", text],
            environment: ["PATH=/usr/bin:/bin"],
            streams: .line
        )
    }

    /// A prober whose first workers are `first`, and those after them the real one.
    private final class Stage: Sendable {
        let prober: RemoteProber
        let ends: AsyncStream<ProbeEnd>
        let sights: AsyncStream<ProbeWorkerSight>

        init(first: [ChildProgram] = []) throws {
            let (sights, seen) = AsyncStream.makeStream(of: ProbeWorkerSight.self)
            let (ends, ended) = AsyncStream.makeStream(of: ProbeEnd.self)
            let left = Mutex(first)
            self.sights = sights
            self.ends = ends
            prober = try RemoteProber { needs in
                left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                    ?? RemoteProberTests.real(needs)
            } told: {
                seen.yield($0)
            }
            prober.begin { batch in for end in batch { ended.yield(end) } }
        }

        deinit { prober.stop() }

        /// The first so many results.
        func first(_ count: Int) async -> [ProbeEnd] {
            var first: [ProbeEnd] = []
            for await end in ends.prefix(count) { first.append(end) }
            return first
        }

        /// The first sight that is as wanted.
        func sight(_ isWanted: (ProbeWorkerSight) -> Bool) async -> ProbeWorkerSight? {
            for await sight in sights where isWanted(sight) { return sight }
            return nil
        }
    }

    private static func orders(_ endpoint: Endpoint, _ methods: [Check.Method]) -> [ProbeOrder] {
        methods.map { method in
            let check = Check(method: method, timeout: Trial.patience)
            let target = ProbeTarget(endpoint: endpoint, check: check)
            return ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)
        }
    }

    private static let ok = LoopbackServer.Manner.answer(
        Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8),
        thenCloses: true
    )

    /// Plain connections and what takes an event loop; results come back to their orders.
    @Test func theRealOneCarriesOutProbes() async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            let stage = try Stage()
            let http = Check.Method.http(HTTPExpectation(path: "/", statuses: [200...299]))
            let secure = Check.Method.tls(TLSTerms(verifies: false))
            stage.prober.start(Self.orders(endpoint, [.tcp, http, secure]))
            let ends = await stage.first(3)
            let codes = Dictionary(
                ends.map { ($0.order.run.target.check.method, $0.outcome.code) },
                uniquingKeysWith: { first, _ in first }
            )
            #expect(codes == [.tcp: .l4ok, http: .l7ok, secure: .l6response])
        }
    }

    /// The worker does what `LocalProber` does in this process.
    @Test func withoutAWorkerTheSameComesOfThem() async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            let (ends, ended) = AsyncStream.makeStream(of: ProbeEnd.self)
            let prober = try LocalProber(Prober(civilNow: { Trial.now })) { batch in
                for end in batch { ended.yield(end) }
            }
            prober.start(Self.orders(endpoint, [.tcp, .tls(TLSTerms(verifies: false))]))
            var codes: Set<Outcome.Code> = []
            for await end in ends.prefix(2) { codes.insert(end.outcome.code) }
            prober.stop()
            #expect(codes == [.l4ok, .l6response])
        }
    }

    @Test func manyProbesAreEachAnsweredOnce() async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            let stage = try Stage()
            let methods = (0..<500).map {
                Check.Method.http(HTTPExpectation(path: "/\($0)", statuses: [200...299]))
            }
            stage.prober.start(Self.orders(endpoint, methods))
            let ends = await stage.first(methods.count)
            #expect(Set(ends.map(\.order.run.target.check.method)) == Set(methods))
            #expect(ends.allSatisfy { $0.outcome.code == .l7ok })
        }
    }

    /// One that ends at once, one that says what none would, one whose line is closed, one that
    /// cannot be started, one that never ceases to speak: the next does the work.
    ///
    /// A `cat` ends where its line takes no more for a moment; then its shell stays.
    @Test(arguments: [
        ("kill -9 $$", "ended by signal 9"),
        ("exit 3", "exited with status 3"),
        (#"printf '\0\0\0\1\143' >&0; sleep 600"#, "said what none of ours would"),
        ("cat /dev/zero >&0; sleep 600", "said what none of ours would"),
        ("cat /dev/urandom >&0; sleep 600", "said what none of ours would"),
        ("exec 0<&-; exec sleep 600", "closed its line"),
    ])
    func oneThatFailsIsReplaced(text: String, reason: String) async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            let stage = try Stage(first: [Self.script(text)])
            stage.prober.start(Self.orders(endpoint, [.tcp]))
            let lost = await stage.first(1)
            #expect(lost.map(\.outcome.verdict) == [.unknown])
            #expect(lost.first?.outcome.detail.contains(reason) == true)
            let sight = try #require(await stage.sight(\.isRunning))
            #expect(sight.restarts == 1 && sight.lastEnd?.contains(reason) == true)
            stage.prober.start(Self.orders(endpoint, [.tcp]))
            #expect(await stage.first(1).map(\.outcome.code) == [.l4ok])
        }
    }

    @Test func oneThatCannotBeStartedIsTriedAgain() async throws {
        var program = Self.script("")
        program.path = "/no/such/file"
        let stage = try Stage(first: [program, program])
        stage.prober.start(Self.orders(Endpoint(IPAddress(v4: 0x7f00_0001), 1), [.tcp]))
        let sight = try #require(await stage.sight(\.isRunning))
        #expect(sight.restarts == 2)
        #expect(sight.lastEnd == "could not be started (cannot run its file: ENOENT)")
    }

    /// A worker that greets and then does nothing, as one that was stopped by a signal.
    @Test func oneThatHangsIsReplaced() async throws {
        let version = WorkerOrder.version
        let hung = Self.script(#"printf '\0\0\0\3\1\0\\#(version)' >&0; exec sleep 600"#)
        let stage = try Stage(first: [hung])
        stage.prober.start(Self.orders(Endpoint(IPAddress(v4: 0x7f00_0001), 1), [.tcp]))
        #expect(await stage.sight(\.isRunning)?.restarts == 0)
        let sight = try #require(await stage.sight { $0.isRunning && $0.restarts == 1 })
        #expect(sight.lastEnd == "was replaced: it did not answer any more")
    }

    /// The idle connection of a sentinel is the worker's, and its end is told.
    @Test func anIdleConnectionTellsItsEnd() async throws {
        let (news, heard) = AsyncStream.makeStream(of: SentinelNews.self)
        try await LoopbackServer.run(.hangUp(reset: false)) { endpoint in
            let stage = try Stage()
            let timing = SentinelTiming(timeout: Trial.patience, keepalive: 1)
            _ = stage.prober.open(endpoint, timing) { heard.yield($0) }
            var told: [SentinelNews] = []
            for await item in news.prefix(2) { told.append(item) }
            #expect(told == [.stands, .ended(.closed)])
        }
    }

    /// It has no privilege beyond raw sockets, cannot get any, and holds nothing of ours open.
    @Test func itHasNoMoreThanItNeeds() async throws {
        let program = ProbeWorker.program(ProbeWorker.Needs())
        #expect(program.privileges == [.rawSockets] && program.environment.isEmpty)
        let marks = ProbeWorker.Needs(marks: true).privileges
        #expect(marks.contains(.networkAdministration) != OwnProcess.rawSocketsMayMark)
        let origin = ProbeOrigin(mark: 7)
        let endpoint = Endpoint(IPAddress(v4: 0x7f00_0001), 1)
        let marking = ProbeTarget(endpoint: endpoint, check: Check(method: .tcp, origin: origin))
        #expect(ProbeWorker.Needs(of: [marking]) == ProbeWorker.Needs(marks: true))
        let terms = ProgramTerms(command: ["/a"], user: "b")
        let other = ProbeTarget(endpoint: endpoint, check: Check(method: .program(terms)))
        #expect(ProbeWorker.Needs(of: [other]) == ProbeWorker.Needs(users: true))
    }

    /// A worker that was started for less gives way to one that may change users.
    @Test(.enabled(if: geteuid() == 0)) func aProgramIsRunAsAnotherUser() async throws {
        let stage = try Stage()
        let endpoint = Endpoint(IPAddress(v4: 0x7f00_0001), 1)
        stage.prober.start(Self.orders(endpoint, [.tcp]))
        _ = await stage.first(1)
        let script = "grep -E '^(Uid|CapPrm)' /proc/self/status | tr '\\n' ' '"
        let terms = ProgramTerms(command: ["/bin/sh", "-c", script], user: "nobody")
        let orders = Self.orders(endpoint, [.program(terms)])
        stage.prober.update(targets: orders.map(\.run.target))
        _ = await stage.sight { $0.isRunning && $0.restarts == 1 }
        stage.prober.start(orders)
        let user = try #require(Account(named: "nobody")).user
        let said = await stage.first(1).first?.outcome.detail
        #expect(
            said?.hasPrefix("Uid:?\(user)?\(user)?\(user)?\(user) CapPrm:?0000000000000000") == true
        )
    }
}
