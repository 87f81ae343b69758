import Net
import Testing

/// Endpoints: spellings of both families.
@Suite struct EndpointTests {
    @Test(arguments: ["10.0.0.1:80", "[2001:db8::1]:65535"])
    func readsWhatItPrints(text: String) throws {
        #expect(try Endpoint(parsing: text).description == text)
    }

    @Test(
        arguments: [
            "10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:+80", "::1:80",
            "[::1]", "[10.0.0.1]:80", "[::1:80", ":80", "10.0.0.1:80 ",
        ]
    )
    func refuses(text: String) {
        #expect(throws: ParseError.self) { try Endpoint(parsing: text) }
    }
}
