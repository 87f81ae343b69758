import Core
import Net
import Netlink
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

    /// A socket goes from one probe to the next, and takes nothing of what came of the last along.
    @Test(arguments: ["127.0.0.1", "::1"])
    func roundsAreAlike(host: String) async throws {
        try await LoopbackServer.run(Self.ok, on: host) { up in
            let down = Endpoint(up.address, 1)
            let methods: [Check.Method] = [
                .tcp, .http(HTTPExpectation(statuses: [200...299])),
                .http(HTTPExpectation(statuses: [404...404])),
            ]
            let wanted: [Outcome.Code] = [.l4ok, .l7ok, .l7status, .l4connection]
            // Bounds of a body differ, so that each is a target of its own.
            var targets: [ProbeTarget: Outcome.Code] = [:]
            for seconds in 1...8 {
                for (number, code) in wanted.enumerated() {
                    let check = Check(
                        method: number < methods.count ? methods[number] : .tcp,
                        every: .seconds(seconds),
                        timeout: Trial.patience
                    )
                    let endpoint = number < methods.count ? up : down
                    targets[ProbeTarget(endpoint: endpoint, check: check)] = code
                }
            }
            let rounds = try await StreamTrial.rounds(5, of: Array(targets.keys))
            for ends in rounds {
                let found = ends.map { ($0.order.target, $0.outcome.code) }
                #expect(Dictionary(found, uniquingKeysWith: { first, _ in first }) == targets)
            }
        }
    }

    /// Said once by the kernel, and more than is read in one turn: all of it is read all the same.
    @Test func aLongAnswerIsReadToItsEnd() async throws {
        let body = Array(repeating: UInt8(ascii: "a"), count: 65_000) + Array("the end".utf8)
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
        try await LoopbackServer.run(.answer(head + body, thenCloses: false)) { endpoint in
            var expectation = HTTPExpectation(statuses: [200...299])
            expectation.body = .containing(Array("the end".utf8))
            let check = Check(method: .http(expectation), timeout: Trial.patience)
            let ends = try await StreamTrial.ends(
                of: [ProbeTarget(endpoint: endpoint, check: check)]
            )
            #expect(ends.map(\.outcome.code) == [.l7ok])
        }
    }

    /// One socket, three connections, each of which is told once when it stands.
    @Test(arguments: ["127.0.0.1", "::1"])
    func aSocketIsUsedAgain(host: String) async throws {
        try await LoopbackServer.run(.tellPeer, on: host) { try connectThrice(to: $0, host) }
    }

    /// Not asynchronous: a debug build of Swift 6.3.1 calls initializers with typed errors wrongly
    /// from what is.
    private func connectThrice(to endpoint: Endpoint, _ host: String) throws {
        let poller = try Poller()
        let address = Array(endpoint.address.bytes)
        let socket = try StreamSocket(addressBytes: address.count)
        for number in 1...3 {
            socket.saveAcknowledgement(number != 2)
            _ = try socket.connect(to: address, port: endpoint.port.number)
            if number == 1 { try poller.watch(socket, for: .changes, key: 7) }
            let events = poller.events(within: .seconds(60))
            #expect(events.contains { $0.isWritable })
            let sent = try socket.send([0])
            #expect(sent == 1)
            var buffer = [UInt8](repeating: 0, count: 64)
            var count: Int?
            // Ends with an answer, or with nothing for a minute.
            while count == nil, !poller.events(within: .seconds(60)).isEmpty {
                count = try socket.receive(into: &buffer)
            }
            #expect(Array(buffer[..<(count ?? 0)]) == Array(host.utf8))
            try socket.disconnect()
        }
    }

    /// What is said of a connection that was refused is nothing that is said of the next one.
    @Test(arguments: ["127.0.0.1", "::1"])
    func aSocketThatWasRefusedIsUsedAgain(host: String) async throws {
        try await LoopbackServer.run(.tellPeer, on: host) { try connectOnceRefused(to: $0) }
    }

    private func connectOnceRefused(to endpoint: Endpoint) throws {
        let poller = try Poller()
        let address = Array(endpoint.address.bytes)
        let socket = try StreamSocket(addressBytes: address.count)
        for number in 1...3 {
            _ = try socket.connect(to: address, port: 1)
            if number == 1 { try poller.watch(socket, for: .changes, key: 7) }
            let events = poller.events(within: .seconds(60))
            #expect(events.contains { $0.isTroubled })
            try socket.disconnect()
            try socket.forgetErrors()
            try socket.finishConnecting()
        }
        _ = try socket.connect(to: address, port: endpoint.port.number)
        let events = poller.events(within: .seconds(60))
        #expect(events.map(\.isWritable) == [true])
        #expect(events.map(\.isTroubled) == [false])
        try socket.finishConnecting()
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
