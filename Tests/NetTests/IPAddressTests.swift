import Net
import TestSupport
import Testing

/// Spellings of addresses: what is read, what it prints as, and what is refused.
@Suite struct IPAddressTests {
    @Test(
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("203.0.113.10", "203.0.113.10"),
            ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
            ("2001:DB8::A", "2001:db8::a"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("fe80::", "fe80::"),
        ]
    )
    func reads(text: String, canonical: String) throws {
        let address = try IPAddress(parsing: text)
        #expect(address.description == canonical)
        #expect(try IPAddress(parsing: canonical) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "10.20.0.300", "01.2.3.4", "1.2.3.00",
            "1.2.3.+4", "1.2.3.-4", "1.2.3. 4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4/32", "0x7f.1.1.1",
            "1..2.3", "١.2.3.4", ":", ":::", "1:2", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7",
            "1::2::3", "12345::", "g::", "::+1", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
            "fe80::1%eth0", "::ffff:192.0.2.1", "::ffff:c000:201", "1.2.3.4::", "::1.2.3",
            "[::1]", "::1/128", ":1", "1:",
        ]
    )
    func refuses(text: String) {
        #expect(throws: ParseError.self) { try IPAddress(parsing: text) }
        #expect(IPAddress(text) == nil)
    }

    @Test func printsAndReadsEveryAddressAlike() throws {
        for seed in UInt64(0)..<2_000 {
            let address = Self.random(seed: seed)
            #expect(try IPAddress(parsing: address.description) == address, "seed \(seed)")
        }
    }

    @Test func ordersByFamilyThenNumerically() throws {
        let texts = ["::1", "10.0.0.10", "10.0.0.9", "2001:db8::1", "9.255.255.255"]
        let sorted = try texts.map(IPAddress.init(parsing:)).sorted().map(\.description)
        #expect(sorted == ["9.255.255.255", "10.0.0.9", "10.0.0.10", "::1", "2001:db8::1"])
    }

    @Test(
        arguments: [
            ("127.0.0.1", true, false, false), ("224.0.0.18", false, true, false),
            ("169.254.1.1", false, false, true), ("::1", true, false, false),
            ("ff02::12", false, true, false), ("febf::1", false, false, true),
            ("fec0::1", false, false, false), ("10.0.0.1", false, false, false),
        ]
    )
    func classifies(text: String, loopback: Bool, multicast: Bool, linkLocal: Bool) throws {
        let address = try IPAddress(parsing: text)
        #expect(address.isLoopback == loopback)
        #expect(address.isMulticast == multicast)
        #expect(address.isLinkLocal == linkLocal)
    }

    @Test func takesOnlyFourOrSixteenBytes() {
        for count in 0...17 {
            let address = IPAddress(bytes: [UInt8](repeating: 1, count: count))
            #expect((address != nil) == (count == 4 || count == 16))
        }
    }

    /// Half of the groups are zero, so that every way to elide them comes up.
    private static func random(seed: UInt64) -> IPAddress {
        var generator = SeededGenerator(seed: seed)
        if Bool.random(using: &generator) {
            return IPAddress(v4: .random(in: .min ... .max, using: &generator))
        }
        let bits = (0..<8).reduce(UInt128(0)) { bits, _ in
            let group =
                Bool.random(using: &generator) ? 0 : UInt16.random(in: 0...9, using: &generator)
            return bits << 16 | UInt128(group)
        }
        return IPAddress(v6: bits >> 32 == 0xffff ? 1 : bits)
    }
}
