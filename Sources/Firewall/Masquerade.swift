package import Net

/// What clients connect to whose packets go on to real servers with the director's own address.
package struct Masquerade: Hashable, Comparable, Sendable {
    /// The address clients connect to.
    package let address: IPAddress
    /// The protocol.
    package let transport: TransportProtocol
    /// The port clients connect to.
    package let port: Port

    /// The service at `port` of `address`.
    package init(_ address: IPAddress, _ transport: TransportProtocol, _ port: Port) {
        self.address = address
        self.transport = transport
        self.port = port
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.address, left.port, left.transport) < (right.address, right.port, right.transport)
    }
}

extension Masquerade: CustomStringConvertible {
    package var description: String { "\(Endpoint(address, port))/\(transport)" }
}
