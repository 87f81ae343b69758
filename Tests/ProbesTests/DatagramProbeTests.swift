import Core
import Net
import NIOCore
@testable import Probes
import Testing
import TestSupport

/// Probes by datagram of servers on the loopback, from healthy to hostile.
@Suite(.timeLimit(.minutes(10))) struct DatagramProbeTests {
    private static let ping = Check.Method.datagram(
        Dialogue(sent: Array("ping".utf8), expected: Array("pong".utf8))
    )
    private static let question = Check.Method.dns(
        DNSExpectation(name: "www.example.org", type: .a, expected: ["192.0.2.1"])
    )

    @Test(arguments: ["127.0.0.1", "::1"])
    func healthy(host: String) async throws {
        let outcome = try await LoopbackServer.runDatagrams(
            on: host,
            reply: { asked, _ in asked == Array("ping".utf8) ? [Array("pong".utf8)] : [] }
        ) { await Trial.patient($0, Self.ping) }
        #expect(outcome.code == .l7ok)
        #expect(outcome.detail == "answered as expected: pong")
    }

    @Test func somethingElse() async throws {
        let outcome = try await LoopbackServer.runDatagrams(
            reply: { _, _ in [Array("\u{1b}[31mno".utf8)] }
        ) { await Trial.patient($0, Self.ping) }
        #expect(outcome.code == .l7response)
        #expect(outcome.detail == "not the expected answer: ?[31mno")
    }

    @Test func silence() async throws {
        let outcome = try await LoopbackServer.runDatagrams(reply: { _, _ in [] }) {
            await Trial.brief($0, Self.ping)
        }
        #expect(outcome.code == .l7timeout)
        #expect(outcome.detail == "no answer within 400ms")
    }

    /// Where nobody listens, the kernel of the server says so (ICMP port unreachable).
    @Test(arguments: ["127.0.0.1", "::1"])
    func nobodyListens(host: String) async throws {
        for method in [Self.ping, Self.question] {
            let outcome = try await LoopbackServer.runAbsent(on: host) {
                await Trial.patient($0, method)
            }
            #expect(outcome.code == .l4connection)
            #expect(outcome.detail == "connection refused")
        }
    }

    // MARK: DNS

    /// The answer to `query`, with a record or with a header that says more.
    private static func answer(to query: [UInt8], flags: UInt16 = 0x8180) -> [UInt8] {
        let isWhole = flags == 0x8180
        return DNSMessageTests.response(
            id: UInt16(query[0]) << 8 | UInt16(query[1]),
            flags: flags,
            answers: isWhole ? [DNSMessageTests.record(1, [192, 0, 2, 1])] : []
        )
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func resolves(host: String) async throws {
        let outcome = try await LoopbackServer.runDatagrams(
            on: host,
            // One that somebody else made up comes first.
            reply: { query, _ in
                [DNSMessageTests.response(id: 0), Self.answer(to: query)]
            }
        ) { await Trial.patient($0, Self.question) }
        #expect(outcome.code == .l7ok)
        #expect(outcome.detail == "answered A 192.0.2.1")
    }

    @Test func doesNotResolve() async throws {
        let outcome = try await LoopbackServer.runDatagrams(
            reply: { query, _ in [Self.answer(to: query, flags: 0x8182)] }
        ) { await Trial.patient($0, Self.question) }
        #expect(outcome.code == .l7status)
        #expect(outcome.detail == "answered SERVFAIL")
    }

    /// What UDP truncates is asked for over TCP, from the same port; here nothing answers there.
    @Test func goesOnOverTCP() async throws {
        let outcome = try await LoopbackServer.run(.mute) { endpoint in
            try await LoopbackServer.runDatagrams(
                port: endpoint.port,
                reply: { query, _ in [Self.answer(to: query, flags: 0x8380)] }
            ) { endpoint in
                var outcome = await Trial.brief(endpoint, Self.question)
                // With too little CPU the time is over before the datagram was answered, or before
                // there is a connection.
                let early = ["no answer within 400ms", "no connection within 400ms"]
                for _ in 0..<50 where early.contains(outcome.detail) {
                    outcome = await Trial.brief(endpoint, Self.question)
                }
                return outcome
            }
        }
        #expect(outcome.code == .l7timeout)
        #expect(outcome.detail == "connected, no answer within 400ms")
    }

    @Test func findsNoTCP() async throws {
        let outcome = try await LoopbackServer.runAbsent { endpoint in
            try await LoopbackServer.runDatagrams(
                port: endpoint.port,
                reply: { query, _ in [Self.answer(to: query, flags: 0x8380)] }
            ) { await Trial.patient($0, Self.question) }
        }
        #expect(outcome.code == .l4connection)
    }

    /// Datagrams without sense: always an outcome, in plain ASCII, and never from here.
    @Test(arguments: UInt64(0)..<40)
    func randomBytes(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let method = Bool.random(using: &generator) ? Self.ping : Self.question
        let noise = (0..<Int.random(in: 0...1500, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let keepsID = Bool.random(using: &generator)
        let outcome = try await LoopbackServer.runDatagrams(
            reply: { query, _ in [keepsID ? query.prefix(2) + noise : noise] }
        ) { await Trial.brief($0, method) }
        #expect(outcome.verdict == .failed, "seed \(seed)")
        #expect(outcome.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "seed \(seed)")
    }
}
