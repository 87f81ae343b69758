import Core
import Net
import TestSupport

/// The world outside of a director, as far as a director can see and change it.
///
/// It is the truth; what the director believes may lag behind or be wrong.
struct SimulatedWorld {
    /// Addresses on our link, ours and others'.
    var addresses: Set<IPAddress> = []
    var isLinkUp = false
    /// The table, ours and others'; what is added to a list of destinations comes first there.
    var services: [ServiceKey: ServiceSlice] = [:]
    /// The ways of probes, and whatever else has a mark in their range.
    var paths: [MarkKey: ServiceSlice] = [:]
    /// Established connections per destination.
    var connections: [ServiceKey: [Endpoint: Int]] = [:]
    /// Packets counted per service.
    var packets: [ServiceKey: UInt64] = [:]
    /// `network` statements of bgpd.
    var networks: Set<Prefix> = []
    /// The forms of those of them that are not plain.
    var forms: [Prefix: Announcement] = [:]
    /// What has reached each peer; it follows `networks` when the wire ticks.
    var wire: [String: [Prefix: Announcement]] = [:]
    /// What has reached any peer.
    var onTheWire: Set<Prefix> { Set(wire.values.flatMap(\.keys)) }
    /// The prefixes that somebody else announces, too; `nil` where bgpd was not asked.
    var otherPaths: Set<Prefix>?
    /// Peers whose session is down, and since when.
    var downSince: [String: Moment] = [:]
    var downPeers: Set<String> { Set(downSince.keys) }
    /// Since when the sessions of others are up again.
    var upSince: [String: Moment] = [:]
    /// How long a router keeps what it was sent after its session is lost; `nil` when it does not.
    var retention: Duration?
    /// What routers have kept without a session, or until they are told that they have everything.
    var stale: [String: Set<Prefix>] = [:]
    /// The time, which sessions that are down are measured by.
    var now = Moment.zero
    /// Peers of whom bgpd does not tell in which form they were sent a route.
    var silentPeers: Set<String> = []
    /// Whether nothing can be reached from the director, its peers in its own rack excepted.
    var isCut = false
    /// Which real servers, and which canaries, answer.
    var alive: Set<Endpoint> = []
    /// How long those that answer take; nothing that could be measured where it is not said.
    var latencies: [IPAddress: Duration] = [:]
    /// Whether the one needed kernel setting is right.
    var isSettingRight = true
    /// Planes that cannot be looked at or changed.
    var broken: Set<PlaneName> = []
    /// bgpd beside its networks.
    var daemon = SimulatedDaemon()

    /// The ranges of every configuration that a test has.
    static let owned = Prefix(IPAddress(v4: 0xcb00_7000), length: 20)
    static let markService = ObservedService(
        slice: ServiceSlice(
            scheduling: nil,
            destinations: [
                Endpoint(IPAddress(v4: 0x0a14_0001), 0): DestinationSlice(
                    forwarding: .directRouting,
                    weight: 1
                ),
                Endpoint(IPAddress(v4: 0x0a14_0002), 0): DestinationSlice(
                    forwarding: .directRouting,
                    weight: 1
                ),
            ]
        ),
        scheduler: "rr"
    )
    /// The mark of a service of somebody else.
    static let mark = MarkKey(7, .v4)
    static let peers = ["192.0.2.1", "192.0.2.2"]
    static let outage = Fault(code: "F104", summary: "simulated outage")
    /// The services whose packets go on with the director's own address.
    var masquerades: Set<ServiceKey> = []

    static let rejection = Fault(code: "K300", summary: "simulated rejection")

    /// Routers have the route, or are about to.
    func isOut(_ address: IPAddress) -> Bool {
        let prefix = Prefix(host: address)
        return networks.contains(prefix) || onTheWire.contains(prefix)
            || stale.contains { peer, prefixes in
                prefixes.contains(prefix) && !isGivenUp(by: peer)
            }
    }

    /// Whether the router has waited for its session, or what comes with it, as long as it does.
    private func isGivenUp(by peer: String) -> Bool {
        guard let since = downSince[peer] ?? upSince[peer] else { return false }
        return now - since >= retention ?? .zero
    }

