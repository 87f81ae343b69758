package import Netlink

extension Statistics {
    /// The types of the numbers, which follow each other in the order of `numbers`.
    private static var types: ClosedRange<UInt16> {
        StatisticsAttribute.connections...StatisticsAttribute.outByteRate
    }

    /// The two that have 64 bits even where the others have 32.
    private static let alwaysWide = [StatisticsAttribute.inBytes, StatisticsAttribute.outBytes]

    /// All numbers in the order of their attributes.
    private var numbers: [UInt64] { [total, rate].flatMap(\.numbers) }

    /// Writes both forms, as the kernel does: one with numbers of 32 bits, one with 64.
    package func write(to writer: inout AttributeWriter, narrow: UInt16, wide: UInt16) {
        writer.nest(narrow) { inner in
            for (type, number) in zip(Self.types, numbers) {
                if Self.alwaysWide.contains(type) {
                    inner.put(type, number)
                } else {
                    inner.put(type, UInt32(truncatingIfNeeded: number))
                }
            }
        }
        writer.nest(wide) { inner in
            for (type, number) in zip(Self.types, numbers) { inner.put(type, number) }
        }
    }

    /// Reads the wide form where there is one (since Linux 4.1); the other wraps at 32 bits.
    package init(narrow: ArraySlice<UInt8>?, wide: ArraySlice<UInt8>?) throws(NetlinkError) {
        let isWide = wide != nil
        var numbers = [UInt64](repeating: 0, count: Self.types.count)
        // A bit for each of them.
        var missing: UInt32 = 1 << UInt32(Self.types.count) - 1
        var reader = AttributeReader(try require(wide ?? narrow, "the statistics"))
        while let attribute = reader.next() {
            guard Self.types.contains(attribute.type) else { continue }
            let index = Int(attribute.type - Self.types.lowerBound)
            if isWide || Self.alwaysWide.contains(attribute.type) {
                numbers[index] = reader.number(attribute)
            } else {
                let narrow: UInt32 = reader.number(attribute)
                numbers[index] = UInt64(narrow)
            }
            missing &= ~(1 << UInt32(index))
        }
        if let error = reader.error { throw error }
        guard missing == 0 else {
            throw .malformed("the statistics lack \(missing.nonzeroBitCount) numbers")
        }
        let half = numbers.count / 2
        self.init(total: Traffic(numbers[..<half]), rate: Traffic(numbers[half...]))
    }
}

extension Traffic {
    fileprivate var numbers: [UInt64] { [connections, inPackets, outPackets, inBytes, outBytes] }

    /// Takes five numbers in the order of `numbers`.
    fileprivate init(_ numbers: ArraySlice<UInt64>) {
        let first = numbers.startIndex
        self.init(
            connections: numbers[first],
            inPackets: numbers[first + 1],
            outPackets: numbers[first + 2],
            inBytes: numbers[first + 3],
            outBytes: numbers[first + 4]
        )
    }
}
