import Net

/// A message of a name server, as far as a check needs it (RFC 1035 §4.1).
///
/// Read whole: what a name server may send is bounded by the 16 bits of its length.
struct DNSMessage: Sendable {
    /// What is wrong with a message.
    enum Fault: Error, Hashable, Sendable {
        case tooShort
        case badName
        case tooManyRecords
        case badRecord
    }

    /// What was asked, as the answer repeats it.
    struct Question: Hashable, Sendable {
        let name: String
        let type: UInt16
    }

    /// A record of the answer section.
    struct Record: Hashable, Sendable {
        let owner: String
        let type: UInt16
        /// What it says, in words that an operator may have written: an address, a name, a text;
        /// for an SOA record the serial and the name of the primary server.
        let words: [String]
    }

    /// The most records of an answer that are looked at: above any set of records that clients
    /// are well served with, and some milliseconds of work at the most.
    static let mostRecords = 256
    /// The bytes of a name with the lengths of its labels (RFC 1035 §2.3.4).
    static let longestName = 255
    /// The class of the Internet.
    private static let internet: UInt16 = 1

    let id: UInt16
    let isResponse: Bool
    let isTruncated: Bool
    /// The kind of query; 0 is the only one that is asked here.
    let opcode: UInt8
    /// How the server says it went; 0 is well (RFC 1035 §4.1.1).
    let code: UInt8
    /// The question; `nil` unless there is exactly one, of the Internet.
    let question: Question?
    /// The records of the answer section, of the Internet.
    let answers: [Record]

    /// Reads one message; nothing of the sections behind the answers is looked at.
    init(parsing bytes: ArraySlice<UInt8>) throws(Fault) {
        var cursor = Cursor(bytes: Array(bytes))
        id = try cursor.number()
        let flags: UInt16 = try cursor.number()
        isResponse = flags & 0x8000 != 0
        isTruncated = flags & 0x0200 != 0
        opcode = UInt8(flags >> 11 & 0xf)
        code = UInt8(flags & 0xf)
        let questionCount: UInt16 = try cursor.number()
        let answerCount: UInt16 = try cursor.number()
        cursor.position += 4
        // A truncated message may end anywhere; it is asked for again as a whole.
        guard !isTruncated else {
            (question, answers) = (questionCount == 1 ? try cursor.question() : nil, [])
            return
        }
        guard questionCount <= 1 else { throw .badRecord }
        question = questionCount == 1 ? try cursor.question() : nil
        guard answerCount <= Self.mostRecords else { throw .tooManyRecords }
        var records: [Record] = []
        for _ in 0..<answerCount {
            if let record = try cursor.record() { records.append(record) }
        }
        answers = records
    }

