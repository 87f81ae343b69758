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
        let start = begin(type)
        bytes += value
        end(start)
    }

    /// Writes a number in host byte order.
    package mutating func put<Number: FixedWidthInteger>(_ type: UInt16, _ value: Number) {
        put(type, UInt64(truncatingIfNeeded: value), count: Number.bitWidth / 8)
    }

    /// Writes a number in network byte order.
    package mutating func putNetworkOrder<Number: FixedWidthInteger>(
        _ type: UInt16,
        _ value: Number
    ) {
        put(type, UInt64(truncatingIfNeeded: value.bigEndian), count: Number.bitWidth / 8)
    }

    /// Writes a text with the NUL that the kernel expects at its end.
    package mutating func put(_ type: UInt16, _ text: String) {
        precondition(!text.utf8.contains(0), "a text ends at its first NUL")
        let start = begin(type)
        bytes += text.utf8
        bytes.append(0)
        end(start)
    }

    /// Writes an attribute whose value is the attributes that `body` writes.
    package mutating func nest(_ type: UInt16, _ body: (inout AttributeWriter) -> Void) {
        let start = begin(type)
        body(&self)
        end(start)
    }

    /// The bytes of `value` as they lie in the memory of this machine.
    package static func hostOrder<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        var bytes: [UInt8] = []
        let count = Number.bitWidth / 8
        HostOrder.append(UInt64(truncatingIfNeeded: value), count: count, to: &bytes)
        return bytes
    }

    private mutating func put(_ type: UInt16, _ number: UInt64, count: Int) {
        let start = begin(type)
        HostOrder.append(number, count: count, to: &bytes)
        end(start)
    }

    /// Begins an attribute, whose length is not known yet, and says where it stands.
    private mutating func begin(_ type: UInt16) -> Int {
        let start = bytes.count
        HostOrder.append(0, count: 2, to: &bytes)
        HostOrder.append(UInt64(type), count: 2, to: &bytes)
        return start
    }

    /// Ends the attribute that began at `start`: its length is known, and it is padded.
    private mutating func end(_ start: Int) {
        let length = bytes.count - start
        precondition(length <= Int(UInt16.max), "an attribute's length has 16 bits")
        HostOrder.replace(at: start, in: &bytes, with: UInt16(length))
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }
}
