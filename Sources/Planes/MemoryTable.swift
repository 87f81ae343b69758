package import Core
import Net

/// An IPVS table that is only kept in memory: for trying Penstock where the kernel has no IPVS.
///
/// It forwards nothing, which the daemon says loudly. It refuses what the kernel would refuse, so
/// that a trial behaves like the real thing.
package actor MemoryTable: TablePlane {
    private var services: [ServiceKey: ServiceSlice] = [:]
    private var paths: [MarkKey: ServiceSlice] = [:]

    /// An empty table.
    package init() {}

    package func observe() async throws(Fault) -> IPVSFacts {
        IPVSFacts(
            services: services.mapValues(Self.observed),
            markServices: paths.mapValues(Self.observed)
        )
    }

    package func list() async throws(Fault) -> TableListing {
        TableListing(
            services: services.mapValues(Self.listed),
            markServices: paths.mapValues(Self.listed)
        )
    }

    private static func observed(_ slice: ServiceSlice) -> ObservedService {
        ObservedService(slice: slice, scheduler: slice.scheduling?.scheduler.rawValue ?? "none")
    }

    private static func listed(_ slice: ServiceSlice) -> ListedService {
        ListedService(
            scheduler: slice.scheduling?.scheduler.rawValue ?? "none",
            isOnePacket: slice.scheduling?.flags.contains(.onePacket),
            destinations: slice.destinations
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
        case .addPath(let key, let path):
            guard paths[key] == nil else {
                let because = "there is such a service already"
                return .failure(
                    Fault(code: "K304", summary: "\(change) failed", because: because)
                )
            }
            paths[key] = path.slice
        case .removePath(let key): paths[key] = nil
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
