import Core
import Net
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
        let request = HTTPExpectation(path: "/ready?deep=1", host: host)
            .request(to: try Endpoint(parsing: endpoint), userAgent: "penstock/1")
        let expected =
            "GET /ready?deep=1 HTTP/1.1\r\nHost: \(sent)\r\nUser-Agent: penstock/1\r\n"
            + "Accept: */*\r\nConnection: close\r\n\r\n"
        #expect(String(decoding: request, as: UTF8.self) == expected)
    }

    @Test func whatTheCheckSaysTakesThePlaceOfWhatIsUsual() throws {
        let expectation = HTTPExpectation(
            method: .post,
            fields: [.init("accept", "text/plain"), .init("X-Probe", "1")]
        )
        let request = expectation.request(
            to: try Endpoint(parsing: "192.0.2.1:80"),
            userAgent: "penstock"
        )
        #expect(
            String(decoding: request, as: UTF8.self)
                == "POST / HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: penstock\r\n"
                + "accept: text/plain\r\nX-Probe: 1\r\nContent-Length: 0\r\n"
                + "Connection: close\r\n\r\n"
        )
    }
}
