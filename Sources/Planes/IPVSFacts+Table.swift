import Core
import IPVS
import Net

// What the library reads, as the decision knows it.

extension IPVSFacts {
    init(_ table: IPVS.Table) {
        self.init(services: [:])
        for entry in table.entries {
            var service = Core.ObservedService(
                slice: ServiceSlice(
                    scheduling: Scheduling(entry.service.service),
                    destinations: DestinationList(
                        inOrder: entry.destinations.lazy.map {
                            ($0.destination.endpoint, DestinationSlice($0.destination))
                        }
                    )
                ),
                scheduler: entry.service.service.scheduler.name
            )
            service.traffic.total = TrafficCounters(entry.service.statistics.total)
            for seen in entry.destinations {
                let endpoint = seen.destination.endpoint
                if seen.connections.active > 0 {
                    service.activeConnections[endpoint] = Int(seen.connections.active)
                }
                service.traffic[endpoint] = ServiceTraffic.Share(
                    counters: TrafficCounters(seen.statistics.total),
                    inactiveConnections: Int(seen.connections.inactive)
                )
            }
            switch entry.service.service.identity {
            case .address(let address, let transport, let port):
                services[ServiceKey(address, ServiceID(transport, port))] = service
            case .mark(let mark, let family): markServices[MarkKey(mark, family)] = service
            }
        }
    }
}

extension TrafficCounters {
    init(_ total: IPVS.Traffic) {
        self.init(
            connections: total.connections,
            inPackets: total.inPackets,
            inBytes: total.inBytes,
            outPackets: total.outPackets,
            outBytes: total.outBytes
        )
    }
}

extension MarkKey {
    var identity: IPVS.ServiceIdentity { .mark(mark, family) }
}

extension ServiceKey {
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

    func service(_ key: ServiceKey) -> IPVS.Service { service(key.identity) }

    /// The service of `identity` that schedules like this.
    func service(_ identity: IPVS.ServiceIdentity) -> IPVS.Service {
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
        return IPVS.Service(identity, scheduler: scheduler, flags: all)
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

extension TableListing {
    init(_ listing: IPVS.Listing) {
        self.init()
        for listed in listing.services {
            // One told twice is the same one.
            switch listed.identity {
            case .address(let address, let transport, let port):
                let key = ServiceKey(address, ServiceID(transport, port))
                services[key] = services[key] ?? ListedService(listed)
            case .mark(let mark):
                // Only the destinations show which family it is of.
                guard let family = listed.destinations.first?.endpoint.address.family else {
                    continue
                }
                let key = MarkKey(mark, family)
                markServices[key] = markServices[key] ?? ListedService(listed)
            }
        }
    }
}

extension ListedService {
    init(_ listed: IPVS.Listing.Service) {
        self.init(
            scheduler: listed.scheduler,
            isOnePacket: listed.isOnePacket,
            isForeignForm: listed.isPersistent,
            destinations: DestinationList(
                inOrder: listed.destinations.lazy.map {
                    let forwarding = Core.Forwarding($0.method)
                    return (
                        $0.endpoint, DestinationSlice(forwarding: forwarding, weight: $0.weight)
                    )
                }
            )
        )
    }
}

extension Core.Forwarding {
    /// The method of ours that this is; `nil` for one that we never set.
    init?(_ method: IPVS.Listing.Method) {
        switch method {
        case .directRouting: self = .directRouting
        case .masquerade: self = .masquerade
        case .tunnel: self = .tunnel
        case .local, .bypass: return nil
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

extension Fault {
    init(_ error: IPVS.ListingError) {
        self.init(
            code: error.code,
            summary: error.summary,
            because: error.because,
            fix: error.fix
        )
    }
}
