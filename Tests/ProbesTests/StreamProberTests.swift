import Core
import Net
import Probes
import Synchronization
import TestSupport
import Testing

/// What is particular to many probes on one thread; each answer of a server is tried by
/// `ProberTests` and `HostileAnswerTests`, over both kinds of prober.
@Suite(.timeLimit(.minutes(10))) struct StreamProberTests {
    private static let ok = LoopbackServer.Manner.answer(
        Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8),
        thenCloses: true
    )

    /// So many targets of one server, which differ in what they ask for.
    private static func targets(_ endpoint: Endpoint, _ count: Int) -> [ProbeTarget] {
        (0..<count).map { number in
            let expectation = HTTPExpectation(path: "/\(number)", statuses: [200...299])
            let check = Check(method: .http(expectation), timeout: Trial.patience)
            return ProbeTarget(endpoint: endpoint, check: check)
        }
    }

    @Test func reportsEachOfManyOnce() async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            let targets = Self.targets(endpoint, 300)
            let ends = try await StreamTrial.ends(of: targets)
            #expect(Set(ends.map(\.order.run.target)) == Set(targets))
            #expect(ends.count == targets.count)
            #expect(ends.allSatisfy { $0.outcome.code == .l7ok })
        }
    }

    /// A server that is silent holds up nobody.
    @Test func oneThatIsSilentHoldsUpNobody() async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            // This server waits for a first word.
            let patient = Check(
                method: .conversation(Dialogue(expected: [0])),
                timeout: Trial.patience
            )
            let silent = ProbeTarget(endpoint: endpoint, check: patient)
            let others = Self.targets(endpoint, 20)
            let ends = try await StreamTrial.ends(of: [silent] + others, first: others.count)
            #expect(Set(ends.map(\.order.run.target)) == Set(others))
        }
    }

    @Test func nothingIsReportedOnceItIsStopped() async throws {
        try await LoopbackServer.run(Self.ok) { endpoint in
            let reported = Mutex(0)
            let prober = try StreamProber { ends in reported.withLock { $0 += ends.count } }
            prober.stop()
            prober.start(StreamTrial.orders(Self.targets(endpoint, 5)))
            // Another one has answers by then, so this one would have them, too.
            _ = try await StreamTrial.ends(of: Self.targets(endpoint, 50))
            #expect(reported.withLock { $0 } == 0)
        }
    }

    @Test func carriesWhatIsAStream() throws {
        let prober = try StreamProber { _ in }
        defer { prober.stop() }
        let endpoint = Endpoint(IPAddress(v4: 0x7f00_0001), 80)
        let carries = { prober.carries(ProbeTarget(endpoint: endpoint, check: Check(method: $0))) }
        #expect(carries(.tcp))
        #expect(carries(.http(HTTPExpectation(statuses: [200...299]))))
        #expect(!carries(.datagram(Dialogue(sent: [0]))))
    }
}
