import Core
import Net
@testable import Probes
import Testing

/// HTTP/2 as bytes: what is asked, what answers come to, and what none may do.
@Suite struct HTTP2AnswerTests {
    static let settings = HTTP2Request.frame(4, 0, stream: 0, [UInt8]())

    /// A head of one indexed field of the static table (RFC 7541 appendix A): 8 is `:status: 200`.
    static func head(_ index: UInt8 = 8, _ flags: UInt8 = 0x4) -> [UInt8] {
        HTTP2Request.frame(1, flags, stream: 1, [0x80 | index])
    }

    static func data(_ text: String, ends: Bool = true, stream: UInt32 = 1) -> [UInt8] {
        HTTP2Request.frame(0, ends ? 1 : 0, stream: stream, Array(text.utf8))
    }

    static let ready = settings + head() + data("all ready\n")

    private static let expectation = HTTPExpectation(
        version: .http2,
        body: .containing(Array("ready".utf8))
    )

    private func settle(
        _ bytes: [UInt8],
        _ expectation: HTTPExpectation = expectation
    ) -> String {
        var answer = HTTP2Answer(to: expectation)
        if case .settle(let judgement) = answer.read(bytes[...]) {
            return "\(judgement.code.rawValue) \(judgement.detail)"
        }
        let judgement = answer.end()
        return "\(judgement.code.rawValue) \(judgement.detail)"
    }