    /// The session with `peer` ends; what it was sent may stay there for a while.
    mutating func lose(_ peer: String) {
        guard downSince[peer] == nil else { return }
        downSince[peer] = now
        if retention != nil {
            stale[peer, default: []].formUnion(wire[peer]?.keys.map(\.self) ?? [])
        }
        wire[peer] = [:]
    }

    /// The session with `peer` is back; nothing was sent on it yet.
    mutating func regain(_ peer: String) {
        if isGivenUp(by: peer) { stale[peer] = nil }
        downSince[peer] = nil
        upSince[peer] = now
        wire[peer] = [:]
    }

    var linkFacts: LinkFacts {
        LinkFacts(
            addresses: addresses,
            isUp: isLinkUp,
            settings: [
                SettingReading(
                    name: "net.ipv4.vs.sloppy_tcp",
                    actual: isSettingRight ? "1" : "0",
                    accepted: [1],
                    isNeeded: true,
                    reason: "flows re-hashed by ECMP are reset without it"
                )
            ],
            masqueraded: masquerades
        )
    }

    var ipvsFacts: IPVSFacts {
        var facts = IPVSFacts(services: [:], markServices: [Self.mark: Self.markService])
        for (key, slice) in paths { facts.markServices[key] = ObservedService(slice: slice) }
        for (key, slice) in services {
            facts.services[key] = ObservedService(
                slice: slice,
                activeConnections: connections[key] ?? [:],
                inPackets: packets[key] ?? 0
            )
        }
        return facts
    }

    /// A look at the table while others write to it: something that is there is left out, be it a
    /// service or a destination, and nothing says so.
    func lyingFacts(_ generator: inout SeededGenerator) -> IPVSFacts {
        var facts = ipvsFacts
        guard let key = facts.services.keys.sorted().randomElement(using: &generator),
            let endpoints = facts.services[key]?.slice.destinations.keys
        else { return facts }
        if let endpoint = endpoints.randomElement(using: &generator), Bool.random(using: &generator)
        {
            facts.services[key]?.slice.destinations[endpoint] = nil
        } else {
            facts.services[key] = nil
        }
        return facts
    }

    /// The cheap listing, which shows less than a look.
    var listing: TableListing {
        func listed(_ slice: ServiceSlice) -> ListedService {
            ListedService(
                scheduler: slice.scheduling?.scheduler.rawValue ?? "wlc",
                isOnePacket: nil,
                isForeignForm: slice.scheduling == nil,
                destinations: slice.destinations
            )
        }
        return TableListing(
            services: services.mapValues(listed),
            markServices: paths.mapValues(listed)
        )
    }

    var bgpFacts: RoutingFacts {
        var facts = BGPFacts(
            version: "simulated",
            peers: Self.peers.map { peer in
                let state = downPeers.contains(peer) ? "Active" : "Established"
                var found = Peer(id: peer, asn: 65_000, state: state)
                found.retention = retention
                found.stateFor = (downSince[peer] ?? upSince[peer]).map { now - $0 }
                found.awaitsEndOfRIB =
                    downSince[peer] == nil && stale[peer] != nil && !isGivenUp(by: peer)
                return found
            }
        )
        for prefix in networks {
            if prefix.isHost, Self.owned?.contains(prefix) == true {
                facts.announced[prefix] = form(of: prefix)
            } else {
                facts.foreignNetworks += 1
            }
        }
        for (peer, routes) in wire {
            for (prefix, form) in routes {
                facts.sentTo[prefix, default: []].insert(peer)
                if !silentPeers.contains(peer) {
                    facts.sentForms[prefix, default: [:]][peer] = form
                }
            }
        }
        facts.otherPaths = otherPaths
        facts.incarnation = daemon.incarnation
        facts.digest = daemon.digest(networks)
        if !daemon.hasInstance {
            facts.refusal = SimulatedDaemon.noInstance
            facts.peers = []
        }
        return RoutingFacts(facts)
    }

