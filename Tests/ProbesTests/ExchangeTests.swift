import Core
import Glibc
import NIOCore
@testable import Probes
import Testing

/// One probe without a socket: which events lead to which outcome, in which words.
@Suite struct ExchangeTests {
    private static let expectation = HTTPExpectation(
        path: "/ready",
        statuses: [200...299, 404...404]
    )
    private let tcp = Check(method: .tcp, timeout: .milliseconds(1500))
    private let http = Check(method: .http(Self.expectation), timeout: .milliseconds(500))

    private func settled(
        _ code: Outcome.Code,
        status: Int? = nil,
        _ detail: String
    ) -> Exchange.Step {
        .settle(Exchange.Judgement(code: code, status: status, detail: detail))
    }

    private func bytes(_ text: String) -> ByteBufferView {
        ByteBuffer(string: text).readableBytesView
    }

    @Test func aConnectionIsAllThatTCPAsks() {
        var exchange = Exchange(tcp)
        #expect(exchange.connected() == settled(.l4ok, "connected"))
    }

    @Test func silenceIsNamedByWhatWasReached() {
        #expect(
            Exchange(tcp).expired(late: .zero) == settled(.l4timeout, "no connection within 1.5s")
        )
        var exchange = Exchange(http)
        #expect(exchange.expired(late: .zero) == settled(.l4timeout, "no connection within 500ms"))
        #expect(exchange.connected() == .ask(Self.expectation))
        #expect(
            exchange.expired(late: .zero)
                == settled(.l7timeout, "connected, no answer within 500ms")
        )
        #expect(exchange.received(bytes("HTTP/1.1 200 OK\r\nContent-Le")) == .wait)
        #expect(
            exchange.expired(late: .zero) == settled(.l7timeout, "answer not complete within 500ms")
        )
    }

    @Test func aLateDriverCannotTell() {
        let exchange = Exchange(http)
        let bound = Exchange.tolerance
        #expect(
            exchange.expired(late: bound) == settled(.l4timeout, "no connection within 500ms")
        )
        #expect(
            exchange.expired(late: bound + .milliseconds(1))
                == settled(.socketError, "this process ran 101ms late and cannot tell")
        )
    }

    @Test func theAnswerIsReadToItsEnd() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        #expect(exchange.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh")) == .wait)
        #expect(exchange.received(bytes("i")) == settled(.l7ok, status: 200, "200 OK"))
    }

    @Test func anAnswerMayEndWithTheConnection() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        #expect(exchange.received(bytes("HTTP/1.1 404\r\n\r\nnot here")) == .wait)
        #expect(exchange.closed() == settled(.l7ok, status: 404, "404"))
    }

    @Test func anUnwantedStatusNeedsNoBody() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        let head = bytes("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n")
        #expect(
            exchange.received(head)
                == settled(.l7status, status: 503, "503 Service Unavailable, expected 200-299, 404")
        )
    }

    @Test func hostileWordsAreMadePrintableAndShort() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        let reason = "\u{1b}[31mred\u{7}\rforged=line" + String(repeating: "!", count: 100)
        let step = exchange.received(bytes("HTTP/1.1 500 \(reason)\r\n\r\n"))
        let shown = "?[31mred??forged=line" + String(repeating: "!", count: 39) + "..."
        #expect(step == settled(.l7status, status: 500, "500 \(shown), expected 200-299, 404"))
    }

    @Test func anEarlyEndIsABadAnswer() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        #expect(exchange.closed() == settled(.l7response, "closed without an answer"))
        var half = Exchange(http)
        _ = half.connected()
        _ = half.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
        #expect(
            half.closed() == settled(.l7response, status: 200, "closed in the middle of the body")
        )
    }

    @Test func garbageIsABadAnswerAtOnce() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        #expect(
            exchange.received(bytes("220 smtp")) == settled(.l7response, "the answer is not HTTP/1")
        )
    }

    /// An error number, and what it means before and after the connection is there.
    @Test(arguments: [
        (ECONNREFUSED, Outcome.Code.l4connection, Outcome.Code.l7response),
        (ECONNRESET, .l4connection, .l7response),
        (EPIPE, .l4connection, .l7response),
        (EHOSTUNREACH, .l4connection, .l7response),
        (ENETUNREACH, .l4connection, .l7response),
        (ENETDOWN, .l4connection, .l7response),
        (ETIMEDOUT, .l4timeout, .l7timeout),
        (EMFILE, .socketError, .socketError),
        (ENFILE, .socketError, .socketError),
        (ENOBUFS, .socketError, .socketError),
        (ENOMEM, .socketError, .socketError),
        (EADDRNOTAVAIL, .socketError, .socketError),
        (EADDRINUSE, .socketError, .socketError),
        (EACCES, .socketError, .socketError),
        (EPERM, .socketError, .socketError),
        (EAFNOSUPPORT, .socketError, .socketError),
        (9999, .socketError, .socketError),
    ])
    func errorNumbers(number: Int32, connecting: Outcome.Code, reading: Outcome.Code) {
        var exchange = Exchange(http)
        for expected in [connecting, reading] {
            guard case .settle(let judgement) = exchange.failed(errno: number) else {
                Issue.record("errno \(number) does not end the probe")
                return
            }
            #expect(judgement.code == expected)
            #expect(!judgement.detail.isEmpty)
            _ = exchange.connected()
        }
    }

    @Test func aResetTellsHowFarTheAnswerWas() {
        var exchange = Exchange(http)
        _ = exchange.connected()
        #expect(
            exchange.failed(errno: ECONNRESET)
                == settled(.l7response, "connection reset before an answer")
        )
        _ = exchange.received(bytes("HTTP/1.1 200"))
        #expect(
            exchange.failed(errno: ECONNRESET)
                == settled(.l7response, "connection reset in the middle of the answer")
        )
    }
}
