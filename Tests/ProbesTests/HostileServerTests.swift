import Core
import Net
@testable import Probes
import Testing

/// Servers that mean harm, against every check over a connection: each fails on its own deadline.
@Suite(.timeLimit(.minutes(10))) struct HostileServerTests {
    /// One check of each type, none of which any of these servers satisfies.
    static let methods: [Check.Method] = [
        .conversation(Dialogue(sent: Array("PING\r\n".utf8), expected: Array("+PONG".utf8))),
        .http(HTTPExpectation(body: .containing(Array("ready".utf8)))),
        .http(HTTPExpectation(body: .sha256([UInt8](repeating: 7, count: 32)))),
        .http(HTTPExpectation(tls: TLSTerms(verifies: false))),
        .tls(TLSTerms(verifies: false)),
        .dns(DNSExpectation(name: "www.example.org", type: .a, transport: .tcp)),
        .agent(sent: Array("web\n".utf8)),
        .http(HTTPExpectation(version: .http2, body: .containing(Array("ready".utf8)))),
        .grpc(GRPCExpectation(service: "web")),
    ]

    private static func expectFailed(_ outcome: Outcome, _ codes: Outcome.Code...) {
        #expect(codes.contains(outcome.code), "\(outcome)")
        #expect(outcome.verdict == .failed)
        #expect(outcome.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(outcome.detail.utf8.count < 200)
    }

    @Test(arguments: methods)
    func silence(method: Check.Method) async throws {
        let outcome = try await LoopbackServer.run(.mute) { await Trial.brief($0, method) }
        Self.expectFailed(outcome, .l6timeout, .l7timeout)
    }

    /// One byte at a time is no answer, however long it lasts.
    @Test(arguments: methods)
    func oneByteAtATime(method: Check.Method) async throws {
        // The beginning of an answer in each protocol, which never becomes whole.
        let start: [UInt8] =
            switch method {
            case .http(let expectation) where expectation.version == .http2:
                [0, 0, 0, 4, 0, 0, 0, 0, 0]
            case .http(let expectation) where expectation.tls == nil:
                Array("HTTP/1.1 200 OK\r\na: b\r\n".utf8)
            case .tls, .http: [0x16, 0x03, 0x03, 0x3f, 0x00, 0x02, 0x00, 0x3e, 0xfc]
            case .dns: [0xff, 0xff, 0, 0]
            case .grpc: [0, 0, 0, 4, 0, 0, 0, 0, 0]
            default: Array("+PON-".utf8)
            }
        let outcome = try await LoopbackServer.run(.drip(start)) { await Trial.brief($0, method) }
        Self.expectFailed(outcome, .l6timeout, .l6response, .l7timeout, .l7response)
    }

    @Test(arguments: methods)
    func noEnd(method: Check.Method) async throws {
        let noise = [UInt8](repeating: 0x61, count: 8192)
        let start = method.tls == nil ? Array("HTTP/1.1 200 OK\r\n\r\n".utf8) : noise
        let outcome = try await LoopbackServer.run(.flood(start, filler: noise)) {
            await Trial.patient($0, method)
        }
        Self.expectFailed(outcome, .l6response, .l7response)
    }

    @Test(arguments: methods)
    func resetAfterTheQuestion(method: Check.Method) async throws {
        let outcome = try await LoopbackServer.run(.answerAndReset([0x48])) {
            await Trial.patient($0, method)
        }
        Self.expectFailed(outcome, .l6response, .l7response)
    }

    @Test(arguments: methods)
    func resetAfterAccepting(method: Check.Method) async throws {
        let outcome = try await LoopbackServer.run(.hangUp(reset: true)) {
            await Trial.patient($0, method)
        }
        // On the loopback the RST may be there before the connection was looked at.
        Self.expectFailed(outcome, .l4connection, .l6response, .l7response)
    }

    @Test(arguments: methods)
    func halfOpen(method: Check.Method) async throws {
        let outcome = try await LoopbackServer.runDeaf { await Trial.brief($0, method) }
        Self.expectFailed(outcome, .l4timeout)
    }
}
