package import Netlink

extension Statistics {
    /// The types of the numbers, which follow each other in the order of `numbers`.
    private static let types =
        StatisticsAttribute.connections...StatisticsAttribute.outByteRate

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
        var numbers: [UInt64?] = Array(repeating: nil, count: Self.types.count)
        var reader = AttributeReader(try require(wide ?? narrow, "the statistics"))
        while let attribute = reader.next() {
            guard Self.types.contains(attribute.type) else { continue }
            let index = Int(attribute.type - Self.types.lowerBound)
            numbers[index] =
                if wide != nil || Self.alwaysWide.contains(attribute.type) {
                    reader.number(attribute)
                } else {
                    UInt64(reader.number(attribute, as: UInt32.self))
                }
        }
        if let error = reader.error { throw error }
        let complete = numbers.compactMap(\.self)
        guard complete.count == numbers.count else {
            throw .malformed("the statistics lack \(numbers.count - complete.count) numbers")
        }
        let half = complete.count / 2
        self.init(
            total: Traffic(complete.prefix(half)),
            rate: Traffic(complete.dropFirst(half))
        )
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
