import Net
import Testing

/// AS numbers in both notations.
@Suite struct ASNTests {
    @Test(
        arguments: [
            ("65001", UInt32(65001)), ("1.10", 65546), ("4294967295", .max), ("0.65001", 65001),
        ]
    )
    func reads(text: String, number: UInt32) throws {
        #expect(try ASN(parsing: text).number == number)
    }

    @Test(arguments: ["", "0", "0.0", "4294967296", "-1", "+1", "1.2.3", "1.65536", "1.", "AS1"])
    func refuses(text: String) {
        #expect(throws: ParseError.self) { try ASN(parsing: text) }
    }
}
