package import Net

/// What one look at the IPVS plane gives.
package struct IPVSFacts: Equatable, Sendable {
    /// Every service of the table that has an address, ours or not.
    package var services: [ServiceKey: ObservedService]
    /// The services known by a firewall mark.
    package var markServices: [MarkKey: ObservedService]

    /// A look of these parts.
    package init(
        services: [ServiceKey: ObservedService],
        markServices: [MarkKey: ObservedService] = [:]
    ) {
        self.services = services
        self.markServices = markServices
    }
}

/// A service that is not ours, as far as people want to know of it.
package struct ForeignService: Codable, Equatable, Sendable {
    /// What tells it apart: `203.0.113.10:443/tcp`, or `mark 7`.
    package var name: String
    /// Its scheduler, as the kernel calls it.
    package var scheduler: String
    /// How many destinations it has.
    package var destinations: Int

    /// A service of these parts.
    package init(name: String, scheduler: String, destinations: Int) {
        self.name = name
        self.scheduler = scheduler
        self.destinations = destinations
    }
}

/// A service as seen, with what moves beside what is configured.
package struct ObservedService: Equatable, Sendable {
    /// The part that can be wanted.
    package var slice: ServiceSlice
    /// Its scheduler, as the kernel calls it, also where `slice` has none that is ours.
    package var scheduler: String
    /// Connections now established through each destination, as this director counts them; a
    /// destination without any is not in it.
    package var activeConnections: [Endpoint: Int]
    /// What was counted since the service was created; the kernel refreshes it every 2 s.
    package var traffic: ServiceTraffic
    /// Packets from clients of all that.
    package var inPackets: UInt64 { traffic.total.inPackets }

    /// A service of these parts.
    package init(
        slice: ServiceSlice,
        scheduler: String = "",
        activeConnections: [Endpoint: Int] = [:],
        inPackets: UInt64 = 0
    ) {
        self.slice = slice
        self.scheduler = scheduler
        self.activeConnections = activeConnections
        traffic = ServiceTraffic(total: TrafficCounters(inPackets: inPackets))
    }
}
