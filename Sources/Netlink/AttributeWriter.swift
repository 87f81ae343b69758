/// Builds the attributes of a message: type, length and value, each padded to four bytes.
///
/// Numbers are written in host byte order unless the method says otherwise; which one an attribute
/// wants differs from attribute to attribute, even within one family.
package struct AttributeWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8]

    /// Writes after `header`, which is the family's own and a multiple of four bytes long.
    package init(after header: [UInt8] = []) {
        precondition(header.count.isMultiple(of: 4), "a family header is padded to four bytes")
        bytes = header
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
        put(type, Self.hostOrder(value))
    }

    /// Writes a number in network byte order.
    package mutating func putNetworkOrder<Number: FixedWidthInteger>(
        _ type: UInt16,
        _ value: Number
    ) {
        put(type, Self.hostOrder(value.bigEndian))
    }

    /// Writes a text with the NUL that the kernel expects at its end.
    package mutating func put(_ type: UInt16, _ text: String) {
        precondition(!text.utf8.contains(0), "a text ends at its first NUL")
        put(type, Array(text.utf8) + [0])
    }

    /// Writes an attribute whose value is the attributes that `body` writes.
    package mutating func nest(_ type: UInt16, _ body: (inout AttributeWriter) -> Void) {
        var inner = AttributeWriter()
        body(&inner)
        put(type, inner.bytes)
    }

    /// The bytes of `value` as they lie in the memory of this machine.
    package static func hostOrder<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        let fromLow = (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        // `littleEndian` changes nothing exactly where the low byte comes first.
        return Number(1).littleEndian == 1 ? fromLow : fromLow.reversed()
    }

    private mutating func append(_ value: UInt16) { bytes += Self.hostOrder(value) }

    private mutating func pad() {
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }
}