    @Test func asks() {
        let endpoint = Endpoint(IPAddress(v4: 0xc000_0201), 8080)
        let bytes = HTTPExpectation(path: "/r", fields: [.init("X-A", "b")], version2: true)
            .request2(to: endpoint, userAgent: "p")
        let text = String(decoding: bytes.prefix(24), as: UTF8.self)
        #expect(text == "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        // SETTINGS of two values, WINDOW_UPDATE, then HEADERS that are whole and end the stream.
        #expect(Array(bytes[24..<33]) == [0, 0, 12, 4, 0, 0, 0, 0, 0])
        #expect(Array(bytes[45..<54]) == [0, 0, 4, 8, 0, 0, 0, 0, 0])
        #expect(Array(bytes[58..<67].dropFirst(3)) == [1, 5, 0, 0, 0, 1])
        #expect(
            Array(bytes[67..<81]) == [0, 7] + Array(":method".utf8) + [3] + Array("GET".utf8) + [0]
        )
        let fields = String(decoding: bytes.dropFirst(67), as: UTF8.self)
        #expect(fields.contains(":authority\u{0e}192.0.2.1:8080") && fields.contains("x-a\u{1}b"))
    }

    @Test(
        arguments: [
            (ready, "L7OK 200"),
            (
                settings + head() + data("no"),
                "L7RSP 200, but the body does not hold the expected text"
            ),
            (settings + head(13), "L7STS 404, expected 200-399"),
            // An answer without a body ends with its head.
            (settings + head(8, 0x5), "L7RSP 200, but the body does not hold the expected text"),
            // 16 bytes of padding, and a priority, mean nothing.
            (
                settings + HTTP2Request.frame(1, 0x2c, stream: 1, [1, 0, 0, 0, 0, 9, 0x88, 0])
                    + HTTP2Request.frame(0, 0x9, stream: 1, [2] + Array("ready".utf8) + [0, 0]),
                "L7OK 200"
            ),
            // In two frames, with nothing between.
            (
                settings + HTTP2Request.frame(1, 0, stream: 1, [UInt8]())
                    + HTTP2Request.frame(9, 4, stream: 1, [0x88]) + data("ready"),
                "L7OK 200"
            ),
            (
                settings + HTTP2Request.frame(1, 0, stream: 1, [0x88]) + data("ready"),
                "L7RSP a frame of type 0 that is wrong, or at the wrong time"
            ),
            // An interim answer, here with its status written out, then the real one.
            (
                settings
                    + HTTP2Request.frame(1, 4, stream: 1, [0x08, 3] + Array("103".utf8)) + head()
                    + data("ready"),
                "L7OK 200"
            ),
            (Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), "L7RSP the answer is not HTTP/2"),
            (settings + [0, 0x40, 1, 0, 0, 0, 0, 0, 1], "L7RSP a frame above 16384 bytes"),
            (
                settings + HTTP2Request.frame(3, 0, stream: 1, [0, 0, 0, 7]),
                "L7RSP the server reset the stream with error 7"
            ),
            (
                settings + HTTP2Request.frame(7, 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0]),
                "L7RSP the server turned the request away with error 0"
            ),
            (
                settings + HTTP2Request.frame(7, 0, stream: 0, [0, 0, 0, 1, 0, 0, 0, 0]) + head()
                    + data("ready"),
                "L7OK 200"
            ),
            (
                settings + data("ready"),
                "L7RSP a frame of type 0 that is wrong, or at the wrong time"
            ),
            (
                settings + HTTP2Request.frame(5, 4, stream: 1, [0, 0, 0, 2, 0x88]),
                "L7RSP a frame of type 5 that is wrong, or at the wrong time"
            ),
            (settings + head(2), "L7RSP an answer without a status"),
            (settings + head(127), "L7RSP headers that cannot be unpacked"),
            (settings + head(), "L7RSP closed before the end of the answer"),
            ([], "L7RSP closed without an answer"),
        ] as [([UInt8], String)]
    )
    func judges(bytes: [UInt8], verdict: String) { #expect(settle(bytes) == verdict) }

    /// As RFC 7541 C.6.1 has it: four fields, their texts packed.
    @Test func unpacksHeaders() {
        let block: [UInt8] = [
            0x48, 0x82, 0x64, 0x02, 0x58, 0x85, 0xae, 0xc3, 0x77, 0x1a, 0x4b, 0x61, 0x96, 0xd0,
            0x7a,
            0xbe, 0x94, 0x10, 0x54, 0xd4, 0x44, 0xa8, 0x20, 0x05, 0x95, 0x04, 0x0b, 0x81, 0x66,
            0xe0,
            0x82, 0xa6, 0x2d, 0x1b, 0xff, 0x6e, 0x91, 0x9d, 0x29, 0xad, 0x17, 0x18, 0x63, 0xc7,
            0x8f,
            0x0b, 0x97, 0xc8, 0xe9, 0xae, 0x82, 0xae, 0x43, 0xd3,
        ]
        var reader = HTTP2Reader()
        let bytes = Self.settings + HTTP2Request.frame(1, 5, stream: 1, block)
        let pieces = reader.read(bytes[...])
        guard case .head(302, let fields)? = pieces.first else {
            Issue.record("\(pieces)")
            return
        }
        #expect(fields.map(\.name) == [":status", "cache-control", "date", "location"])
        #expect(fields.last?.value == "https://www.example.com")
        #expect(pieces.last == .end)
    }

    /// What an answer has come to is not changed by a fault that arrives with it.
    @Test func faultTakesNothingBack() {
        let bad = HTTP2Request.frame(5, 0, stream: 1, [UInt8]())
        #expect(
            settle(Self.settings + Self.head() + Self.data("ready", ends: false) + bad)
                == "L7OK 200"
        )
        #expect(settle(Self.settings + Self.head(13) + bad) == "L7STS 404, expected 200-399")
    }

    @Test func acknowledges() {
        var answer = HTTP2Answer(to: Self.expectation)
        let ping = HTTP2Request.frame(6, 0, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8])
        let step = answer.read((Self.settings + ping)[...])
        let owed =
            HTTP2Request.frame(4, 1, stream: 0, [UInt8]())
            + HTTP2Request.frame(6, 1, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(step == .send(owed))
        // What acknowledges ours is answered with nothing.
        #expect(answer.read(HTTP2Request.frame(4, 1, stream: 0, [UInt8]())[...]) == .wait)
    }

    /// Floods of all kinds end within their bounds, however little each frame is.
    @Test(arguments: [
        HTTP2Request.frame(4, 0, stream: 0, [UInt8]()),
        HTTP2Request.frame(6, 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0]),
        HTTP2Request.frame(8, 0, stream: 0, [0, 0, 0, 1]),
        HTTP2Request.frame(99, 0, stream: 0, [UInt8]()),
    ])
    func floodsEnd(frame: [UInt8]) {
        var answer = HTTP2Answer(to: Self.expectation)
        _ = answer.read(Self.settings[...])
        var sent = 0
        for _ in 0..<HTTP2Reader.mostFrames {
            switch answer.read(frame[...]) {
            case .settle(let judgement):
                #expect(judgement.detail == "more frames than an answer needs")
                #expect(sent <= HTTP2Reader.mostQuestions * 17)
                return
            case .send(let bytes): sent += bytes.count
            case .wait, .reopenAsStream: continue
            }
        }
        Issue.record("it goes on for ever")
    }

    @Test func continuationsEnd() {
        let start = Self.settings + HTTP2Request.frame(1, 0, stream: 1, [0x88])
        let empty = HTTP2Request.frame(9, 0, stream: 1, [UInt8]())
        let flood = (0..<HTTP2Reader.mostFrames).reduce(into: start) { bytes, _ in bytes += empty }
        #expect(settle(flood) == "L7RSP more frames than an answer needs")
        let large = HTTP2Request.frame(9, 0, stream: 1, [UInt8](repeating: 0x88, count: 16_384))
        let verdict = "L7RSP headers above 32768 bytes or 128 fields"
        #expect(settle(start + large + large) == verdict)
        // A small block of many fields, and one that unpacks to much.
        let many = HTTP2Request.frame(1, 4, stream: 1, [UInt8](repeating: 0x88, count: 129))
        #expect(settle(Self.settings + many) == verdict)
        let value = [UInt8](repeating: 0x61, count: 2_000)
        let entry: [UInt8] = [0x40, 1, 0x61, 0x7f, 0xd1, 0x0e] + value
        let bomb = [0x88] + entry + [UInt8](repeating: 0xbe, count: 100)
        #expect(settle(Self.settings + HTTP2Request.frame(1, 4, stream: 1, bomb)) == verdict)
    }

    @Test func aBodyIsReadAsFarAsItMatters() {
        let filler = String(repeating: "a", count: 16_000)
        let bytes = (0..<5).reduce(into: Self.settings + Self.head()) { bytes, _ in
            bytes += Self.data(filler, ends: false)
        }
        let text = "the first 65536 bytes of the body do not hold the expected text"
        #expect(settle(bytes) == "L7RSP 200, but \(text)")
        #expect(settle(bytes, HTTPExpectation(version: .http2)) == "L7OK 200")
    }

    @Test func overASocket() async throws {
        let outcome = try await LoopbackServer.run(.answer(Self.ready, thenCloses: false)) {
            await Trial.patient($0, .http(Self.expectation))
        }
        #expect(outcome.code == .l7ok && outcome.status == 200, "\(outcome)")
        let old = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
        let other = try await LoopbackServer.run(.answer(old, thenCloses: true)) {
            await Trial.patient($0, .http(Self.expectation))
        }
        #expect(other.code == .l7response && other.detail == "the answer is not HTTP/2")
    }

    /// Over TLS it is spoken only where it was agreed on.
    @Test func isAgreedOn() {
        let terms = TLSTerms(protocols: ["h2"])
        let target = ProbeTarget(
            endpoint: Endpoint(IPAddress(v4: 0xc000_0201), 443),
            check: Check(method: .http(HTTPExpectation(version: .http2, tls: terms)))
        )
        for (chosen, isFine) in [("h2", true), (nil, false), ("http/1.1", false)] {
            var exchange = Exchange(target, chance: 7)
            #expect(exchange.connected() == .wait)
            let step = exchange.secured(Handshake(version: "TLS 1.3", chosen: chosen))
            if case .send = step {
                #expect(isFine)
            } else {
                let words = "TLS 1.3, but \(chosen ?? "no protocol") was chosen of h2"
                #expect(!isFine && step == .settle(.init(code: .l6response, words)))
            }
        }
    }
}

extension HTTPExpectation {
    fileprivate init(path: String, fields: [Field], version2: Bool) {
        self.init(version: version2 ? .http2 : .http1, path: path, fields: fields)
    }
}
