/// Builds the attributes of a message: type, length and value, each padded to four bytes.
///
/// Numbers are written in host byte order unless the method says otherwise; which one an attribute
/// wants differs from attribute to attribute, even within one family.
package struct AttributeWriter: Sendable {
    /// The bytes of a request that adds something to a table.
    private static let usualBytes = 192

    /// What has been written so far.
    package private(set) var bytes: [UInt8]

    /// Writes after `header`, which is the family's own and a multiple of four bytes long.
    package init(after header: [UInt8] = []) {
        precondition(header.count.isMultiple(of: 4), "a family header is padded to four bytes")
        bytes = header
        // Room for a request as most are, so that it is not moved while it grows.
        bytes.reserveCapacity(Self.usualBytes)
    }

    /// Writes raw bytes, without a terminator.
    package mutating func put(_ type: UInt16, _ value: some Collection<UInt8>) {
        let length = 4 + value.count
        precondition(length <= Int(UInt16.max), "an attribute's length has 16 bits")
        append(UInt16(length))
        append(type)
        bytes += value
        pad()
    }

    /// Writes a number in host byte order.
    package mutating func put<Number: FixedWidthInteger>(_ type: UInt16, _ value: Number) {
        Self.append(UInt16(4 + Number.bitWidth / 8), to: &bytes)
        Self.append(type, to: &bytes)
        Self.append(value, to: &bytes)
        pad()
    }

    /// Writes a number in network byte order.
    package mutating func putNetworkOrder<Number: FixedWidthInteger>(
        _ type: UInt16,
        _ value: Number
    ) {
        put(type, value.bigEndian)
    }

    /// Writes a text with the NUL that the kernel expects at its end.
    package mutating func put(_ type: UInt16, _ text: String) {
        precondition(!text.utf8.contains(0), "a text ends at its first NUL")
        put(type, Array(text.utf8) + [0])
    }

    /// Writes an attribute whose value is the attributes that `body` writes.
    package mutating func nest(_ type: UInt16, _ body: (inout AttributeWriter) -> Void) {
        let start = bytes.count
        put(type, EmptyCollection())
        body(&self)
        let length = bytes.count - start
        precondition(length <= Int(UInt16.max), "an attribute's length has 16 bits")
        // Known only now; the value is padded by what is in it.
        let (low, high) = (
            UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)
        )
        bytes[start] = Self.isLowByteFirst ? low : high
        bytes[start + 1] = Self.isLowByteFirst ? high : low
    }

    /// The bytes of `value` as they lie in the memory of this machine.
    package static func hostOrder<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    /// Adds the bytes of `value` as they lie in the memory of this machine.
    ///
    /// Ten thousands of rules are half a million numbers, so none of them is an array by itself.
    static func append<Number: FixedWidthInteger>(_ value: Number, to bytes: inout [UInt8]) {
        let count = Number.bitWidth / 8
        for index in 0..<count {
            let place = isLowByteFirst ? index : count - 1 - index
            bytes.append(UInt8(truncatingIfNeeded: value >> (place * 8)))
        }
    }

    /// `littleEndian` changes nothing exactly where the low byte comes first.
    private static var isLowByteFirst: Bool { UInt16(1).littleEndian == 1 }

    private mutating func append(_ value: UInt16) { Self.append(value, to: &bytes) }

    private mutating func pad() {
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }
}
