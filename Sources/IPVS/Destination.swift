package import Net

/// A real server of a service: where it is and how it is used; never what it counted.
package struct Destination: Hashable, Sendable {
    /// Its address, whose family may differ from the service's in a tunnel, and its port.
    package var endpoint: Endpoint
    /// How packets reach it.
    package var forwarding: Forwarding
    /// Its share of new connections, 0...65535; 0 keeps those it has.
    package var weight: Int
    /// From how many connections on it takes no new ones; 0 for no bound.
    package var upperThreshold: UInt32
    /// Below how many it takes new ones again; 0 for three quarters of the upper one.
    package var lowerThreshold: UInt32

    /// A destination of these parts.
    package init(
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
package enum Forwarding: Hashable, Sendable {
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
package struct Tunnel: Hashable, Sendable {
    /// The encapsulations.
    package enum Kind: Hashable, Sendable {
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
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// `IP_VS_TUNNEL_ENCAP_FLAG_CSUM`: a checksum.
        package static let checksum = Flags(rawValue: 1)
        /// `IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM`: remote checksum offload.
        package static let remoteChecksum = Flags(rawValue: 2)
    }

    /// The encapsulation.
    package var kind: Kind
    /// The UDP port of GUE; 0 for the others.
    package var port: Port
    /// What the outer header carries besides.
    package var flags: Flags

    /// The plainest tunnel, and the only one of kernels before 5.2.
    package static let ipip = Tunnel(.ipip)

    /// A tunnel of these parts.
    package init(_ kind: Kind, port: Port = 0, flags: Flags = []) {
        self.kind = kind
        self.port = port
        self.flags = flags
    }
}

/// A destination as the kernel shows it.
package struct ObservedDestination: Hashable, Sendable {
    /// Where it is and how it is used.
    package var destination: Destination
    /// What it has right now.
    package var connections: Connections
    /// What it counted.
    package var statistics: Statistics

    /// A destination with these connections that counted this.
    package init(_ destination: Destination, _ connections: Connections, _ statistics: Statistics) {
        self.destination = destination
        self.connections = connections
        self.statistics = statistics
    }
}

/// The connections of a destination at this moment, on this director only.
package struct Connections: Hashable, Sendable {
    /// Established ones.
    package var active: UInt32
    /// All others.
    package var inactive: UInt32
    /// Templates of persistence.
    package var persistent: UInt32

    /// This many of each.
    package init(active: UInt32 = 0, inactive: UInt32 = 0, persistent: UInt32 = 0) {
        self.active = active
        self.inactive = inactive
        self.persistent = persistent
    }
}
