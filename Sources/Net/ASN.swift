/// An autonomous system number: four bytes (RFC 6793).
public struct ASN: Hashable, Comparable, Sendable {
    /// The number; 0 is reserved (RFC 7607) and refused when read from text.
    public let number: UInt32

    /// The autonomous system with this number.
    public init(_ number: UInt32) { self.number = number }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension ASN: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt32) { self.init(value) }
}

extension ASN: CustomStringConvertible {
    /// Reads asplain (`65001`) or asdot (`1.10`), the notations of RFC 5396.
    ///
    /// bgpd prints the number as it was first typed, so texts of both kinds must compare equal.
    public init(parsing text: String) throws(ParseError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        if digits, parts.count == 1, let number = UInt32(text), number > 0 {
            self.init(number)
        } else if digits, parts.count == 2, let high = UInt16(parts[0]),
            let low = UInt16(parts[1]), high > 0 || low > 0
        {
            self.init(UInt32(high) << 16 | UInt32(low))
        } else {
            throw ParseError(text, "is not an AS number; those are 1...4294967295")
        }
    }

    public var description: String { "\(number)" }
}
