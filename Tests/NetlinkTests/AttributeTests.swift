import Netlink
import TestSupport
import Testing

@Suite struct AttributeTests {
    @Test(arguments: UInt64(0)..<50)
    func readsWhatWasWritten(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var writer = AttributeWriter()
        var expected: [[UInt8]] = []
        for type in UInt16(1)...UInt16.random(in: 1...20, using: &random) {
            let value = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            writer.put(type, value)
            expected.append(value)
        }
        #expect(writer.bytes.count.isMultiple(of: 4))

        var reader = AttributeReader(writer.bytes[...])
        var types: [UInt16] = []
        var values: [[UInt8]] = []
        while let attribute = reader.next() {
            types.append(attribute.type)
            values.append(Array(attribute.value))
        }
        #expect(values == expected)
        #expect(types == (1...UInt16(expected.count)).map { $0 })
        #expect(reader.error == nil)
    }

    @Test func writesEachByteOrderAsSaid() {
        var writer = AttributeWriter()
        writer.putNetworkOrder(1, UInt16(0x1234))
        writer.put(2, UInt32(1))
        writer.put(3, "lo")
        writer.nest(4) { $0.put(5, UInt8(9)) }
        // The expectation is written for a machine whose low byte comes first.
        guard UInt16(1).littleEndian == 1 else { return }
        #expect(
            writer.bytes == [
                0x06, 0x00, 0x01, 0x00, 0x12, 0x34, 0x00, 0x00,  // port 0x1234, padded
                0x08, 0x00, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00,  // 1
                0x07, 0x00, 0x03, 0x00, 0x6c, 0x6f, 0x00, 0x00,  // "lo", NUL, padded
                0x0c, 0x00, 0x04, 0x00,  // nested
                0x05, 0x00, 0x05, 0x00, 0x09, 0x00, 0x00, 0x00,  // 9, padded
            ]
        )
        var reader = AttributeReader(writer.bytes[...])
        let port = reader.next().map { reader.networkOrder($0, as: UInt16.self) }
        let number = reader.next().map { reader.number($0, as: UInt32.self) }
        let text = reader.next().map { reader.text($0) }
        #expect(port == 0x1234)
        #expect(number == 1)
        #expect(text == "lo")
    }

    @Test func doesNotSeeTheFlagsOfAType() {
        // NLA_F_NESTED and NLA_F_NET_BYTEORDER, then type 1 with an empty value.
        let bytes: [UInt8] =
            AttributeWriter.hostOrder(UInt16(4)) + AttributeWriter.hostOrder(UInt16(0xc001))
        var reader = AttributeReader(bytes[...])
        #expect(reader.next()?.type == 1)
        #expect(reader.next() == nil)
        #expect(reader.error == nil)
    }

    /// A length that is too small would loop; one that is too large would read beyond.
    @Test(arguments: [
        [0, 0, 1, 0], [3, 0, 1, 0], [5, 0, 1, 0], [255, 255, 1, 0], [4, 0, 1], [4],
    ])
    func stopsAtAWrongLength(bytes: [UInt8]) {
        var reader = AttributeReader(bytes[...])
        #expect(reader.next() == nil)
        #expect(reader.error != nil)
        #expect(reader.next() == nil)
    }

    @Test func keepsTheFirstError() {
        var writer = AttributeWriter()
        writer.put(7, UInt8(1))
        writer.put(8, UInt8(1))
        var reader = AttributeReader(writer.bytes[...])
        while let attribute = reader.next() {
            #expect(reader.number(attribute, as: UInt32.self) == 0)
        }
        #expect(reader.error == .malformed("attribute 7 is not a number of its width"))
    }

    @Test(arguments: UInt64(0)..<20)
    func endsOnAnyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                // Small bytes are plausible lengths and get further in.
                UInt8.random(in: 0...(Bool.random(using: &random) ? 12 : 255), using: &random)
            }
            var reader = AttributeReader(bytes[...])
            var steps = 0
            while reader.next() != nil { steps += 1 }
            #expect(steps <= bytes.count / 4, "seed \(seed)")
        }
    }
}
