import Core
@testable import Probes
import Testing
import TestSupport

/// Messages of name servers, kind and hostile.
@Suite struct DNSMessageTests {
    /// A response to a question for the records of `type` of `name`, with its sections as given.
    static func response(
        id: UInt16 = 7,
        flags: UInt16 = 0x8180,
        name: String = "www.example.org",
        type: UInt16 = 1,
        answers: [[UInt8]] = [],
        count: Int? = nil
    ) -> [UInt8] {
        let query = DNSMessage.query(id: id, name: name, type: type)
        let counts: [UInt8] =
            [0, 1] + UInt16(clamping: count ?? answers.count).bigEndianBytes + [0, 0, 0, 0]
        return id.bigEndianBytes + flags.bigEndianBytes + counts + query[12...]
            + answers.flatMap { $0 }
    }

    /// A record whose owner is the name of the question, which begins at the 12th byte.
    static func record(
        _ type: UInt16,
        _ data: [UInt8],
        owner: [UInt8] = [0xc0, 12],
        class: UInt16 = 1
    ) -> [UInt8] {
        owner + type.bigEndianBytes + `class`.bigEndianBytes + [0, 0, 0, 60]
            + UInt16(clamping: data.count).bigEndianBytes + data
    }

    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static let soa =
        name("ns1.example.org") + name("admin.example.org")
        + [0x78, 0x4a, 0x2b, 0xc1] + [UInt8](repeating: 0, count: 16)

