import Core

/// The answer of a name server, held against what a check expects.
struct DNSAnswer: Answer {
    /// The most datagrams that answer something else, before no more is waited for: a late answer
    /// or two from before, and far fewer than it takes to guess an id.
    static let mostStrays = 8

    private(set) var isStarted = false
    private let expectation: DNSExpectation
    private let id: UInt16
    private let isStream: Bool
    private var strays = 0
    /// What has come of a stream; its message has at most 65,535 bytes.
    private var stream: [UInt8] = []

    /// The answer to the question of `expectation` that has this `id`.
    init(to expectation: DNSExpectation, id: UInt16, isStream: Bool) {
        self.expectation = expectation
        self.id = id
        self.isStream = isStream
    }

    /// The question, as it goes onto the wire (RFC 1035 §4.2).
    var query: [UInt8] {
        let message = DNSMessage.query(
            id: id,
            name: expectation.name,
            type: expectation.type.rawValue
        )
        return isStream ? UInt16(clamping: message.count).bigEndianBytes + message : message
    }

    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step {
        isStarted = true
        guard isStream else { return judge(piece) }
        let most = Int(UInt16.max) + 2
        stream += piece.prefix(most - stream.count)
        guard stream.count >= 2 else { return .wait }
        let length = Int(stream[0]) << 8 | Int(stream[1])
        guard stream.count >= 2 + length else { return .wait }
        return judge(stream[2..<(2 + length)])
    }

    mutating func end() -> Exchange.Judgement {
        .init(
            code: .l7response,
            isStarted ? "closed in the middle of the answer" : "closed without an answer"
        )
    }

    private mutating func judge(_ bytes: ArraySlice<UInt8>) -> Exchange.Step {
        let message: DNSMessage
        do {
            message = try DNSMessage(parsing: bytes)
        } catch {
            return .settle(.init(code: .l7response, error.text))
        }
        guard isOurs(message) else {
            strays += 1
            // What comes over a connection answers what was asked over it, or nothing.
            guard !isStream, strays < Self.mostStrays else {
                return .settle(.init(code: .l7response, "the answer is to another question"))
            }
            return .wait
        }
        guard message.code == 0 else {
            return .settle(.init(code: .l7status, "answered \(Self.word(for: message.code))"))
        }
        guard !message.isTruncated else {
            guard isStream else { return .reopenAsStream }
            return .settle(.init(code: .l7response, "truncated, even over TCP"))
        }
        return .settle(judge(message.records(of: expectation.type.rawValue, for: expectation.name)))
    }

    private func isOurs(_ message: DNSMessage) -> Bool {
        guard message.id == id, message.isResponse, message.opcode == 0 else { return false }
        // A server that could not read the question need not repeat it.
        guard let question = message.question else { return message.code != 0 }
        return question.name == expectation.name && question.type == expectation.type.rawValue
    }

    private func judge(_ records: [DNSMessage.Record]) -> Exchange.Judgement {
        let type = expectation.type.word
        guard !records.isEmpty else {
            return .init(code: .l7response, "the answer holds no \(type) record of the name")
        }
        let words = Set(records.flatMap(\.words))
        let shown = Evidence.printable(
            records.compactMap(\.words.first).joined(separator: " ").utf8
        )
        if let missing = expectation.expected.first(where: { !words.contains($0) }) {
            let wanted = Evidence.printable(missing.utf8)
            return .init(code: .l7response, "answered \(type) \(shown), without \(wanted)")
        }
        return .init(code: .l7ok, "answered \(type) \(shown)")
    }

    /// The name of a response code (RFC 1035 §4.1.1, RFC 6895 §2.3).
    private static func word(for code: UInt8) -> String {
        let words = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
        return words.indices.contains(Int(code)) ? words[Int(code)] : "response code \(code)"
    }
}

extension DNSMessage.Fault {
    /// What is wrong, for an operator.
    var text: String {
        switch self {
        case .tooShort: "the answer ends in the middle of a record"
        case .badName: "bad name in the answer"
        case .tooManyRecords: "more than \(DNSMessage.mostRecords) records in the answer"
        case .badRecord: "bad record in the answer"
        }
    }
}
