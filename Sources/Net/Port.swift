/// A port of TCP, UDP or SCTP.
package struct Port: Hashable, Comparable, Sendable {
    /// The number, 0...65535; IPVS reads 0 as "every port" of a persistent service.
    package let number: UInt16

    /// The port with this number.
    package init(_ number: UInt16) { self.number = number }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension Port: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt16) { self.init(value) }
}

extension Port: CustomStringConvertible {
    /// Reads a decimal number from 1 to 65535.
    package init(parsing text: String) throws(ParseError) {
        guard text.first != "+", let number = UInt16(text), number > 0 else {
            throw ParseError(text, "is not a port; ports are 1...65535")
        }
        self.init(number)
    }

    package var description: String { "\(number)" }
}
