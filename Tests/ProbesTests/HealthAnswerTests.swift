import Core
import Net
@testable import Probes
import Testing

/// gRPC's health protocol: two small messages, and what calls come to.
@Suite struct HealthAnswerTests {
    /// Trailers with one field, its name and its value written out.
    static func trailers(_ status: String, _ message: String? = nil) -> [UInt8] {
        var block: [UInt8] = [0, 11] + Array("grpc-status".utf8)
        block += [UInt8(status.utf8.count)] + Array(status.utf8)
        if let message {
            block += [0, 12] + Array("grpc-message".utf8)
            block += [UInt8(message.utf8.count)] + Array(message.utf8)
        }
        return HTTP2Request.frame(1, 5, stream: 1, block)
    }

    static func answer(_ message: [UInt8], _ status: String = "0") -> [UInt8] {
        HTTP2AnswerTests.settings + HTTP2AnswerTests.head()
            + HTTP2Request.frame(0, 0, stream: 1, message) + trailers(status)
    }

    static let serving = answer(HealthMessage.frame([8, 1]))

    private func settle(_ bytes: [UInt8]) -> String {
        var answer = HealthAnswer()
        if case .settle(let judgement) = answer.read(bytes[...]) {
            return "\(judgement.code.rawValue) \(judgement.detail)"
        }
        let judgement = answer.end()
        return "\(judgement.code.rawValue) \(judgement.detail)"
    }

    @Test(
        arguments: [
            (serving, "L7OK SERVING"),
            (answer(HealthMessage.frame([8, 2])), "L7STS NOT_SERVING"),
            (answer(HealthMessage.frame([8, 3])), "L7STS SERVICE_UNKNOWN"),
            // The default of a field is not sent.
            (answer(HealthMessage.frame([])), "L7STS UNKNOWN"),
            (answer(HealthMessage.frame([8, 9])), "L7STS a status of number 9"),
            (answer([], "12"), "L7STS UNIMPLEMENTED: the server has no grpc.health.v1"),
            (answer([], "5"), "L7STS NOT_FOUND: no such service"),
            (answer([], "99"), "L7STS grpc-status 99"),
            (answer([], "x"), "L7RSP an answer without grpc-status"),
            (answer([]), "L7RSP not one message of health.proto"),
            (answer([1, 0, 0, 0, 2, 8, 1]), "L7RSP not one message of health.proto"),
            (answer([0, 0, 0, 0, 3, 8, 1]), "L7RSP not one message of health.proto"),
            (answer([UInt8](repeating: 0, count: 2_000)), "L7RSP a message above 1024 bytes"),
            (HTTP2AnswerTests.settings + HTTP2AnswerTests.head(14), "L7STS 500, expected 200"),
            (
                HTTP2AnswerTests.settings + HTTP2AnswerTests.head() + trailers("14", "go\u{7}away"),
                "L7STS UNAVAILABLE: go?away"
            ),
            (
                HTTP2AnswerTests.settings + HTTP2AnswerTests.head(),
                "L7RSP closed before the end of the answer"
            ),
        ] as [([UInt8], String)]
    )
    func judges(bytes: [UInt8], verdict: String) { #expect(settle(bytes) == verdict) }

    @Test(
        arguments: [
            ([], 0), ([8, 1], 1), ([8, 0x81, 0], 1), ([8, 1, 8, 2], 2),
            // Fields of later versions, one of each wire type.
            ([0x12, 2, 1, 2, 8, 1], 1), ([0x19, 1, 2, 3, 4, 5, 6, 7, 8, 8, 1], 1),
            ([0x25, 1, 2, 3, 4, 8, 1], 1), ([0x28, 5, 8, 1], 1),
            ([8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], UInt64.max),
            ([8], nil), ([8, 0x80], nil), ([0], nil), ([0x0a, 1, 1], nil), ([0x0b], nil),
            ([0x12, 9, 1], nil), ([0x19, 1], nil), ([0x25, 1], nil),
            ([8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], nil),
            ([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], nil),
        ] as [([UInt8], UInt64?)]
    )
    func reads(bytes: [UInt8], status: UInt64?) {
        do throws(HealthMessage.Fault) {
            #expect(try HealthMessage.status(in: bytes[...]) == status)
        } catch {
            #expect(status == nil)
        }
    }

    @Test func asks() {
        #expect(HealthMessage.request(service: "") == [0, 0, 0, 0, 0])
        #expect(
            HealthMessage.request(service: "web") == [0, 0, 0, 0, 5, 0x0a, 3] + Array("web".utf8)
        )
        let long = HealthMessage.request(service: String(repeating: "a", count: 200))
        #expect(Array(long.prefix(8)) == [0, 0, 0, 0, 203, 0x0a, 0xc8, 1])
        let endpoint = Endpoint(IPAddress(v4: 0xc000_0201), 50051)
        let call = GRPCExpectation(service: "web").request(to: endpoint, userAgent: "p")
        // The head does not end the stream, the message does.
        #expect(
            Array(call.suffix(19)) == [0, 0, 10, 0, 1, 0, 0, 0, 1]
                + HealthMessage.request(service: "web")
        )
        #expect(Array(call[58..<67].dropFirst(3)) == [1, 4, 0, 0, 0, 1])
    }

    @Test func overASocket() async throws {
        let outcome = try await LoopbackServer.run(.answer(Self.serving, thenCloses: false)) {
            await Trial.patient($0, .grpc(GRPCExpectation(service: "web")))
        }
        #expect(outcome.code == .l7ok && outcome.detail == "SERVING", "\(outcome)")
    }
}
