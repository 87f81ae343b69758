/// What the kernel counted for a service or a destination.
///
/// Counters are up to two seconds old, start again when something is deleted and added or set to
/// zero, and say 0 for what leaves in direct routing and in tunnels, because replies do not come
/// through the director.
public struct Statistics: Hashable, Sendable {
    /// Since the beginning.
    public var total: Traffic
    /// Per second; bytes, despite the kernel's name `bps`.
    public var rate: Traffic

    /// These totals and rates.
    public init(total: Traffic = Traffic(), rate: Traffic = Traffic()) {
        self.total = total
        self.rate = rate
    }
}

/// Connections, and packets and bytes in both directions.
public struct Traffic: Hashable, Sendable {
    /// Connections that were scheduled.
    public var connections: UInt64
    /// Packets from clients.
    public var inPackets: UInt64
    /// Packets to clients.
    public var outPackets: UInt64
    /// Bytes from clients.
    public var inBytes: UInt64
    /// Bytes to clients.
    public var outBytes: UInt64

    /// This much of each.
    public init(
        connections: UInt64 = 0,
        inPackets: UInt64 = 0,
        outPackets: UInt64 = 0,
        inBytes: UInt64 = 0,
        outBytes: UInt64 = 0
    ) {
        self.connections = connections
        self.inPackets = inPackets
        self.outPackets = outPackets
        self.inBytes = inBytes
        self.outBytes = outBytes
    }
}
