public import Net

/// A real server of a service: where it is and how it is used; never what it counted.
public struct Destination: Hashable, Sendable {
    /// Its address, whose family may differ from the service's in a tunnel, and its port.
    public var endpoint: Endpoint
    /// How packets reach it.
    public var forwarding: Forwarding
    /// Its share of new connections, 0...65535; 0 keeps those it has.
    public var weight: Int
    /// From how many connections on it takes no new ones; 0 for no bound.
    public var upperThreshold: UInt32
    /// Below how many it takes new ones again; 0 for three quarters of the upper one.
    public var lowerThreshold: UInt32

    /// A destination of these parts.
    public init(
        _ endpoint: Endpoint,
        forwarding: Forwarding,
        weight: Int,
        upperThreshold: UInt32 = 0,
        lowerThreshold: UInt32 = 0
    ) {
        self.endpoint = endpoint
        self.forwarding = forwarding
        self.weight = weight
        self.upperThreshold = upperThreshold
        self.lowerThreshold = lowerThreshold
    }
}

/// How packets reach a destination.
public enum Forwarding: Hashable, Sendable {
    /// Addresses are rewritten both ways, so replies must come back through the director.
    case masquerade
    /// The destination is this machine.
    case local
    /// Packets are wrapped; replies go to the client directly.
    case tunnel(Tunnel)
    /// Only the link-layer address changes; replies go to the client directly.
    case directRouting
    /// Packets go where the routing table says; of use to transparent caches only.
    case bypass
    /// A number without a meaning, which the kernel takes from anybody; never sent from here.
    case unknown(UInt32)
}

/// How packets to a destination are wrapped.
public struct Tunnel: Hashable, Sendable {
    /// The encapsulations.
    public enum Kind: Hashable, Sendable {
        /// IP in IP.
        case ipip
        /// Generic UDP encapsulation.
        case gue
        /// Generic routing encapsulation.
        case gre
        /// A number without a meaning, which the kernel takes from anybody; never sent from here.
        case unknown(UInt8)
    }

    /// What the outer header carries besides; both are for GUE, and the first for GRE too.
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// `IP_VS_TUNNEL_ENCAP_FLAG_CSUM`: a checksum.
        public static let checksum = Flags(rawValue: 1)
        /// `IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM`: remote checksum offload.
        public static let remoteChecksum = Flags(rawValue: 2)
    }

    /// The encapsulation.
    public var kind: Kind
    /// The UDP port of GUE; 0 for the others.
    public var port: Port
    /// What the outer header carries besides.
    public var flags: Flags

    /// The plainest tunnel, and the only one of kernels before 5.2.
    public static let ipip = Tunnel(.ipip)

    /// A tunnel of these parts.
    public init(_ kind: Kind, port: Port = 0, flags: Flags = []) {
        self.kind = kind
        self.port = port
        self.flags = flags
    }
}

/// A destination as the kernel shows it.
public struct ObservedDestination: Hashable, Sendable {
    /// Where it is and how it is used.
    public var destination: Destination
    /// What it has right now.
    public var connections: Connections
    /// What it counted.
    public var statistics: Statistics

    /// A destination with these connections that counted this.
    public init(_ destination: Destination, _ connections: Connections, _ statistics: Statistics) {
        self.destination = destination
        self.connections = connections
        self.statistics = statistics
    }
}

/// The connections of a destination at this moment, on this director only.
public struct Connections: Hashable, Sendable {
    /// Established ones.
    public var active: UInt32
    /// All others.
    public var inactive: UInt32
    /// Templates of persistence.
    public var persistent: UInt32

    /// This many of each.
    public init(active: UInt32 = 0, inactive: UInt32 = 0, persistent: UInt32 = 0) {
        self.active = active
        self.inactive = inactive
        self.persistent = persistent
    }
}
