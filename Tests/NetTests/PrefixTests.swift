import Net
import Testing

/// Blocks of addresses: spellings and containment.
@Suite struct PrefixTests {
    @Test(
        arguments: [
            ("203.0.113.0/24", "203.0.113.0/24"), ("203.0.113.10", "203.0.113.10/32"),
            ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"), ("2001:db8::1", "2001:db8::1/128"),
            ("2001:DB8:113::/48", "2001:db8:113::/48"),
        ]
    )
    func reads(text: String, canonical: String) throws {
        #expect(try Prefix(parsing: text).description == canonical)
    }

    @Test(
        arguments: [
            "203.0.113.0/33", "2001:db8::/129", "203.0.113.10/24", "203.0.113.0/", "203.0.113.0/+8",
            "203.0.113.0/24/24", "/24", "203.0.113.0/-1", "203.0.113.0/ 8", "x/8",
        ]
    )
    func refuses(text: String) {
        #expect(throws: ParseError.self) { try Prefix(parsing: text) }
    }

    @Test(
        arguments: [
            ("203.0.113.0/24", "203.0.113.255", true), ("203.0.113.0/24", "203.0.114.0", false),
            ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:ffff::", true), ("2001:db8::/32", "2001:db9::", false),
            ("10.0.0.1/32", "10.0.0.1", true), ("10.0.0.1/32", "10.0.0.2", false),
        ]
    )
    func contains(block: String, address: String, expected: Bool) throws {
        let prefix = try Prefix(parsing: block)
        let address = try IPAddress(parsing: address)
        #expect(prefix.contains(address) == expected)
        #expect(prefix.contains(Prefix(host: address)) == expected)
    }

    @Test func aWiderBlockIsNotContained() throws {
        let narrow = try Prefix(parsing: "10.1.0.0/16")
        let wide = try Prefix(parsing: "10.0.0.0/8")
        #expect(wide.contains(narrow))
        #expect(!narrow.contains(wide))
    }
}
