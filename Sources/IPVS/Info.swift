/// What the kernel says about IPVS as a whole.
public struct Info: Hashable, Sendable {
    /// Its version, one byte each for major, minor and patch.
    public var version: UInt32
    /// Buckets of the connection table, fixed when the module was loaded.
    public var connectionTableSize: UInt32

    /// This version and size.
    public init(version: UInt32, connectionTableSize: UInt32) {
        self.version = version
        self.connectionTableSize = connectionTableSize
    }

    /// The version as people write it, such as `1.2.1`.
    public var versionText: String {
        "\((version >> 16) & 0xff).\((version >> 8) & 0xff).\(version & 0xff)"
    }
}

/// How long connections without packets are kept, in seconds, for all services of a namespace.
///
/// Each is within `IPVSLimits.timeout`; that of SCTP cannot be set
/// (net/netfilter/ipvs/ip_vs_ctl.c, `ip_vs_set_timeout`).
public struct Timeouts: Hashable, Sendable {
    /// Established TCP connections.
    public var tcp: UInt32
    /// TCP connections that saw a FIN.
    public var tcpFin: UInt32
    /// UDP.
    public var udp: UInt32

    /// These many seconds.
    public init(tcp: UInt32, tcpFin: UInt32, udp: UInt32) {
        self.tcp = tcp
        self.tcpFin = tcpFin
        self.udp = udp
    }
}
