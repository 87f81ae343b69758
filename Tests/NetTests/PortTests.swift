import Net
import Testing

/// Ports: what is refused.
@Suite struct PortTests {
    @Test(arguments: ["0", "65536", "+1", "-1", "", "http", "1 "])
    func refuses(text: String) {
        #expect(throws: ParseError.self) { try Port(parsing: text) }
    }
}
