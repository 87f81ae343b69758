import Net

/// Reads JSON from bytes in one pass, without a tree and without a copy of what nobody asked for.
///
/// bgpd's list of what a peer is sent has 3 MB for 10,000 prefixes, of which a few bytes for each
/// matter. The reader says what it needs and skips the rest, whatever that is: new versions add
/// keys. What it does look at has to be JSON to the letter, because half a list that reads as a
/// whole one is the worst that can happen here; a reader also has to see the end of the text. No
/// input takes more than one pass or more depth than `deepest`.
struct JSONCursor {
    /// The most values inside one another; bgpd's own replies have at most eight.
    static let deepest = 32

    /// The text between two quotation marks, as it stands there.
    struct Text {
        let range: Range<Int>
        let hasEscapes: Bool
    }

    private(set) var bytes: [UInt8]
    private(set) var index = 0
    private var depth = 0

    /// A cursor before the first byte.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Structure

    /// Reads an object; `body` is called behind every key, and has to read or skip the value.
    mutating func object(
        _ body: (inout JSONCursor, Text) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        try enter(UInt8(ascii: "{"))
        if try !leave(UInt8(ascii: "}"), isFirst: true) {
            repeat {
                let key = try text()
                try expect(UInt8(ascii: ":"))
                try body(&self, key)
            } while try !leave(UInt8(ascii: "}"), isFirst: false)
        }
        depth -= 1
    }

    /// Reads an array; `body` is called before every value, and has to read or skip it.
    mutating func array(
        _ body: (inout JSONCursor) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        try enter(UInt8(ascii: "["))
        if try !leave(UInt8(ascii: "]"), isFirst: true) {
            repeat { try body(&self) } while try !leave(UInt8(ascii: "]"), isFirst: false)
        }
        depth -= 1
    }

    /// Reads a value of any kind, and forgets it.
    mutating func skip() throws(JSONFault) {
        switch next() {
        case UInt8(ascii: "{"): try object { (cursor, _) throws(JSONFault) in try cursor.skip() }
        case UInt8(ascii: "["): try array { (cursor) throws(JSONFault) in try cursor.skip() }
        case UInt8(ascii: "\""): _ = try text()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: _ = try number()
        }
    }

    /// Nothing but blanks may follow.
    mutating func end() throws(JSONFault) {
        guard next() == nil else { throw fault("something follows the end") }
    }

    // MARK: Values

    /// Reads a whole number; one with a fraction or beyond 64 bits is refused.
    mutating func integer() throws(JSONFault) -> Int {
        let range = try number()
        var rest = bytes[range]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        var value = 0
        for byte in rest {
            guard let digit = Self.digit(byte) else { throw fault("a number is not a whole one") }
            let (ten, overTen) = value.multipliedReportingOverflow(by: 10)
            let (sum, over) = ten.addingReportingOverflow(digit)
            guard !overTen, !over else { throw fault("a number is too large") }
            value = sum
        }
        return isNegative ? -value : value
    }

    /// Reads `true` or `false`.
    mutating func boolean() throws(JSONFault) -> Bool {
        switch next() {
        case UInt8(ascii: "t"):
            try word("true")
            return true
        case UInt8(ascii: "f"):
            try word("false")
            return false
        default: throw fault("it has no true or false")
        }
    }

    /// Reads a string, with its escapes resolved and U+FFFD for what is not UTF-8.
    mutating func string() throws(JSONFault) -> String { string(of: try text()) }

    /// Reads a string without a copy of it.
    mutating func text() throws(JSONFault) -> Text {
        try expect(UInt8(ascii: "\""))
        let start = index
        var hasEscapes = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return Text(range: start..<(index - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index += 2
            case 0..<0x20: throw fault("a string has a control character")
            default: index += 1
            }
        }
        throw fault("a string does not end")
    }

    /// True when the text is this word; a text with an escape never is.
    func isText(_ text: Text, _ word: String) -> Bool {
        text.range.count == word.utf8.count && bytes[text.range].elementsEqual(word.utf8)
    }

    /// The text with its escapes resolved.
    func string(of text: Text) -> String {
        guard text.hasEscapes else { return String(decoding: bytes[text.range], as: UTF8.self) }
        return String(decoding: unescaped(bytes[text.range]), as: UTF8.self)
    }

    /// The prefix that the text spells.
    func prefix(of text: Text) throws(JSONFault) -> Prefix {
        // json-c writes `\/` for a slash unless told otherwise, and some commands do not tell it.
        let spelt = text.hasEscapes ? unescaped(bytes[text.range])[...] : bytes[text.range]
        guard let prefix = PrefixText.read(spelt) else {
            throw fault("\"\(string(of: text).prefix(60))\" is no prefix")
        }
        return prefix
    }

    /// The first byte of the next value or mark, or nothing at the end.
    mutating func next() -> UInt8? {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0a, 0x0d, 0x09: index += 1
            default: return bytes[index]
            }
        }
        return nil
    }

    /// The fault that `reason` says, here.
    func fault(_ reason: String) -> JSONFault { JSONFault(reason: reason, offset: index) }

    // MARK: Bytes

    private mutating func enter(_ bracket: UInt8) throws(JSONFault) {
        try expect(bracket)
        depth += 1
        guard depth <= Self.deepest else { throw fault("it is nested too deeply") }
    }

    /// True when the bracket closes here, otherwise another element follows.
    private mutating func leave(_ bracket: UInt8, isFirst: Bool) throws(JSONFault) -> Bool {
        if next() == bracket {
            index += 1
            return true
        }
        if !isFirst { try expect(UInt8(ascii: ",")) }
        return false
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard let found = next() else { throw fault("it ends too early") }
        guard found == byte else {
            throw fault("byte \(found) stands where \(byte) was expected")
        }
        index += 1
    }

    private mutating func word(_ word: String) throws(JSONFault) {
        let end = index + word.utf8.count
        guard end <= bytes.count, bytes[index..<end].elementsEqual(word.utf8) else {
            throw fault("it has a word that is none")
        }
        index = end
    }

    /// Reads a number as it stands there.
    private mutating func number() throws(JSONFault) -> Range<Int> {
        guard next() != nil else { throw fault("it ends too early") }
        let start = index
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let digits = index
        skipDigits()
        guard index > digits else { throw fault("a value is missing") }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            skipDigits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[index]) {
                index += 1
            }
            skipDigits()
        }
        return start..<index
    }

    private mutating func skipDigits() {
        while index < bytes.count, Self.digit(bytes[index]) != nil { index += 1 }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            ? Int(byte - UInt8(ascii: "0")) : nil
    }

    /// Resolves the escapes of RFC 8259 §7; half a surrogate pair becomes U+FFFD.
    private func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
                plain.append(byte)
                continue
            }
            switch kind {
            case UInt8(ascii: "n"): plain.append(0x0a)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "r"): plain.append(0x0d)
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0c)
            case UInt8(ascii: "u"):
                let digits = rest.prefix(4)
                rest = rest.dropFirst(4)
                let number =
                    digits.count == 4
                    ? UInt32(String(decoding: digits, as: UTF8.self), radix: 16) : nil
                let scalar = number.flatMap(Unicode.Scalar.init)
                plain += Array(String(Character(scalar ?? "\u{fffd}")).utf8)
            default: plain.append(kind)
            }
        }
        return plain
    }
}

/// Where and why a text is not the JSON that was expected.
struct JSONFault: Error, Hashable, CustomStringConvertible {
    let reason: String
    let offset: Int

    var description: String { "\(reason) (byte \(offset))" }
}
