/// An address and a port: where a real server listens or a probe goes.
public struct Endpoint: Hashable, Comparable, Sendable {
    /// The host.
    public let address: IPAddress
    /// The port on that host.
    public let port: Port

    /// The endpoint at `address` and `port`.
    public init(_ address: IPAddress, _ port: Port) {
        self.address = address
        self.port = port
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}

extension Endpoint: CustomStringConvertible {
    /// Reads `ADDRESS:PORT`, with brackets around an IPv6 address (RFC 3986 §3.2.2).
    public init(parsing text: String) throws(ParseError) {
        guard let colon = text.lastIndex(of: ":") else {
            throw ParseError(text, "has no port; write ADDRESS:PORT")
        }
        var host = String(text[..<colon])
        let bracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if bracketed { host = String(host.dropFirst().dropLast()) }
        guard bracketed == host.contains(":") else {
            throw ParseError(text, "is ambiguous; write an IPv6 address as [ADDRESS]:PORT")
        }
        do {
            address = try IPAddress(parsing: host)
            port = try Port(parsing: String(text[text.index(after: colon)...]))
        } catch {
            throw ParseError(text, "\(error.text == host ? "" : "has a port that ")\(error.reason)")
        }
    }

    public var description: String {
        switch address.family {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }
}
