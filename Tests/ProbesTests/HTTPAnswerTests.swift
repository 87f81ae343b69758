import Core
@testable import Probes
import Testing

/// Answers over HTTP/1 that arrive at once and in pieces: what they come to is the same.
@Suite struct HTTPAnswerTests {
    private static func settle(_ pieces: [ArraySlice<UInt8>], _ body: String?) -> String {
        var answer = HTTPAnswer(
            to: HTTPExpectation(body: body.map { .containing(Array($0.utf8)) })
        )
        for piece in pieces {
            if case .settle(let judgement) = answer.read(piece) {
                return "\(judgement.code.rawValue) \(judgement.detail)"
            }
        }
        let judgement = answer.end()
        return "\(judgement.code.rawValue) \(judgement.detail)"
    }

    /// A fault takes nothing back that was decided before it, in whichever piece it comes.
    @Test(
        arguments: [
            ("HTTP/1.1 404 Gone\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "L7STS 404 Gone, "),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\nx\r\n",
                "L7OK 200 OK"
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nreads\r\nx\r\n",
                "L7RSP bad chunk in the body"
            ),
        ]
    )
    func faultTakesNothingBack(text: String, verdict: String) {
        let bytes = Array(text.utf8)
        let whole = Self.settle([bytes[...]], "ready")
        #expect(whole.hasPrefix(verdict), "\(whole)")
        #expect(Self.settle(bytes.indices.map { bytes[$0...$0] }, "ready") == whole)
    }
}