    @Test func asks() {
        #expect(
            DNSMessage.query(id: 0x1234, name: "a.bc", type: 28)
                == [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 2, 98, 99, 0, 0, 28, 0, 1]
        )
        #expect(DNSMessage.query(id: 0, name: "", type: 2).suffix(5) == [0, 0, 2, 0, 1])
    }

    /// As `dig` got it from a server of example.org: header, question, one A record.
    @Test func readsAWholeAnswer() throws {
        let message = try DNSMessage(
            parsing: [
                // Id, response with recursion desired and available, one question, one answer.
                0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0,
                // EXAMPLE.org, A, IN.
                7, 0x45, 0x58, 0x41, 0x4d, 0x50, 0x4c, 0x45, 3, 0x6f, 0x72, 0x67, 0, 0, 1, 0, 1,
                // A pointer to it, A, IN, 300 s, 192.0.2.80.
                0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4, 192, 0, 2, 80,
            ]
        )
        #expect(message.id == 0xabcd)
        #expect(message.isResponse && !message.isTruncated)
        #expect(message.code == 0 && message.opcode == 0)
        #expect(message.question == .init(name: "example.org", type: 1))
        #expect(
            message.answers == [.init(owner: "example.org", type: 1, words: ["192.0.2.80"])]
        )
    }

    @Test(
        arguments: [
            (UInt16(1), [192, 0, 2, 1], ["192.0.2.1"]),
            (28, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], ["2001:db8::1"]),
            (2, name("NS1.Example.org"), ["ns1.example.org"]),
            (5, [3, 0x61, 0x2e, 0x07, 0xc0, 16], ["a\\.\\007.example.org"]),
            (6, soa, ["2018126785", "ns1.example.org"]),
            (16, [2, 0x61, 0x62, 0, 1, 0x63], ["abc"]),
        ] as [(UInt16, [UInt8], [String])]
    )
    func readsWhatRecordsSay(type: UInt16, data: [UInt8], words: [String]) throws {
        let bytes = Self.response(type: type, answers: [Self.record(type, data)])
        let message = try DNSMessage(parsing: bytes[...])
        #expect(message.answers.map(\.words) == [words])
        #expect(message.records(of: type, for: "www.example.org").count == 1)
    }

    @Test func followsAliasesAndNotForEver() throws {
        let one = Self.record(5, Self.name("b"), owner: Self.name("a"))
        let other = Self.record(5, Self.name("a"), owner: Self.name("b"))
        let address = Self.record(1, [1, 2, 3, 4], owner: Self.name("b"))
        let stranger = Self.record(1, [6, 6, 6, 6], owner: Self.name("c"))
        let bytes = Self.response(name: "a", answers: [stranger, address, other, one])
        let message = try DNSMessage(parsing: bytes[...])
        #expect(message.records(of: 1, for: "a").flatMap(\.words) == ["1.2.3.4"])
        #expect(message.records(of: 5, for: "a").flatMap(\.words) == ["b"])
        #expect(message.records(of: 28, for: "a").isEmpty)
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let fault: DNSMessage.Fault

        init(_ name: String, _ bytes: [UInt8], _ fault: DNSMessage.Fault) {
            (testDescription, self.bytes, self.fault) = (name, bytes, fault)
        }
    }

    static let bad: [Bad] = [
        Bad("no bytes", [], .tooShort),
        Bad("half a header", Array(response().prefix(11)), .tooShort),
        Bad("a header that promises", Array(response().prefix(12)), .tooShort),
        Bad("a record that promises", response(count: 1), .tooShort),
        Bad(
            "more data than bytes",
            response(answers: [record(1, [1, 2, 3, 4]).dropLast()]),
            .tooShort
        ),
        Bad(
            "a pointer to itself",
            response(answers: [record(1, [], owner: [0xc0, 33])]),
            .badName
        ),
        Bad("a pointer forward", response(answers: [record(1, [], owner: [0xc0, 99])]), .badName),
        Bad("half a pointer", response(count: 1) + [0xc0], .tooShort),
        Bad(
            "two pointers to each other",
            response(answers: [record(2, [0xc0, 47, 0xc0, 45])]),
            .badName
        ),
        Bad(
            "a label of a kind unknown",
            response(answers: [record(1, [], owner: [0x80])]),
            .badName
        ),
        Bad("a label beyond the end", response(count: 1) + [63, 1], .tooShort),
        Bad(
            "a name without end",
            response(answers: [
                record(
                    2,
                    (0..<5).flatMap { _ in [63] + [UInt8](repeating: 97, count: 63) } + [0]
                )
            ]),
            .badName
        ),
        Bad("an address of three bytes", response(answers: [record(1, [1, 2, 3])]), .badRecord),
        Bad("an address of five", response(answers: [record(1, [1, 2, 3, 4, 5])]), .badRecord),
        Bad("a name shorter than its data", response(answers: [record(2, [0, 0])]), .badRecord),
        Bad("a text beyond its data", response(answers: [record(16, [9, 1])]), .badRecord),
        Bad("half an SOA", response(answers: [record(6, [0, 0, 1, 2, 3])]), .tooShort),
        Bad("a flood of records", response(count: 257), .tooManyRecords),
    ]

    @Test(arguments: bad)
    func refuses(_ example: Bad) {
        #expect(throws: example.fault) { try DNSMessage(parsing: example.bytes[...]) }
    }

    /// The longest name there can be is read, and so is every shortening of a good message refused.
    @Test func takesTheLongestName() throws {
        let label = [63] + [UInt8](repeating: 97, count: 63)
        let owner = label + label + label + [61] + [UInt8](repeating: 98, count: 61) + [0]
        let bytes = Self.response(answers: [Self.record(1, [1, 2, 3, 4], owner: owner)])
        #expect(try DNSMessage(parsing: bytes[...]).answers.first?.owner.utf8.count == 253)
        for count in bytes.indices {
            #expect(throws: DNSMessage.Fault.self) { try DNSMessage(parsing: bytes[..<count]) }
        }
    }

    /// Good messages with bytes changed, lost and doubled: read or refused, and never a trap.
    @Test(arguments: UInt64(0)..<100)
    func survivesDamage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let data: [[UInt8]] = [
            Self.record(1, [1, 2, 3, 4]), Self.record(6, Self.soa),
            Self.record(5, [3, 97, 98, 99, 0xc0, 12]), Self.record(16, [2, 97, 98]),
            Self.record(2, [1, 97, 0xc0, 16]),
        ]
        for _ in 0..<50 {
            var bytes = Self.response(answers: data.shuffled(using: &generator))
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[place], at: place)
                }
            }
            do throws(DNSMessage.Fault) {
                let message = try DNSMessage(parsing: bytes[...])
                #expect(message.answers.count <= DNSMessage.mostRecords, "seed \(seed)")
                _ = message.records(of: 1, for: "www.example.org")
            } catch {
                #expect(!error.text.isEmpty, "seed \(seed)")
            }
        }
    }
}
