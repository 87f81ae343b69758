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
        let script = TableScript(changes)
        do {
            return script.results(of: try await client.apply(script.operations))
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
                slice: ServiceSlice(
                    scheduling: Scheduling(entry.service.service),
                    destinations: DestinationList(
                        inOrder: entry.destinations.lazy.map {
                            ($0.destination.endpoint, DestinationSlice($0.destination))
                        }
                    )
                ),
                inPackets: entry.service.statistics.total.inPackets
            )
            for seen in entry.destinations {
                service.activeConnections[seen.destination.endpoint] = Int(seen.connections.active)
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
