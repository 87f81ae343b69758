package import Net

/// A BGP community (RFC 1997): a tag of 32 bits that routers act on.
package struct Community: Hashable, Comparable, Sendable {
    /// The tag.
    package let number: UInt32

    /// The tag `number`.
    package init(number: UInt32) { self.number = number }

    /// The tag `value` in the space of `asn`.
    package init(_ asn: UInt16, _ value: UInt16) { number = UInt32(asn) << 16 | UInt32(value) }

    /// Asks neighbours to prefer any other path (RFC 8326).
    package static let gracefulShutdown = Community(65_535, 0)

    /// The names that bgpd knows, and that stand for a number everywhere.
    private static let wellKnown: [String: Community] = [
        "graceful-shutdown": .gracefulShutdown,
        "accept-own": Community(65_535, 1),
        "llgr-stale": Community(65_535, 6),
        "no-llgr": Community(65_535, 7),
        "blackhole": Community(65_535, 666),
        "no-export": Community(65_535, 65_281),
        "no-advertise": Community(65_535, 65_282),
        "local-as": Community(65_535, 65_283),
        "no-peer": Community(65_535, 65_284),
    ]

    /// Reads `65001:100`, or a well-known name such as `no-export`.
    package init(parsing text: String) throws(ParseError) {
        if let known = Self.wellKnown[text] {
            self = known
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let asn = UInt16(digits: parts[0]),
            let value = UInt16(digits: parts[1])
        else {
            throw ParseError(text, "is not a community such as 65001:100 or no-export")
        }
        self.init(asn, value)
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension Community: CustomStringConvertible {
    /// The form `65001:100`, whether it has a name or not.
    package var description: String { "\(number >> 16):\(number & 0xffff)" }
}

/// A large BGP community (RFC 8092): three numbers of 32 bits, the first an AS.
package struct LargeCommunity: Hashable, Comparable, Sendable {
    /// The AS in whose space the tag is, and the two numbers that it gives a meaning.
    package let asn: UInt32
    package let first: UInt32
    package let second: UInt32

    /// The tag of these numbers.
    package init(_ asn: UInt32, _ first: UInt32, _ second: UInt32) {
        self.asn = asn
        self.first = first
        self.second = second
    }

    /// Reads `65001:100:7`.
    package init(parsing text: String) throws(ParseError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let asn = UInt32(digits: parts[0]),
            let first = UInt32(digits: parts[1]), let second = UInt32(digits: parts[2])
        else { throw ParseError(text, "is not a large community such as 65001:100:7") }
        self.init(asn, first, second)
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.asn, left.first, left.second) < (right.asn, right.first, right.second)
    }
}

extension LargeCommunity: CustomStringConvertible {
    package var description: String { "\(asn):\(first):\(second)" }
}

extension FixedWidthInteger {
    /// Reads digits and nothing else: Swift's own reading takes a sign, too.
    fileprivate init?(digits: Substring) {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.init(digits)
    }
}
