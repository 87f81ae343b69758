package import Net
package import Netlink

extension Destination {
    /// Writes identity and configuration, complete as the kernel wants it for a new destination.
    package func write(to writer: inout AttributeWriter) {
        Self.write(endpoint, to: &writer)
        writer.put(DestinationAttribute.forwarding, forwarding.number)
        writer.put(DestinationAttribute.weight, Int32(clamping: weight))
        writer.put(DestinationAttribute.upperThreshold, upperThreshold)
        writer.put(DestinationAttribute.lowerThreshold, lowerThreshold)
        guard case .tunnel(let tunnel) = forwarding else { return }
        writer.put(DestinationAttribute.tunnelKind, tunnel.kind.number)
        writer.putNetworkOrder(DestinationAttribute.tunnelPort, tunnel.port.number)
        writer.put(DestinationAttribute.tunnelFlags, tunnel.flags.rawValue)
    }

    /// Writes the attributes that identify a destination within its service.
    ///
    /// The family is always said: left out, it would mean that of the service.
    package static func write(_ endpoint: Endpoint, to writer: inout AttributeWriter) {
        writer.putNetworkOrder(DestinationAttribute.address, endpoint.address.union)
        writer.putNetworkOrder(DestinationAttribute.port, endpoint.port.number)
        writer.put(DestinationAttribute.family, endpoint.address.family.number)
    }
}

extension ObservedDestination {
    /// Writes what the kernel shows of a destination.
    package func write(to writer: inout AttributeWriter) {
        destination.write(to: &writer)
        writer.put(DestinationAttribute.activeConnections, connections.active)
        writer.put(DestinationAttribute.inactiveConnections, connections.inactive)
        writer.put(DestinationAttribute.persistentConnections, connections.persistent)
        statistics.write(
            to: &writer,
            narrow: DestinationAttribute.statistics,
            wide: DestinationAttribute.statistics64
        )
    }
}

/// The attributes of a destination as they came, before anybody asks what they mean.
struct DestinationAttributes {
    private var family: UInt16?
    private var address: ArraySlice<UInt8>?
    private var port: UInt16?
    private var forwarding: UInt32?
    private var weight: Int32?
    private var upper: UInt32?
    private var lower: UInt32?
    private var active: UInt32?
    private var inactive: UInt32?
    private var persistent: UInt32?
    private var tunnel = Tunnel.ipip
    private var narrow: ArraySlice<UInt8>?
    private var wide: ArraySlice<UInt8>?

    init(_ bytes: ArraySlice<UInt8>) throws(NetlinkError) {
        var reader = AttributeReader(bytes)
        while let attribute = reader.next() {
            switch attribute.type {
            case DestinationAttribute.address: address = attribute.value
            case DestinationAttribute.port: port = reader.networkOrder(attribute)
            case DestinationAttribute.forwarding: forwarding = reader.number(attribute)
            case DestinationAttribute.weight: weight = reader.number(attribute)
            case DestinationAttribute.upperThreshold: upper = reader.number(attribute)
            case DestinationAttribute.lowerThreshold: lower = reader.number(attribute)
            case DestinationAttribute.activeConnections: active = reader.number(attribute)
            case DestinationAttribute.inactiveConnections: inactive = reader.number(attribute)
            case DestinationAttribute.persistentConnections: persistent = reader.number(attribute)
            case DestinationAttribute.statistics: narrow = attribute.value
            case DestinationAttribute.statistics64: wide = attribute.value
            case DestinationAttribute.family: family = reader.number(attribute)
            case DestinationAttribute.tunnelKind:
                tunnel.kind = Tunnel.Kind(number: reader.number(attribute))
            case DestinationAttribute.tunnelPort:
                tunnel.port = Port(reader.networkOrder(attribute))
            case DestinationAttribute.tunnelFlags:
                tunnel.flags = Tunnel.Flags(rawValue: reader.number(attribute))
            default: break
            }
        }
        if let error = reader.error { throw error }
    }

    /// Which destination it is; kernels before 3.18 leave its family unsaid, and it is that of its
    /// service then.
    func endpoint(service: AddressFamily) throws(NetlinkError) -> Endpoint {
        // 0 is `AF_UNSPEC`, which the kernel reads as an attribute that is not there.
        let own: AddressFamily =
            if let family, family != 0 { try AddressFamily(number: family) } else { service }
        let address = try IPAddress(union: require(address, "a destination's address"), own)
        return Endpoint(address, Port(try require(port, "a destination's port")))
    }

    /// Identity and configuration; the attributes of a tunnel are those of a plain one on kernels
    /// that do not have them, and mean nothing for other forwarding.
    func destination(service: AddressFamily) throws(NetlinkError) -> Destination {
        Destination(
            try endpoint(service: service),
            forwarding: Forwarding(
                number: try require(forwarding, "a destination's forwarding"),
                tunnel: tunnel
            ),
            weight: Int(try require(weight, "a destination's weight")),
            upperThreshold: try require(upper, "a destination's upper threshold"),
            lowerThreshold: try require(lower, "a destination's lower threshold")
        )
    }

    /// What the kernel shows of a destination.
    func observed(service: AddressFamily) throws(NetlinkError) -> ObservedDestination {
        ObservedDestination(
            try destination(service: service),
            Connections(
                active: try require(active, "a destination's active connections"),
                inactive: try require(inactive, "a destination's inactive connections"),
                persistent: try require(persistent, "a destination's persistent connections")
            ),
            try Statistics(narrow: narrow, wide: wide)
        )
    }
}

extension Forwarding {
    /// The kernel's number.
    var number: UInt32 {
        switch self {
        case .masquerade: ForwardingNumber.masquerade
        case .local: ForwardingNumber.local
        case .tunnel: ForwardingNumber.tunnel
        case .directRouting: ForwardingNumber.directRouting
        case .bypass: ForwardingNumber.bypass
        case .unknown(let number): number
        }
    }

    init(number: UInt32, tunnel: Tunnel) {
        switch number {
        case ForwardingNumber.masquerade: self = .masquerade
        case ForwardingNumber.local: self = .local
        case ForwardingNumber.tunnel: self = .tunnel(tunnel)
        case ForwardingNumber.directRouting: self = .directRouting
        case ForwardingNumber.bypass: self = .bypass
        default: self = .unknown(number)
        }
    }
}

extension Tunnel.Kind {
    /// The kernel's number.
    var number: UInt8 {
        switch self {
        case .ipip: TunnelNumber.ipip
        case .gue: TunnelNumber.gue
        case .gre: TunnelNumber.gre
        case .unknown(let number): number
        }
    }

    init(number: UInt8) {
        switch number {
        case TunnelNumber.ipip: self = .ipip
        case TunnelNumber.gue: self = .gue
        case TunnelNumber.gre: self = .gre
        default: self = .unknown(number)
        }
    }
}
