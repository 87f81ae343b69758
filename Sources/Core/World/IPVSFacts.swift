package import Net

/// What one look at the IPVS plane gives.
package struct IPVSFacts: Equatable, Sendable {
    /// Every service of the table that has an address, ours or not.
    package var services: [ServiceKey: ObservedService]
    /// How many services are known by a firewall mark; those are never ours.
    package var markServices: Int

    /// A look of these parts.
    package init(services: [ServiceKey: ObservedService], markServices: Int = 0) {
        self.services = services
        self.markServices = markServices
    }
}

/// A service as seen, with what moves beside what is configured.
package struct ObservedService: Equatable, Sendable {
    /// The part that can be wanted.
    package var slice: ServiceSlice
    /// Connections now established through each destination, as this director counts them.
    package var activeConnections: [Endpoint: Int]
    /// Packets from clients since the service was created; the kernel refreshes it every 2 s.
    package var inPackets: UInt64

    /// A service of these parts.
    package init(
        slice: ServiceSlice,
        activeConnections: [Endpoint: Int] = [:],
        inPackets: UInt64 = 0
    ) {
        self.slice = slice
        self.activeConnections = activeConnections
        self.inPackets = inPackets
    }
}
