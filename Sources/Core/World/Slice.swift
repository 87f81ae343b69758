import Net

/// The part of the world that belongs to one address: wanted or seen, the type is the same.
///
/// The work of a round is the difference of two slices, over the union of their keys. Counters
/// and connections are kept elsewhere, or every one of them would look like a difference.
package struct Slice: Equatable, Sendable {
    /// Whether the address is on our link.
    package var bound: Bool
    /// The IPVS services at the address.
    package var services: [ServiceID: ServiceSlice]
    /// The services whose packets go on with the director's own address, so that replies return.
    package var masqueraded: Set<ServiceID>
    /// How its speaker is configured to originate the host prefix; `nil` when it is not.
    package var announcement: Announcement?
    /// The other speakers that originate it, in whatever form; none is ever wanted for long.
    package var strays: Set<Name>

    /// Whether any speaker is configured to originate the host prefix.
    package var announced: Bool { announcement != nil || !strays.isEmpty }

    /// A slice of these parts; empty unless said.
    package init(
        bound: Bool = false,
        services: [ServiceID: ServiceSlice] = [:],
        masqueraded: Set<ServiceID> = [],
        announcement: Announcement? = nil,
        strays: Set<Name> = []
    ) {
        self.bound = bound
        self.services = services
        self.masqueraded = masqueraded
        self.announcement = announcement
        self.strays = strays
    }

    /// Nothing bound, nothing served, nothing announced.
    package static let empty = Slice()
}

/// One IPVS service with its destinations.
package struct ServiceSlice: Equatable, Sendable {
    /// How it schedules; `nil` for a service seen with attributes we never set, which therefore
    /// differs from every wanted one.
    package var scheduling: Scheduling?
    /// Where it forwards to, in the kernel's order.
    package var destinations: DestinationList

    /// A service of these parts.
    package init(scheduling: Scheduling?, destinations: DestinationList = [:]) {
        self.scheduling = scheduling
        self.destinations = destinations
    }
}

/// One IPVS destination.
package struct DestinationSlice: Equatable, Sendable {
    /// How packets reach it; `nil` for one seen with attributes we never set.
    package var forwarding: Forwarding?
    /// Its share of new flows, 0...65535; more may be seen where someone else set it.
    package var weight: Int {
        get { Int(share) }
        set { share = Int32(clamping: newValue) }
    }
    // As wide as the kernel's, since there is one for every real server, and more than once.
    private var share: Int32

    /// A destination of these parts.
    package init(forwarding: Forwarding?, weight: Int) {
        self.forwarding = forwarding
        share = Int32(clamping: weight)
    }
}
