package import Net

/// An anycast service address: what routers are told about, with what is served there.
package struct VIP: Equatable, Sendable {
    /// Which of its services must be up for the VIP to be announced.
    package enum Condition: String, Equatable, Sendable, CaseIterable {
        /// Every gating service.
        case allServices = "all-services"
        /// At least one gating service.
        case anyService = "any-service"
    }

    /// The name it goes by; unique.
    package var name: Name
    /// The address, unique; announced as a /32 or a /128.
    package var address: IPAddress
    /// Which of its services decide.
    package var condition: Condition
    /// How long it must have been healthy before it is announced, against flapping.
    package var holdUp: Duration
    /// How long it stays announced after it ceased to be healthy; usually zero.
    package var holdDown: Duration
    /// Whether it has to be seen to serve, from here and through IPVS, before it is announced.
    package var hasSelfCheck: Bool
    /// How it is held back when it flaps; `nil` when it is not.
    package var damping: DampingPolicy?
    /// Through which speaker it is announced; one that the configuration has.
    package var speaker: Name
    /// What goes with its route while it is announced normally.
    ///
    /// Everything that the configuration says of all VIPs is among it. Its bandwidth is that of a
    /// VIP whose bandwidth does not follow its capacity.
    package var attributes: RouteAttributes
    /// How the bandwidth of its route follows its capacity; `nil` when it does not.
    package var bandwidth: BandwidthPolicy?
    /// What is served there, sorted by protocol and port; at least one, and one that gates.
    package var services: [VirtualService]

    /// A VIP of these parts.
    package init(
        name: Name,
        address: IPAddress,
        condition: Condition = .allServices,
        holdUp: Duration = .seconds(10),
        holdDown: Duration = .zero,
        hasSelfCheck: Bool = false,
        damping: DampingPolicy? = .usual,
        speaker: Name = Speaker.usualName,
        attributes: RouteAttributes = RouteAttributes(),
        bandwidth: BandwidthPolicy? = nil,
        services: [VirtualService]
    ) {
        self.name = name
        self.address = address
        self.condition = condition
        self.holdUp = holdUp
        self.holdDown = holdDown
        self.hasSelfCheck = hasSelfCheck
        self.damping = damping
        self.speaker = speaker
        self.attributes = attributes
        self.bandwidth = bandwidth
        self.services = services.sorted { $0.id < $1.id }
        for index in self.services.indices { self.services[index].vip = address }
    }

    /// The prefix that announces it.
    package var prefix: Prefix { Prefix(host: address) }
}
