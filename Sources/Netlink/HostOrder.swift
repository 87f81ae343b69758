/// Numbers as they lie in the memory of this machine.
///
/// Every message is made of them, so this is not generic: across the boundary of a module a
/// generic integer costs a call for each shift, and a load of ten thousand rules a million calls.
enum HostOrder {
    /// Whether the low byte comes first.
    private static var isLowFirst: Bool { UInt16(1).littleEndian == 1 }

    /// How far to shift for each byte of a number of `count` bytes, in their order in memory.
    private static func shift(_ index: Int, of count: Int) -> UInt64 {
        UInt64(8 * (isLowFirst ? index : count - 1 - index))
    }

    /// Writes the low `count` bytes of `number`, 1...8, to the end of `bytes`.
    static func append(_ number: UInt64, count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: number &>> shift(index, of: count)))
        }
    }

    /// Writes the low 16 bits of `number` over the two bytes at `index`.
    static func replace(at index: Int, in bytes: inout [UInt8], with number: UInt16) {
        bytes[index] = UInt8(truncatingIfNeeded: UInt64(number) &>> shift(0, of: 2))
        bytes[index + 1] = UInt8(truncatingIfNeeded: UInt64(number) &>> shift(1, of: 2))
    }

    /// The number whose bytes begin at `index`.
    static func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: ArraySlice<UInt8>,
        at index: Int,
        as type: Number.Type
    ) -> Number {
        unsafe bytes.withUnsafeBytes { raw in
            let offset = index - bytes.startIndex
            precondition(
                offset >= 0 && offset + MemoryLayout<Number>.size <= raw.count,
                "a number is where its bytes are"
            )
            return unsafe raw.loadUnaligned(fromByteOffset: offset, as: Number.self)
        }
    }

    /// The number whose bytes, at most eight, are `bytes`.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var number: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            number |= UInt64(byte) &<< shift(index, of: bytes.count)
        }
        return number
    }
}
