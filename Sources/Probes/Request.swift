import Core
import NIOCore
import Net

extension ByteBuffer {
    /// Writes the GET of a check (RFC 9112 §3).
    ///
    /// `Connection: close` because a probe is also a probe of accepting connections; no
    /// `Accept-Encoding`, so nothing is ever decompressed.
    mutating func writeRequest(
        _ expectation: HTTPExpectation,
        to endpoint: Endpoint,
        userAgent: String
    ) {
        writeStaticString("GET ")
        writeString(expectation.path)
        writeStaticString(" HTTP/1.1\r\nHost: ")
        writeString(expectation.host ?? Self.host(of: endpoint))
        writeStaticString("\r\nUser-Agent: ")
        writeString(userAgent)
        writeStaticString("\r\nAccept: */*\r\nConnection: close\r\n\r\n")
    }

    /// The authority of `http://endpoint/`: without the port where it is HTTP's own.
    private static func host(of endpoint: Endpoint) -> String {
        guard endpoint.port == 80 else { return "\(endpoint)" }
        return switch endpoint.address.family {
        case .v4: "\(endpoint.address)"
        case .v6: "[\(endpoint.address)]"
        }
    }
}

extension SocketAddress {
    /// The address of `endpoint` for a socket.
    init(_ endpoint: Endpoint) throws {
        try self.init(
            packedIPAddress: ByteBuffer(bytes: endpoint.address.bytes),
            port: Int(endpoint.port.number)
        )
    }
}
