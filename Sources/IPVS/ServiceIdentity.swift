public import Net

/// What tells services apart.
///
/// The same mark in both families names two services.
public enum ServiceIdentity: Hashable, Sendable {
    /// Packets to this address, protocol and port; port 0 is every port of a persistent service.
    case address(IPAddress, TransportProtocol, Port)
    /// Packets of this family that a firewall rule marked with this number, which is not 0.
    case mark(UInt32, AddressFamily)

    /// The family of the packets.
    public var family: AddressFamily {
        switch self {
        case .address(let address, _, _): address.family
        case .mark(_, let family): family
        }
    }

    /// The port clients connect to: 0 when it is every port, and for a mark.
    public var port: Port {
        switch self {
        case .address(_, _, let port): port
        case .mark: 0
        }
    }
}

extension ServiceIdentity: CustomStringConvertible {
    public var description: String {
        switch self {
        case .address(let address, let transport, let port):
            "\(transport) \(Endpoint(address, port))"
        case .mark(let mark, .v4): "mark \(mark)"
        case .mark(let mark, .v6): "mark \(mark) (IPv6)"
        }
    }
}
