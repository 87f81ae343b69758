package import Core
import IPVS
import Net

/// The kernel's table of services and destinations as a plane.
package struct IPVSPlane: Plane {
    private let client: IPVS.Client

    /// The plane of the network namespace of this process.
    package init() { self.init(.live()) }

    init(_ client: IPVS.Client) { self.client = client }

    package func observe() async throws(Fault) -> IPVSFacts {
        do {
            return IPVSFacts(try await client.table())
        } catch {
            throw Fault(error)
        }
    }

    package func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        let operations = changes.map(\.operations)
        do {
            var outcomes = try await client.apply(operations.flatMap(\.self))[...]
            return zip(changes, operations).map { change, operations in
                let own = outcomes.prefix(operations.count)
                outcomes = outcomes.dropFirst(operations.count)
                // The first that failed says why; those after it only follow from that.
                guard let error = own.compactMap(\.self).first else { return .success(()) }
                return change.isSettled(by: error) ? .success(()) : .failure(Fault(error))
            }
        } catch {
            return changes.map { _ in .failure(Fault(error)) }
        }
    }

    /// IPVS sends no notices (its generic netlink family has no multicast groups).
    package func watch(reporting report: @escaping @Sendable () -> Void) async {}
}

extension IPVSFacts {
    init(_ table: IPVS.Table) {
        self.init(services: [:])
        for entry in table.entries {
            guard let key = ServiceKey(entry.service.service.identity) else {
                markServices += 1
                continue
            }
            var service = Core.ObservedService(
                slice: ServiceSlice(scheduling: Scheduling(entry.service.service)),
                inPackets: entry.service.statistics.total.inPackets
            )
            for seen in entry.destinations {
                let endpoint = seen.destination.endpoint
                service.slice.destinations[endpoint] = DestinationSlice(seen.destination)
                service.activeConnections[endpoint] = Int(seen.connections.active)
            }
            services[key] = service
        }
    }
}

extension ServiceKey {
    /// The key of a service with an address; `nil` for one known by a mark.
    init?(_ identity: IPVS.ServiceIdentity) {
        guard case .address(let address, let transport, let port) = identity else { return nil }
        self.init(address, ServiceID(transport, port))
    }

    var identity: IPVS.ServiceIdentity { .address(address, id.transport, id.port) }
}

extension Scheduling {
    /// How a service schedules; `nil` when it has anything that we never set.
    init?(_ service: IPVS.Service) {
        guard service.persistence == nil, service.engine == nil,
            let scheduler = Scheduler(rawValue: service.scheduler.name)
        else { return nil }
        let names = service.flags.names(scheduler: service.scheduler)
        let flags = names.compactMap(Flag.init(rawValue:))
        guard flags.count == names.count else { return nil }
        self.init(scheduler: scheduler, flags: Set(flags))
    }

    func service(_ key: ServiceKey) -> IPVS.Service {
        let name = scheduler.rawValue
        let scheduler: IPVS.Scheduler
        do {
            scheduler = try IPVS.Scheduler(parsing: name)
        } catch {
            preconditionFailure("the kernel's own names are names: \(error)")
        }
        var all = IPVS.ServiceFlags()
        for flag in flags {
            guard let bit = IPVS.ServiceFlags(name: flag.rawValue, scheduler: scheduler) else {
                preconditionFailure("the configuration holds only flags of its scheduler")
            }
            all.insert(bit)
        }
        return IPVS.Service(key.identity, scheduler: scheduler, flags: all)
    }
}

extension DestinationSlice {
    /// A destination as seen; without a forwarding when it has anything that we never set.
    init(_ destination: IPVS.Destination) {
        let isPlain = destination.upperThreshold == 0 && destination.lowerThreshold == 0
        self.init(
            forwarding: isPlain ? Core.Forwarding(destination.forwarding) : nil,
            weight: destination.weight
        )
    }
}

extension Core.Forwarding {
    /// The method of ours that this is; `nil` for one that we never set.
    init?(_ forwarding: IPVS.Forwarding) {
        switch forwarding {
        case .directRouting: self = .directRouting
        case .masquerade: self = .masquerade
        case .tunnel(.ipip): self = .tunnel
        case .tunnel, .local, .bypass, .unknown: return nil
        }
    }

    var method: IPVS.Forwarding {
        switch self {
        case .directRouting: .directRouting
        case .masquerade: .masquerade
        case .tunnel: .tunnel(.ipip)
        }
    }
}

extension Change {
    /// The operations that carry it out, in their order.
    var operations: [IPVS.Operation] {
        switch self {
        case .addService(let key, let scheduling): [.newService(scheduling.service(key))]
        case .updateService(let key, let scheduling): [.updateService(scheduling.service(key))]
        case .removeService(let key): [.deleteService(key.identity)]
        case .addDestination(let key, let endpoint, let forwarding, let weight, let nominal):
            IPVS.Operation.introduce(
                IPVS.Arrival(
                    IPVS.Destination(endpoint, forwarding: forwarding.method, weight: weight),
                    nominalWeight: nominal
                ),
                to: key.identity
            )
        case .updateDestination(let key, let endpoint, let forwarding, let weight):
            [
                .updateDestination(
                    IPVS.Destination(endpoint, forwarding: forwarding.method, weight: weight),
                    of: key.identity
                )
            ]
        case .removeDestination(let key, let endpoint):
            [.deleteDestination(endpoint, of: key.identity)]
        case .bind, .unbind, .set, .masquerade, .unmasquerade, .announce, .withdraw:
            preconditionFailure("a change of another plane reached the table: \(self)")
        }
    }

    /// Whether `error` only says that what was wanted is so already.
    func isSettled(by error: IPVSError) -> Bool {
        switch (self, error) {
        case (.removeService, .serviceMissing), (.removeDestination, .serviceMissing),
            (.removeDestination, .destinationMissing):
            true
        default: false
        }
    }
}

extension Fault {
    init(_ error: IPVSError) {
        self.init(
            code: error.code,
            summary: error.summary,
            because: error.because,
            fix: error.fix
        )
    }
}
