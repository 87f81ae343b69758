import Core
import Net
@testable import Probes
import Testing

/// What a check makes of the answers of name servers.
@Suite struct DNSAnswerTests {
    private typealias Message = DNSMessageTests

    private static func exchange(
        _ transport: TransportProtocol = .udp,
        _ type: DNSExpectation.RecordType = .a,
        expected: [String] = []
    ) -> Exchange {
        let expectation = DNSExpectation(
            name: "www.example.org",
            type: type,
            transport: transport,
            expected: expected
        )
        let check = Check(method: .dns(expectation), timeout: .milliseconds(500))
        let endpoint = Endpoint(IPAddress(v4: 0xc000_0235), 53)
        var exchange = Exchange(ProbeTarget(endpoint: endpoint, check: check), chance: 0x5_0007)
        _ = exchange.connected()
        return exchange
    }

    private static func settled(_ code: Outcome.Code, _ detail: String) -> Exchange.Step {
        .settle(.init(code: code, detail))
    }

    private static let record = Message.record(1, [192, 0, 2, 1])

    @Test func theQuestionGoesOntoTheWire() {
        let query = DNSMessage.query(id: 7, name: "www.example.org", type: 1)
        var datagram = Self.exchange()
        #expect(datagram.connected() == .send(query))
        var stream = Self.exchange(.tcp)
        #expect(stream.connected() == .send([0, UInt8(query.count)] + query))
    }

    @Test(
        arguments: [
            ([], record, Outcome.Code.l7ok, "answered A 192.0.2.1"),
            (["192.0.2.1"], record, .l7ok, "answered A 192.0.2.1"),
            (["192.0.2.2"], record, .l7response, "answered A 192.0.2.1, without 192.0.2.2"),
            ([], [], .l7response, "the answer holds no A record of the name"),
            (
                [], Message.record(1, [1, 2, 3, 4], owner: [0]), .l7response,
                "the answer holds no A record of the name"
            ),
            (
                [], Message.record(1, [1, 2, 3, 4], class: 3), .l7response,
                "the answer holds no A record of the name"
            ),
            ([], Message.record(1, [1]), .l7response, "bad record in the answer"),
        ] as [([String], [UInt8], Outcome.Code, String)]
    )
    func judges(expected: [String], record: [UInt8], code: Outcome.Code, detail: String) {
        var exchange = Self.exchange(expected: expected)
        let answer = Message.response(answers: record.isEmpty ? [] : [record])
        #expect(exchange.received(answer[...]) == Self.settled(code, detail))
    }

    @Test(
        arguments: [
            (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"),
            (9, "response code 9"),
        ] as [(UInt16, String)]
    )
    func saysWhatTheServerCouldNot(code: UInt16, word: String) {
        var exchange = Self.exchange()
        let answer = Message.response(flags: 0x8180 | code)
        #expect(exchange.received(answer[...]) == Self.settled(.l7status, "answered \(word)"))
    }

    /// Another id, a question, another name or type or kind of query: none of it is our answer.
    static let strays: [[UInt8]] = [
        Message.response(id: 8, answers: [record]),
        Message.response(flags: 0x0180, answers: [record]),
        Message.response(flags: 0xa180, answers: [record]),
        Message.response(name: "www.example.com", answers: [record]),
        Message.response(type: 28, answers: [record]),
    ]

    @Test(arguments: strays)
    func whatWasNotAskedIsNoAnswer(stray: [UInt8]) {
        var datagrams = Self.exchange()
        for _ in 1..<DNSAnswer.mostStrays { #expect(datagrams.received(stray[...]) == .wait) }
        var patient = datagrams
        let answer = Message.response(answers: [Self.record])
        #expect(
            patient.received(answer[...]) == Self.settled(.l7ok, "answered A 192.0.2.1")
        )
        let refused = Self.settled(.l7response, "the answer is to another question")
        #expect(datagrams.received(stray[...]) == refused)
        var stream = Self.exchange(.tcp)
        let framed = UInt16(stray.count).bigEndianBytes + stray
        #expect(stream.received(framed[...]) == refused)
    }

    @Test func whatIsTruncatedIsAskedAgainOverTCP() {
        var exchange = Self.exchange()
        let truncated = Message.response(flags: 0x8380)
        #expect(exchange.received(truncated[...]) == .reopenAsStream)
        #expect(exchange.carrier == .stream)
        #expect(
            exchange.expired(late: .zero)
                == Self.settled(.l4timeout, "no connection within 500ms")
        )
        guard case .send(let query) = exchange.connected() else {
            Issue.record("nothing is asked over TCP")
            return
        }
        #expect(query.count == Int(query[1]) + 2)
        let again = UInt16(truncated.count).bigEndianBytes + truncated
        #expect(
            exchange.received(again[...]) == Self.settled(.l7response, "truncated, even over TCP")
        )
    }

    @Test func aStreamIsPutTogether() {
        let answer = Message.response(answers: [Self.record])
        let framed = UInt16(answer.count).bigEndianBytes + answer + [1, 2, 3]
        var exchange = Self.exchange(.tcp)
        for byte in framed.prefix(answer.count + 1) { #expect(exchange.received([byte]) == .wait) }
        var closed = exchange
        #expect(
            closed.closed() == Self.settled(.l7response, "closed in the middle of the answer")
        )
        #expect(
            exchange.received(framed[(answer.count + 1)...])
                == Self.settled(.l7ok, "answered A 192.0.2.1")
        )
        var silent = Self.exchange(.tcp)
        #expect(silent.closed() == Self.settled(.l7response, "closed without an answer"))
    }
}
