package import Net

/// What tells real servers apart on one director: one host may serve several services.
package struct BackendKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The service it serves.
    package let service: ServiceKey
    /// Where it listens.
    package let endpoint: Endpoint

    /// The real server at `endpoint` of `service`.
    package init(_ service: ServiceKey, _ endpoint: Endpoint) {
        self.service = service
        self.endpoint = endpoint
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.service, left.endpoint) < (right.service, right.endpoint)
    }

    package var description: String { "\(endpoint) of \(service)" }
}

extension ServiceID {
    /// Reads the form of the configuration file, `443/tcp`.
    package init(parsing text: String) throws(ParseError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let transport = TransportProtocol(name: parts[1]) else {
            throw ParseError(text, "is not a service such as 443/tcp")
        }
        self.init(transport, try Port(parsing: String(parts[0])))
    }
}

extension [VIP] {
    /// The service that `key` names.
    package func service(_ key: ServiceKey) -> VirtualService? {
        first { $0.address == key.address }?.services.first { $0.id == key.id }
    }

    /// The real server that `key` names.
    package func backend(_ key: BackendKey) -> Backend? {
        service(key.service)?.backends.first { $0.endpoint == key.endpoint }
    }
}
