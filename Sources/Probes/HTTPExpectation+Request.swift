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

    /// The authority of `http://endpoint/`: without the port where it is HTTP's own.
    private func authority(of endpoint: Endpoint) -> String {
        guard endpoint.port == (tls == nil ? 80 : 443) else { return "\(endpoint)" }
        return switch endpoint.address.family {
        case .v4: "\(endpoint.address)"
        case .v6: "[\(endpoint.address)]"
        }
    }
}