    /// The message that asks for the records of `type` of `name`.
    ///
    /// `name` has labels of 1...63 bytes of ASCII with dots between them; empty is the root.
    static func query(id: UInt16, name: String, type: UInt16) -> [UInt8] {
        // Recursion is desired (0x0100): a resolver needs to hear it, an authoritative server
        // does not mind.
        var bytes: [UInt8] = id.bigEndianBytes + [0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.utf8.split(separator: UInt8(ascii: ".")) {
            bytes.append(UInt8(truncatingIfNeeded: label.count))
            bytes += label
        }
        return bytes + [0] + type.bigEndianBytes + internet.bigEndianBytes
    }

    /// The records of `type` that answer for `name`, aliases followed.
    func records(of type: UInt16, for name: String) -> [Record] {
        var owners: Set<String> = [name]
        var owner = name
        // Ends: every turn takes an alias that was not followed before.
        while type != 5, let alias = answers.first(where: { $0.owner == owner && $0.type == 5 }),
            let next = alias.words.first, owners.insert(next).inserted
        {
            owner = next
        }
        return answers.filter { $0.type == type && owners.contains($0.owner) }
    }

    /// Reads on through the bytes of a message, and never before or behind them.
    private struct Cursor {
        let bytes: [UInt8]
        var position = 0

        mutating func number<Number: FixedWidthInteger>() throws(Fault) -> Number {
            let size = Number.bitWidth / 8
            guard position + size <= bytes.count else { throw .tooShort }
            defer { position += size }
            return bytes[position..<(position + size)].reduce(0) { $0 << 8 | Number($1) }
        }

        mutating func question() throws(Fault) -> Question? {
            let name = try name()
            let type: UInt16 = try number()
            let `class`: UInt16 = try number()
            return `class` == internet ? Question(name: name, type: type) : nil
        }

        mutating func record() throws(Fault) -> Record? {
            let owner = try name()
            let type: UInt16 = try number()
            let `class`: UInt16 = try number()
            let _: UInt32 = try number()
            let length: UInt16 = try number()
            let end = position + Int(length)
            guard end <= bytes.count else { throw .tooShort }
            let words = `class` == internet ? try words(of: type, upTo: end) : nil
            position = end
            return words.map { Record(owner: owner, type: type, words: $0) }
        }

        /// What the data of a record says; `nil` for a type that cannot be asked for.
        private mutating func words(of type: UInt16, upTo end: Int) throws(Fault) -> [String]? {
            let words: [String]
            switch type {
            case 1, 28:
                let data = bytes[position..<end]
                guard data.count == (type == 1 ? 4 : 16), let address = IPAddress(bytes: data)
                else { throw .badRecord }
                return ["\(address)"]
            case 2, 5: words = [try name()]
            case 6:
                let primary = try name()
                _ = try name()
                let serial: UInt32 = try number()
                position += 16
                words = ["\(serial)", primary]
            case 16: words = [try text(upTo: end)]
            default: return nil
            }
            guard position == end else { throw .badRecord }
            return words
        }

        /// The strings of a TXT record as one (RFC 7208 §3.3 and every other reader of them).
        private mutating func text(upTo end: Int) throws(Fault) -> String {
            var text: [UInt8] = []
            while position < end {
                let length = Int(bytes[position])
                guard position + 1 + length <= end else { throw .badRecord }
                text += bytes[(position + 1)..<(position + 1 + length)]
                position += 1 + length
            }
            return String(decoding: text, as: UTF8.self)
        }

        /// A name in lower case with dots between its labels.
        ///
        /// A pointer (RFC 1035 §4.1.4) leads to an earlier place than the piece of the name that it
        /// ends began at, so however they are laid, following them ends.
        mutating func name() throws(Fault) -> String {
            var name: [UInt8] = []
            var size = 1
            var place = position
            var earliest = position
            var end: Int?
            while true {  // Ends: a label adds to the size, a pointer goes to an earlier place.
                guard place < bytes.count else { throw .tooShort }
                let length = Int(bytes[place])
                if length == 0 { break }
                switch length >> 6 {
                case 0:
                    guard place + 1 + length <= bytes.count else { throw .tooShort }
                    size += length + 1
                    guard size <= longestName else { throw .badName }
                    if !name.isEmpty { name.append(UInt8(ascii: ".")) }
                    for byte in bytes[(place + 1)..<(place + 1 + length)] {
                        append(byte, to: &name)
                    }
                    place += 1 + length
                case 3:
                    guard place + 1 < bytes.count else { throw .tooShort }
                    let target = (length & 0x3f) << 8 | Int(bytes[place + 1])
                    guard target < earliest else { throw .badName }
                    end = end ?? place + 2
                    (place, earliest) = (target, target)
                default: throw .badName
                }
            }
            position = end ?? place + 1
            return String(decoding: name, as: UTF8.self)
        }

        /// Adds a byte of a label, as zone files write what is no plain letter (RFC 1035 §5.1).
        private func append(_ byte: UInt8, to name: inout [UInt8]) {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(byte | 0x20)
            case UInt8(ascii: "."), UInt8(ascii: "\\"): name += [UInt8(ascii: "\\"), byte]
            case 0x21...0x7e: name.append(byte)
            default:
                let digits = String(Int(byte) + 1000).utf8.dropFirst()
                name += [UInt8(ascii: "\\")] + digits
            }
        }
    }
}

extension UInt16 {
    /// The two bytes of this number in network order.
    var bigEndianBytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xff)] }
}
