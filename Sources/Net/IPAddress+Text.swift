extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
    /// The address that `text` spells, or `nil`.
    public init?(_ text: String) {
        do {
            try self.init(parsing: text)
        } catch {
            return nil
        }
    }

    /// Reads dotted decimal or the IPv6 forms of RFC 4291 §2.2.
    ///
    /// Leading zeros in a decimal part are refused, because some programs read them as octal, and
    /// so are zones (`fe80::1%eth0`) and addresses of one family wrapped in the other
    /// (`::ffff:192.0.2.1`): a VIP has exactly one spelling on every director.
    public init(parsing text: String) throws(ParseError) {
        if let address = IPAddress(plain: text.utf8) {
            self = address
            return
        }
        guard text.utf8.contains(UInt8(ascii: ":")) else {
            self.init(v4: try Self.parseV4(text, in: text))
            return
        }
        guard !text.utf8.contains(UInt8(ascii: "%")) else {
            throw ParseError(text, "has a zone; an address is written without one")
        }
        let bits = try Self.parseV6(text)
        guard bits >> 32 != 0xffff else {
            throw ParseError(text, "wraps an IPv4 address; write the IPv4 address itself")
        }
        self.init(v6: bits)
    }

    /// Reads plain dotted decimal, which most addresses in a large file are; `nil` for everything
    /// else, be it right or wrong.
    package init?(dotted bytes: ArraySlice<UInt8>) { self.init(plain: bytes) }

    private init?(plain bytes: some Sequence<UInt8>) {
        var bits: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var parts = 1
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                // A zero in front is for the slow way to judge.
                guard digits == 0 || part != 0, digits < 3 else { return nil }
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
            case UInt8(ascii: "."):
                guard digits > 0, part < 256, parts < 4 else { return nil }
                bits = bits << 8 | part
                part = 0
                digits = 0
                parts += 1
            default: return nil
            }
        }
        guard parts == 4, digits > 0, part < 256 else { return nil }
        self.init(v4: bits << 8 | part)
    }

    private static func parseV4(
        _ text: some StringProtocol,
        in whole: String
    ) throws(ParseError) -> UInt32 {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw ParseError(whole, "is not an IP address") }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count),
                part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let byte = UInt8(part)
            else { throw ParseError(whole, "is not an IP address") }
            guard part == "0" || !part.hasPrefix("0") else {
                throw ParseError(whole, "has a leading zero, which some programs read as octal")
            }
            bits = bits << 8 | UInt32(byte)
        }
        return bits
    }

    private static func parseV6(_ text: String) throws(ParseError) -> UInt128 {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        switch halves.count {
        case 1:
            let groups = try parseGroups(text, in: text)
            guard groups.count == 8 else { throw ParseError(text, "is not an IP address") }
            return assemble(groups)
        case 2:
            // Dotted decimal is the low 32 bits (RFC 4291 §2.2), so it cannot stand before "::".
            guard !halves[0].contains(".") else { throw ParseError(text, "is not an IP address") }
            let head = halves[0].isEmpty ? [] : try parseGroups(halves[0], in: text)
            let tail = halves[1].isEmpty ? [] : try parseGroups(halves[1], in: text)
            // RFC 5952 §4.2.2: "::" stands for at least one group of zeros.
            guard head.count + tail.count < 8 else {
                throw ParseError(text, "is not an IP address")
            }
            let zeros = Array(repeating: UInt16(0), count: 8 - head.count - tail.count)
            return assemble(head + zeros + tail)
        default:
            throw ParseError(text, "has \"::\" more than once")
        }
    }

    private static func parseGroups(
        _ text: some StringProtocol,
        in whole: String
    ) throws(ParseError) -> [UInt16] {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                let bits = try parseV4(part, in: whole)
                groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
                continue
            }
            // `UInt16(_:radix:)` accepts a sign, so the bytes are looked at first.
            guard (1...4).contains(part.utf8.count),
                part.utf8.allSatisfy(isHexDigit),
                let group = UInt16(part, radix: 16)
            else { throw ParseError(whole, "is not an IP address") }
            groups.append(group)
        }
        return groups
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func assemble(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Dotted decimal, or the canonical form of RFC 5952: lower case, longest run of zeros elided.
    public var description: String {
        switch family {
        case .v4: dotted
        case .v6: canonicalV6
        }
    }

    private var dotted: String {
        let number = UInt32(truncatingIfNeeded: bits)
        var text: [UInt8] = []
        // Four numbers of three digits, and three points.
        text.reserveCapacity(15)
        for shift in [24, 16, 8, 0] as [UInt32] {
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            let byte = UInt8(truncatingIfNeeded: number >> shift)
            if byte > 99 { text.append(UInt8(ascii: "0") + byte / 100) }
            if byte > 9 { text.append(UInt8(ascii: "0") + byte / 10 % 10) }
            text.append(UInt8(ascii: "0") + byte % 10)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private var canonicalV6: String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> ((7 - $0) * 16)) }
        let run = Self.longestZeroRun(groups)
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        // RFC 5952 §4.2.2: a single group of zeros is written out.
        guard run.count > 1 else { return text(0..<8) }
        return text(0..<run.lowerBound) + "::" + text(run.upperBound..<8)
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            guard group == 0 else {
                start = index + 1
                continue
            }
            // Strictly longer, so that the first of two equal runs wins (RFC 5952 §4.2.3).
            if index + 1 - start > longest.count { longest = start..<(index + 1) }
        }
        return longest
    }
}
