import Core
import Net
import NIOCore
@testable import Probes
import Testing

/// The bytes a server is asked with.
@Suite struct RequestTests {
    @Test(arguments: [
        ("192.0.2.1:80", nil, "192.0.2.1"),
        ("192.0.2.1:8080", nil, "192.0.2.1:8080"),
        ("[2001:db8::1]:80", nil, "[2001:db8::1]"),
        ("[2001:db8::1]:8080", nil, "[2001:db8::1]:8080"),
        ("192.0.2.1:8080", "www.example.org", "www.example.org"),
    ])
    func asks(endpoint: String, host: String?, sent: String) throws {
        var request = ByteBuffer()
        request.writeRequest(
            HTTPExpectation(path: "/ready?deep=1", host: host),
            to: try Endpoint(parsing: endpoint),
            userAgent: "penstock/1"
        )
        let expected =
            "GET /ready?deep=1 HTTP/1.1\r\nHost: \(sent)\r\nUser-Agent: penstock/1\r\n"
            + "Accept: */*\r\nConnection: close\r\n\r\n"
        #expect(String(buffer: request) == expected)
    }
}
