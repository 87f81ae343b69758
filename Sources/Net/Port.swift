/// A port of TCP, UDP or SCTP.
public struct Port: Hashable, Comparable, Sendable {
    /// The number, 0...65535; IPVS reads 0 as "every port" of a persistent service.
    public let number: UInt16

    /// The port with this number.
    public init(_ number: UInt16) { self.number = number }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension Port: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt16) { self.init(value) }
}

extension Port: CustomStringConvertible {
    /// Reads a decimal number from 1 to 65535.
    public init(parsing text: String) throws(ParseError) {
        guard text.first != "+", let number = UInt16(text), number > 0 else {
            throw ParseError(text, "is not a port; ports are 1...65535")
        }
        self.init(number)
    }

    public var description: String { "\(number)" }
}
