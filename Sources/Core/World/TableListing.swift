import Net

/// What a glance at the table shows: a reason to look at it, and never one to change it.
///
/// It is cheap, says less than a look, and may leave services out or tell them twice.
package struct TableListing: Equatable, Sendable {
    /// Every service that has an address.
    package var services: [ServiceKey: ListedService]
    /// Every service with a firewall mark that has a destination; of others the family is unknown.
    package var markServices: [MarkKey: ListedService]

    /// A listing of these services.
    package init(
        services: [ServiceKey: ListedService] = [:],
        markServices: [MarkKey: ListedService] = [:]
    ) {
        self.services = services
        self.markServices = markServices
    }
}

/// A service as listed.
package struct ListedService: Equatable, Sendable {
    /// Its scheduler's name; `none` when it has none.
    package var scheduler: String
    /// Whether each packet is scheduled by itself; `nil` where that is not listed.
    package var isOnePacket: Bool?
    /// Whether it has anything else that we never set.
    package var isForeignForm: Bool
    /// Its destinations in the kernel's order.
    ///
    /// Forwarding is `nil` for a method we never set; what else one may have is not listed.
    package var destinations: DestinationList

    /// A service of these parts.
    package init(
        scheduler: String,
        isOnePacket: Bool? = false,
        isForeignForm: Bool = false,
        destinations: DestinationList = [:]
    ) {
        self.scheduler = scheduler
        self.isOnePacket = isOnePacket
        self.isForeignForm = isForeignForm
        self.destinations = destinations
    }

    /// Whether a service that looks like this may well be `slice`.
    package func matches(_ slice: ServiceSlice) -> Bool {
        // One whose scheduling we never set is on its way to another, whatever this shows.
        if let scheduling = slice.scheduling {
            guard scheduler == scheduling.scheduler.rawValue, !isForeignForm,
                isOnePacket.map({ $0 == scheduling.flags.contains(.onePacket) }) ?? true
            else { return false }
        }
        if destinations == slice.destinations { return true }
        guard destinations.count == slice.destinations.count else { return false }
        return zip(destinations, slice.destinations).allSatisfy { listed, believed in
            listed.key == believed.key && listed.value.weight == believed.value.weight
                && (believed.value.forwarding == nil
                    || listed.value.forwarding == believed.value.forwarding)
        }
    }
}

extension ListedService: Hashable {
    package func hash(into hasher: inout Hasher) {
        hasher.combine(scheduler)
        hasher.combine(isOnePacket)
        hasher.combine(isForeignForm)
        for (endpoint, destination) in destinations {
            hasher.combine(endpoint)
            hasher.combine(destination.weight)
            hasher.combine(destination.forwarding)
        }
    }
}

/// The plane of the table, which can also be glanced at.
package protocol TablePlane: Plane where Facts == IPVSFacts {
    /// Reads the cheap listing of the whole table.
    ///
    /// - Throws: why there is none; nothing follows from that about the table itself.
    func list() async throws(Fault) -> TableListing
}