    /// Carries out one change as the kernel or bgpd would; repeating it does no harm.
    mutating func carryOut(_ change: Change) -> Result<Void, Fault> {
        guard !broken.contains(change.plane) else { return .failure(Self.outage) }
        switch change {
        case .bind(let address):
            addresses.insert(address)
            isLinkUp = true
        case .unbind(let address): addresses.remove(address)
        case .set: isSettingRight = true
        case .masquerade(let key): masquerades.insert(key)
        case .unmasquerade(let key): masquerades.remove(key)
        case .addService(let key, let scheduling):
            guard services[key] == nil else { return .failure(Self.rejection) }
            services[key] = ServiceSlice(scheduling: scheduling)
        case .updateService(let key, let scheduling):
            guard services[key] != nil else { return .failure(Self.rejection) }
            services[key]?.scheduling = scheduling
        case .removeService(let key):
            services[key] = nil
            packets[key] = nil
            connections[key] = nil
        case .addDestination(let key, let endpoint, let forwarding, let weight, _):
            guard let service = services[key], service.destinations[endpoint] == nil else {
                return .failure(Self.rejection)
            }
            services[key]?.destinations[endpoint] = DestinationSlice(
                forwarding: forwarding,
                weight: weight
            )
        case .updateDestination(let key, let endpoint, let forwarding, let weight):
            guard services[key]?.destinations[endpoint] != nil else {
                return .failure(Self.rejection)
            }
            services[key]?.destinations[endpoint] = DestinationSlice(
                forwarding: forwarding,
                weight: weight
            )
        case .moveDestination(let key, let endpoint, let forwarding, let weight, _):
            guard services[key] != nil else { return .failure(Self.rejection) }
            // Gone and back in one send: the connections stay.
            services[key]?.destinations.moveToFront(
                endpoint,
                DestinationSlice(forwarding: forwarding, weight: weight)
            )
        case .removeDestination(let key, let endpoint):
            services[key]?.destinations[endpoint] = nil
            connections[key]?[endpoint] = nil
        case .addPath(let key, let path):
            guard paths[key] == nil else { return .failure(Self.rejection) }
            paths[key] = path.slice
        case .removePath(let key): paths[key] = nil
        case .announce(let address, let form, _):
            guard daemon.takesAnnouncements else { return .failure(SimulatedDaemon.gone) }
            networks.insert(Prefix(host: address))
            forms[Prefix(host: address)] = form
        case .withdraw(let address, _):
            networks.remove(Prefix(host: address))
            forms[Prefix(host: address)] = nil
        case .discard: break
        }
        return .success(())
    }

    /// How `prefix` is announced, if it is.
    func form(of prefix: Prefix) -> Announcement { forms[prefix] ?? Announcement() }

    /// Whatever is announced reaches these peers, as far as their sessions are up.
    mutating func tickWire(to peers: [String] = SimulatedWorld.peers) {
        // Without an instance it has no sessions, and nobody is told that he has everything.
        guard daemon.hasInstance else { return }
        for peer in peers {
            let routes = networks.filter { $0.isHost && !downPeers.contains(peer) }
            wire[peer] = Dictionary(uniqueKeysWithValues: routes.map { ($0, form(of: $0)) })
            if downSince[peer] == nil { stale[peer] = nil }
        }
    }

    /// Carries out the first half of a change that has two; `false` when it has not.
    mutating func carryOutHalf(of change: Change) -> Bool {
        guard case .moveDestination(let key, let endpoint, _, _, _) = change else { return false }
        _ = carryOut(.removeDestination(key, endpoint))
        return true
    }

    /// What a probe of `target` finds.
    func outcome(of target: ProbeTarget) -> Outcome {
        guard !isCut else { return Outcome(.l4timeout) }
        return answer(of: target)
    }

    private func answer(of target: ProbeTarget) -> Outcome {
        let answers =
            target.path.map { path in
                paths.values.contains(path.slice)
                    && alive.contains { $0.address == path.server }
            } ?? alive.contains(target.endpoint)
        return answers
            ? Outcome(.l4ok, duration: latencies[target.host] ?? .zero)
            : Outcome(.l4connection, detail: "connection refused")
    }
}
