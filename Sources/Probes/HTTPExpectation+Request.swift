import Core
import Net

extension HTTPExpectation {
    /// The bytes of the request of a check (RFC 9112 §3).
    ///
    /// `Connection: close` because a probe is also a probe of accepting connections; no
    /// `Accept-Encoding`, so nothing is ever decompressed. Fields of the check take the place of
    /// those that are only usual.
    func request(to endpoint: Endpoint, userAgent: String) -> [UInt8] {
        var lines = [
            "\(method.rawValue) \(path) HTTP/1.1", "Host: \(host ?? authority(of: endpoint))",
        ]
        for field in [Field("User-Agent", userAgent), Field("Accept", "*/*")]
        where !fields.contains(where: { $0.name.lowercased() == field.name.lowercased() }) {
            lines.append("\(field.name): \(field.value)")
        }
        lines += fields.map { "\($0.name): \($0.value)" }
        if method == .post { lines.append("Content-Length: 0") }
        lines += ["Connection: close", "", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// The same over HTTP/2, whose field names are in lower case (RFC 9113 §8.2).
    func request2(to endpoint: Endpoint, userAgent: String) -> [UInt8] {
        let usual = [(name: "user-agent", value: userAgent), (name: "accept", value: "*/*")]
        let own = fields.map { (name: $0.name.lowercased(), value: $0.value) }
        var all = [
            (name: ":method", value: method.rawValue),
            (name: ":scheme", value: tls == nil ? "http" : "https"),
            (name: ":authority", value: host ?? authority(of: endpoint)),
            (name: ":path", value: path),
        ]
        all += usual.filter { field in !own.contains { $0.name == field.name } } + own
        if method == .post { all.append((name: "content-length", value: "0")) }
        return HTTP2Request.bytes(all)
    }

    private func authority(of endpoint: Endpoint) -> String {
        endpoint.authority(isSecure: tls != nil)
    }
}

extension GRPCExpectation {
    /// The bytes of the call (PROTOCOL-HTTP2.md of gRPC).
    func request(to endpoint: Endpoint, userAgent: String) -> [UInt8] {
        let fields = [
            (name: ":method", value: "POST"),
            (name: ":scheme", value: tls == nil ? "http" : "https"),
            (name: ":authority", value: host ?? endpoint.authority(isSecure: tls != nil)),
            (name: ":path", value: "/grpc.health.v1.Health/Check"),
            (name: "te", value: "trailers"),
            (name: "content-type", value: "application/grpc"),
            (name: "user-agent", value: userAgent),
        ]
        return HTTP2Request.bytes(fields, body: HealthMessage.request(service: service))
    }
}

extension Endpoint {
    /// The authority of `http://endpoint/`: without the port where it is HTTP's own.
    fileprivate func authority(isSecure: Bool) -> String {
        guard port == (isSecure ? 443 : 80) else { return "\(self)" }
        return switch address.family {
        case .v4: "\(address)"
        case .v6: "[\(address)]"
        }
    }
}
