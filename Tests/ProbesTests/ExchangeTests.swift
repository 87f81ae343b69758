import Core
import Glibc
import Net
@testable import Probes
import Testing

/// One probe without a socket: which events lead to which outcome, in which words.
@Suite struct ExchangeTests {
    private static let expectation = HTTPExpectation(
        path: "/ready",
        statuses: [200...299, 404...404]
    )
    private let tcp = target(.tcp, timeout: .milliseconds(1500))
    private let http = target(.http(Self.expectation))

    private static let endpoint = Endpoint(IPAddress(v4: 0xc000_0201), 80)

    private static func target(
        _ method: Check.Method,
        timeout: Duration = .milliseconds(500)
    ) -> ProbeTarget {
        ProbeTarget(endpoint: endpoint, check: Check(method: method, timeout: timeout))
    }

    private func settled(
        _ code: Outcome.Code,
        status: Int? = nil,
        _ detail: String
    ) -> Exchange.Step {
        .settle(Exchange.Judgement(code: code, status: status, detail))
    }

    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func aConnectionIsAllThatTCPAsks() {
        var exchange = Exchange(tcp, chance: 7)
        #expect(exchange.connected() == settled(.l4ok, "connected"))
    }

    @Test func silenceIsNamedByWhatWasReached() {
        #expect(
            Exchange(tcp, chance: 7).expired(late: .zero)
                == settled(.l4timeout, "no connection within 1.5s")
        )
        var exchange = Exchange(http, chance: 7)
        #expect(exchange.expired(late: .zero) == settled(.l4timeout, "no connection within 500ms"))
        let request = Self.expectation.request(to: Self.endpoint, userAgent: "penstock")
        #expect(exchange.connected() == .send(request))
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
        let exchange = Exchange(http, chance: 7)
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
        var exchange = Exchange(http, chance: 7)
        _ = exchange.connected()
        #expect(exchange.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh")) == .wait)
        #expect(exchange.received(bytes("i")) == settled(.l7ok, status: 200, "200 OK"))
    }

    @Test func anAnswerMayEndWithTheConnection() {
        var exchange = Exchange(http, chance: 7)
        _ = exchange.connected()
        #expect(exchange.received(bytes("HTTP/1.1 404\r\n\r\nnot here")) == .wait)
        #expect(exchange.closed() == settled(.l7ok, status: 404, "404"))
    }

    @Test func anUnwantedStatusNeedsNoBody() {
        var exchange = Exchange(http, chance: 7)
        _ = exchange.connected()
        let head = bytes("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n")
        #expect(
            exchange.received(head)
                == settled(.l7status, status: 503, "503 Service Unavailable, expected 200-299, 404")
        )
    }

    @Test func hostileWordsAreMadePrintableAndShort() {
        var exchange = Exchange(http, chance: 7)
        _ = exchange.connected()
        let reason = "\u{1b}[31mred\u{7}\rforged=line" + String(repeating: "!", count: 100)
        let step = exchange.received(bytes("HTTP/1.1 500 \(reason)\r\n\r\n"))
        let shown = "?[31mred??forged=line" + String(repeating: "!", count: 39) + "..."
        #expect(step == settled(.l7status, status: 500, "500 \(shown), expected 200-299, 404"))
    }

    @Test func anEarlyEndIsABadAnswer() {
        var exchange = Exchange(http, chance: 7)
        _ = exchange.connected()
        #expect(exchange.closed() == settled(.l7response, "closed without an answer"))
        var half = Exchange(http, chance: 7)
        _ = half.connected()
        _ = half.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
        #expect(
            half.closed() == settled(.l7response, status: 200, "closed in the middle of the body")
        )
    }

    @Test func garbageIsABadAnswerAtOnce() {
        var exchange = Exchange(http, chance: 7)
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
        var exchange = Exchange(http, chance: 7)
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
        var exchange = Exchange(http, chance: 7)
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

    // MARK: Bytes that an operator wrote

    @Test func whoSpeaksFirstIsWaitedFor() {
        let greeting = Dialogue(expected: Array("220 ".utf8))
        var exchange = Exchange(Self.target(.conversation(greeting)), chance: 7)
        #expect(exchange.connected() == .wait)
        #expect(exchange.received(bytes("22")) == .wait)
        #expect(
            exchange.received(bytes("0 mail\r\n"))
                == settled(.l7ok, "answered as expected: 220 mail??")
        )
    }

    @Test func aConversationEndsWithoutTheExpected() {
        let ping = Dialogue(sent: Array("PING".utf8), expected: Array("PONG".utf8))
        var exchange = Exchange(Self.target(.conversation(ping)), chance: 7)
        #expect(exchange.connected() == .send(Array("PING".utf8)))
        #expect(exchange.closed() == settled(.l7response, "closed without an answer"))
        _ = exchange.received(bytes("PO"))
        #expect(
            exchange.closed() == settled(.l7response, "closed before the expected bytes came: PO")
        )
    }

    @Test func anEndlessAnswerIsReadSoFar() {
        var exchange = Exchange(
            Self.target(.conversation(Dialogue(expected: [7]))),
            chance: 7
        )
        _ = exchange.connected()
        let piece = [UInt8](repeating: 65, count: 5000)[...]
        for _ in 0..<3 { #expect(exchange.received(piece) == .wait) }
        let shown = String(repeating: "A", count: 60) + "..."
        #expect(
            exchange.received(piece)
                == settled(
                    .l7response,
                    "the expected bytes are not among the first 16384: \(shown)"
                )
        )
    }

    @Test func aDatagramIsAnsweredWholeOrNot() {
        let ping = Dialogue(sent: Array("ping".utf8), expected: Array("pong".utf8))
        var exchange = Exchange(Self.target(.datagram(ping)), chance: 7)
        #expect(exchange.carrier == .datagrams)
        #expect(exchange.connected() == .send(Array("ping".utf8)))
        #expect(
            exchange.expired(late: .zero) == settled(.l7timeout, "no answer within 500ms")
        )
        #expect(
            exchange.failed(errno: ECONNREFUSED)
                == settled(.l4connection, "connection refused")
        )
        var other = exchange
        #expect(other.received(bytes("po")) == settled(.l7response, "not the expected answer: po"))
        #expect(
            exchange.received(bytes("a pong")) == settled(.l7ok, "answered as expected: a pong")
        )
    }

    @Test func anyAnswerWillDoWhereNoneIsSaid() {
        var exchange = Exchange(Self.target(.datagram(Dialogue(sent: [1]))), chance: 7)
        _ = exchange.connected()
        #expect(exchange.received([]) == settled(.l7ok, "answered: "))
    }

    // MARK: Bodies

    @Test func theBodyMustHoldTheText() {
        let expectation = HTTPExpectation(body: .containing(Array("ready".utf8)))
        func answer(_ pieces: String...) -> Exchange.Step {
            var exchange = Exchange(Self.target(.http(expectation)), chance: 7)
            _ = exchange.connected()
            var step = Exchange.Step.wait
            for piece in pieces where step == .wait { step = exchange.received(bytes(piece)) }
            return step == .wait ? exchange.closed() : step
        }
        // As soon as it is certain.
        #expect(
            answer("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nI am re", "ady")
                == settled(.l7ok, status: 200, "200 OK")
        )
        // Not in the headers, nor in what frames the chunks.
        #expect(
            answer(
                "HTTP/1.1 200 OK\r\nX: ready\r\nTransfer-Encoding: chunked\r\n\r\n",
                "3;ready\r\nrea\r\n0\r\nX: ready\r\n\r\n"
            )
                == settled(
                    .l7response,
                    status: 200,
                    "200 OK, but the body does not hold the expected text"
                )
        )
        #expect(
            answer(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "3\r\nrea\r\n2\r\ndy\r\n"
            ) == settled(.l7ok, status: 200, "200 OK")
        )
        let long = String(repeating: "x", count: ResponseReader.longestBody) + "ready"
        #expect(
            answer("HTTP/1.1 200 OK\r\n\r\n\(long)")
                == settled(
                    .l7response,
                    status: 200,
                    "200 OK, but the first 65536 bytes of the body do not hold the expected text"
                )
        )
    }

    @Test func theBodyMustHaveTheDigest() {
        // Of "abc" (FIPS 180-4, its first example).
        let digest: [UInt8] = [
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
            0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
            0xf2, 0x00, 0x15, 0xad,
        ]
        let target = Self.target(.http(HTTPExpectation(body: .sha256(digest))))
        var exchange = Exchange(target, chance: 7)
        _ = exchange.connected()
        #expect(exchange.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na")) == .wait)
        #expect(exchange.received(bytes("bc")) == settled(.l7ok, status: 200, "200 OK"))
        var other = Exchange(target, chance: 7)
        _ = other.connected()
        #expect(
            other.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabd"))
                == settled(
                    .l7response,
                    status: 200,
                    "200 OK, but the body has another digest: a52d159f..."
                )
        )
        var long = Exchange(target, chance: 7)
        _ = long.connected()
        let body = String(repeating: "x", count: ResponseReader.longestBody + 1)
        #expect(
            long.received(bytes("HTTP/1.1 200 OK\r\n\r\n\(body)"))
                == settled(
                    .l7response,
                    status: 200,
                    "200 OK, but a body above 65536 bytes, which has no digest here"
                )
        )
    }

    @Test func theAnswerToHEADHasNoBody() {
        let target = Self.target(.http(HTTPExpectation(method: .head)))
        var exchange = Exchange(target, chance: 7)
        _ = exchange.connected()
        #expect(
            exchange.received(bytes("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"))
                == settled(.l7ok, status: 200, "200 OK")
        )
    }
}
