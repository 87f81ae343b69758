/// Builds the attributes of a message: type, length and value, each padded to four bytes.
///
/// Numbers are written in host byte order unless the method says otherwise; which one an attribute
/// wants differs from attribute to attribute, even within one family.
///
/// A load of ten thousand rules writes a hundred thousand numbers, so each width has a method of
/// its own: across the boundary of a module a generic one costs a call for every step it makes.
/// The bytes lie in room that is made ahead, and are written where they belong.
package struct AttributeWriter: Sendable {
    /// The bytes that are made room for at least.
    private static let room = 256

    /// What has been written, and after it zeros.
    private var storage: [UInt8]
    /// How much of it counts.
    private(set) var count: Int

    /// Writes after `header`, which is the family's own and a multiple of four bytes long.
    package init(after header: [UInt8] = []) {
        precondition(header.count.isMultiple(of: 4), "a family header is padded to four bytes")
        storage = header
        count = header.count
    }

    /// Writes into room for so many bytes, which may grow.
    init(room: Int) {
        storage = [UInt8](repeating: 0, count: room)
        count = 0
    }

    /// What has been written so far.
    package var bytes: [UInt8] { Array(storage[..<count]) }

    /// A part of what has been written, where it lies.
    subscript(range: Range<Int>) -> ArraySlice<UInt8> {
        precondition(range.upperBound <= count, "what was not written cannot be read")
        return storage[range]
    }

    // MARK: Attributes

    /// Writes raw bytes, without a terminator.
    package mutating func put(_ type: UInt16, _ value: some Collection<UInt8>) {
        let start = begin(type, room: value.count)
        for byte in value {
            storage[count] = byte
            count += 1
        }
        end(start)
    }

    /// Writes a number in host byte order.
    package mutating func put<Number: FixedWidthInteger>(_ type: UInt16, _ value: Number) {
        put(type, AttributeWriter.hostOrder(value))
    }

    /// As for every number.
    package mutating func put(_ type: UInt16, _ value: UInt8) { store(type, value) }
    /// As for every number.
    package mutating func put(_ type: UInt16, _ value: UInt16) { store(type, value) }
    /// As for every number.
    package mutating func put(_ type: UInt16, _ value: UInt32) { store(type, value) }
    /// As for every number.
    package mutating func put(_ type: UInt16, _ value: Int32) { store(type, value) }
    /// As for every number.
    package mutating func put(_ type: UInt16, _ value: UInt64) { store(type, value) }

    /// Writes two numbers as one value, each in host byte order.
    package mutating func put(_ type: UInt16, _ first: UInt32, _ second: UInt32) {
        let start = begin(type, room: 8)
        append(first)
        append(second)
        end(start)
    }

    /// Writes a number in network byte order.
    package mutating func putNetworkOrder<Number: FixedWidthInteger>(
        _ type: UInt16,
        _ value: Number
    ) {
        put(type, value.bigEndian)
    }

    /// As for every number.
    package mutating func putNetworkOrder(_ type: UInt16, _ value: UInt16) {
        store(type, value.bigEndian)
    }

    /// As for every number.
    package mutating func putNetworkOrder(_ type: UInt16, _ value: UInt32) {
        store(type, value.bigEndian)
    }

    /// As for every number; an IPv6 address is one.
    package mutating func putNetworkOrder(_ type: UInt16, _ value: UInt128) {
        store(type, value.bigEndian)
    }

    /// Writes a text with the NUL that the kernel expects at its end.
    package mutating func put(_ type: UInt16, _ text: String) {
        precondition(!text.utf8.contains(0), "a text ends at its first NUL")
        let start = begin(type, room: text.utf8.count + 1)
        for byte in text.utf8 {
            storage[count] = byte
            count += 1
        }
        append(UInt8(0))
        end(start)
    }

    /// Writes an attribute whose value is the attributes that `body` writes.
    package mutating func nest(_ type: UInt16, _ body: (inout AttributeWriter) -> Void) {
        let start = begin(type, room: 0)
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

    // MARK: Parts

    /// Makes sure that so many bytes more can be written.
    mutating func makeRoom(for more: Int) {
        let missing = count + more - storage.count
        guard missing > 0 else { return }
        storage += repeatElement(0, count: max(missing, storage.count, Self.room))
    }

    /// Writes a number that room was made for, as it lies in memory.
    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        replace(at: count, with: number)
        count += MemoryLayout<Number>.size
    }

    /// Writes a number over what is there.
    mutating func replace<Number: FixedWidthInteger & BitwiseCopyable>(
        at index: Int,
        with number: Number
    ) {
        precondition(index >= 0 && index + MemoryLayout<Number>.size <= storage.count, "no room")
        unsafe storage.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: number, toByteOffset: index, as: Number.self)
        }
    }

    /// Writes an attribute that is a number, as it lies in memory.
    ///
    /// Nearly all attributes are, so this does at once what `begin` and `end` do around others.
    private mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: UInt16,
        _ number: Number
    ) {
        let length = 4 + MemoryLayout<Number>.size
        makeRoom(for: length + 3)
        let start = count
        unsafe storage.withUnsafeMutableBytes { raw in
            precondition(start >= 0 && start + length <= raw.count, "room was made")
            unsafe raw.storeBytes(of: UInt16(length), toByteOffset: start, as: UInt16.self)
            unsafe raw.storeBytes(of: type, toByteOffset: start + 2, as: UInt16.self)
            unsafe raw.storeBytes(of: number, toByteOffset: start + 4, as: Number.self)
        }
        count = start + ((length + 3) & ~3)
    }

    /// Begins an attribute, whose length is not known yet, and says where it stands.
    ///
    /// Room is made for its padding, too.
    private mutating func begin(_ type: UInt16, room: Int) -> Int {
        makeRoom(for: 4 + room + 3)
        let start = count
        append(UInt16(0))
        append(type)
        return start
    }

    /// Ends the attribute that began at `start`: its length is known, and it is padded.
    private mutating func end(_ start: Int) {
        let length = count - start
        precondition(length <= Int(UInt16.max), "an attribute's length has 16 bits")
        replace(at: start, with: UInt16(length))
        // What lies there are zeros: nothing that was written is ever taken back.
        count = (count + 3) & ~3
    }
}
