package import Core
import Net

/// An IPVS table that is only kept in memory: for trying Penstock where the kernel has no IPVS.
///
/// It forwards nothing, which the daemon says loudly. It refuses what the kernel would refuse, so
/// that a trial behaves like the real thing.
package actor MemoryTable: TablePlane {
    private var services: [ServiceKey: ServiceSlice] = [:]

    /// An empty table.
    package init() {}

    package func observe() async throws(Fault) -> IPVSFacts {
        IPVSFacts(
            services: services.mapValues {
                ObservedService(slice: $0, scheduler: $0.scheduling?.scheduler.rawValue ?? "none")
            }
        )
    }

    package func list() async throws(Fault) -> TableListing {
        TableListing(
            services: services.mapValues {
                ListedService(
                    scheduler: $0.scheduling?.scheduler.rawValue ?? "none",
                    isOnePacket: $0.scheduling?.flags.contains(.onePacket),
                    destinations: $0.destinations
                )
            }
        )
    }

    package func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        changes.map { carryOut($0) }
    }

    package func watch(reporting report: @escaping @Sendable () -> Void) async {}

    private func carryOut(_ change: Change) -> Result<Void, Fault> {
        switch change {
        case .addService(let key, let scheduling):
            services[key, default: ServiceSlice(scheduling: nil)].scheduling = scheduling
        case .updateService(let key, let scheduling):
            guard services[key] != nil else { return missing(change, "the service") }
            services[key]?.scheduling = scheduling
        case .removeService(let key): services[key] = nil
        case .addDestination(let key, let endpoint, let forwarding, let weight, _):
            guard services[key] != nil else { return missing(change, "the service") }
            services[key]?.destinations[endpoint] = DestinationSlice(
                forwarding: forwarding,
                weight: weight
            )
        case .updateDestination(let key, let endpoint, let forwarding, let weight):
            guard services[key]?.destinations[endpoint] != nil else {
                return missing(change, "the destination")
            }
            services[key]?.destinations[endpoint] = DestinationSlice(
                forwarding: forwarding,
                weight: weight
            )
        case .moveDestination(let key, let endpoint, let forwarding, let weight, _):
            guard services[key] != nil else { return missing(change, "the service") }
            services[key]?.destinations.moveToFront(
                endpoint,
                DestinationSlice(forwarding: forwarding, weight: weight)
            )
        case .removeDestination(let key, let endpoint):
            services[key]?.destinations[endpoint] = nil
        case .bind, .unbind, .set, .masquerade, .unmasquerade, .announce, .withdraw, .discard:
            preconditionFailure("a change of another plane reached the table: \(change)")
        }
        return .success(())
    }

    private func missing(_ change: Change, _ what: String) -> Result<Void, Fault> {
        .failure(
            Fault(code: "K312", summary: "\(change) failed", because: "\(what) is not there")
        )
    }
}
