package import Net

/// What the kernel has counted for a service or a destination, in 64 bits.
///
/// Counters are up to two seconds older than the look that read them, and start again when the
/// service or destination is made anew. What leaves is 0 in direct routing and in tunnels, because
/// replies do not come through the director.
package struct TrafficCounters: Codable, Hashable, Sendable {
    /// Connections that were scheduled.
    package var connections: UInt64
    /// Packets and bytes from clients.
    package var inPackets: UInt64
    package var inBytes: UInt64
    /// Packets and bytes to clients.
    package var outPackets: UInt64
    package var outBytes: UInt64

    /// Counters that stand at these numbers.
    package init(
        connections: UInt64 = 0,
        inPackets: UInt64 = 0,
        inBytes: UInt64 = 0,
        outPackets: UInt64 = 0,
        outBytes: UInt64 = 0
    ) {
        self.connections = connections
        self.inPackets = inPackets
        self.inBytes = inBytes
        self.outPackets = outPackets
        self.outBytes = outBytes
    }
}

/// What went through a service, as last seen; nothing is decided by it.
package struct ServiceTraffic: Equatable, Sendable {
    /// Of one destination.
    package struct Share: Equatable, Sendable {
        /// What was counted for it.
        package var counters: TrafficCounters
        /// Its connections that are not established: half-open, closing, or of UDP.
        package var inactiveConnections: Int

        /// A share of this much.
        package init(
            counters: TrafficCounters = TrafficCounters(),
            inactiveConnections: Int = 0
        ) {
            self.counters = counters
            self.inactiveConnections = inactiveConnections
        }
    }

    /// What was counted for the service.
    package var total: TrafficCounters
    /// The destinations that anything went through; the others have none to tell of.
    package private(set) var shares: [Endpoint: Share] = [:]

    /// A service that was counted `total` for.
    package init(total: TrafficCounters = TrafficCounters()) { self.total = total }

    /// The share of a destination.
    package subscript(endpoint: Endpoint) -> Share {
        get { shares[endpoint] ?? Share() }
        set { shares[endpoint] = newValue == Share() ? nil : newValue }
    }
}
