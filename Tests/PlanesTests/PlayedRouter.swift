import Core
import Link
import Net
import Netlink
import Synchronization

@testable import FRR
@testable import Planes

/// A director's bgpd and zebra, played over a kernel that is played: what the operator configured,
/// what we wrote, and what the peers therefore are sent.
final class PlayedRouter: Sendable {
    struct State {
        var asn = ASN(65_001)
        var hasInstance = true
        /// How each address is announced by a statement, and the maps that there are.
        var networks: [IPAddress: RouteMapName?] = [:]
        var maps: [RouteMapName: [String]] = [:]
        /// What the operator's configuration says of kernel routes.
        var redistribution: String? = "redistribute kernel route-map VIPS"
        var operatorMaps: Set<String> = ["VIPS"]
        var peers: Set<PeerName> = [PeerName(IPAddress(v4: 0x0a00_0001))]
        /// Set while nobody answers.
        var bgpdFault: FRRError?
        var zebraFault: FRRError?
        /// Routes that zebra refused to notice, and others that it prefers.
        var unnoticed: Set<IPAddress> = []
        var preferred: [IPAddress: ZebraRoute] = [:]
        /// What bgpd still sends although nothing says so any more.
        var stale: Set<IPAddress> = []
        /// Whether everything that stands was sent.
        var isSettled = true
        /// For how long peers may not have been told, where bgpd does not show that.
        var lag: Duration?
        /// What single peers are not sent.
        var withheld: [IPAddress: [PeerName: BGPObstacle]] = [:]
        /// The observations handed back to bgpd, in order: whether each was one.
        var previous: [Bool] = []
        /// After each write: whether the peers are sent each address.
        var history: [Set<IPAddress>] = []
        var now = ContinuousClock.now
    }

    private static let version: DaemonVersion = {
        do {
            return try DaemonVersion(parsing: "FRRouting 8.4.4 (played).")
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    let state = Mutex(State())
    let kernel = LinkKernel()

    func with<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value {
        state.withLock { body(&$0) }
    }

    /// The blackhole routes with our number, each with its metrics.
    var routes: [IPAddress: Set<UInt32>] {
        kernel.with { kernel in
            var routes: [IPAddress: Set<UInt32>] = [:]
            for route in kernel.routes where route.isOurs {
                guard let address = IPAddress(bytes: route.destination[...]) else { continue }
                routes[address, default: []].insert(route.metric)
            }
            return routes
        }
    }

    /// The addresses on our link: zebra prefers what they connect.
    var numbered: Set<IPAddress> {
        kernel.with { Set($0.addresses.compactMap { IPAddress(bytes: $0[...]) }) }
    }

    func zebraRoutes(_ address: IPAddress, _ state: State) -> [ZebraRoute] {
        var found = (routes[address] ?? []).sorted().map { ZebraRoute(kernel: $0) }
        if state.unnoticed.contains(address) { found = [] }
        let other =
            state.preferred[address]
            ?? (numbered.contains(address) ? ZebraRoute(connected: "vip0") : nil)
        if let other { return [other] + found }
        return found.enumerated().map { $1.selected($0 == 0) }
    }

    /// The addresses that peers are sent, if there are any.
    func sent(_ state: State) -> Set<IPAddress> { state.peers.isEmpty ? [] : originated(state) }

    /// The addresses that bgpd has a best path of its own for.
    func originated(_ state: State) -> Set<IPAddress> {
        guard state.hasInstance else { return [] }
        var sent = state.stale
        for (address, map) in state.networks {
            if let map, state.maps[map] == nil { continue }
            sent.insert(address)
        }
        if let line = state.redistribution,
            line.hasSuffix("kernel")
                || state.operatorMaps.contains(where: { line.hasSuffix(" \($0)") })
        {
            for address in routes.keys {
                let selected = zebraRoutes(address, state).first(where: \.isSelected)
                if selected?.source == "kernel" { sent.insert(address) }
            }
        }
        return sent
    }

    func record() {
        state.withLock { $0.history.append(sent($0)) }
    }

    private func configuration(_ state: State) -> String {
        var lines = ["frr version 8.4.4", "!"]
        if state.hasInstance {
            lines.append("router bgp \(state.asn)")
            for family in AddressFamily.allCases {
                lines.append(" address-family \(family.words) unicast")
                for (address, map) in state.networks where address.family == family {
                    let suffix = map.map { " route-map \($0)" } ?? ""
                    lines.append("  network \(Prefix(host: address))\(suffix)")
                }
                if let line = state.redistribution { lines.append("  \(line)") }
                lines.append(" exit-address-family")
            }
            lines.append("exit")
        }
        for name in state.operatorMaps { lines += ["route-map \(name) permit 10", "exit"] }
        for body in state.maps.values {
            lines.append(body[0])
            lines += body.dropFirst().dropLast().map { " \($0)" } + ["exit"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension PlayedRouter: RoutingDaemon {
    var openConnection: Int? {
        get async { 1 }
    }

    func ping() async throws(FRRError) {
        if let fault = with({ $0.bgpdFault }) { throw fault }
    }

    func observe(
        owned: [Prefix],
        previous: BGPObservation?
    ) async throws(FRRError) -> BGPObservation {
        try await ping()
        let state = with { state in
            state.previous.append(previous != nil)
            return state
        }
        if let previous { return previous }
        let configuration = try BGPConfiguration(parsing: configuration(state))
        var seen = BGPObservation(
            version: Self.version,
            instance: configuration.main
        )
        seen.routeMaps = configuration.routeMaps
        seen.ownedRouteMaps = configuration.ownedRouteMaps
        seen.unusedRouteMaps = configuration.unusedRouteMaps
        for name in state.peers {
            var peer = BGPNeighbor()
            peer.asn = ASN(65_000)
            peer.state = "Established"
            for family in AddressFamily.allCases { peer.families[family] = .init() }
            seen.peers[name] = peer
        }
        for address in sent(state) { seen.sent[address] = state.peers }
        for family in AddressFamily.allCases {
            seen.settled[family] = state.isSettled ? state.peers : []
        }
        if let lag = state.lag {
            for peer in state.peers { seen.advertisementLag[peer] = lag }
        }
        seen.withheld = state.withheld
        for (address, peers) in state.withheld {
            seen.sent[address]?.subtract(peers.keys)
            for peer in peers.keys { seen.withheldCounts[peer, default: 0] += 1 }
        }
        for address in state.networks.keys where seen.sent[address] == nil {
            seen.obstacles[address] = seen.obstaclesWithoutStatement(to: address, route: nil)
        }
        return seen
    }

    func route(_ prefix: Prefix) async throws(FRRError) -> BGPRoute {
        try await ping()
        let isOwn = state.withLock { originated($0).contains(prefix.address) }
        let path = BGPRoute.Path(isOwn: true, isValid: true, isBest: true, isAccessible: true)
        return BGPRoute(paths: isOwn ? [path] : [], advertisedTo: [])
    }

    func apply(
        _ batch: BGPBatch
    ) async throws(FRRError) -> [BGPBatch.Statement: BGPBatch.Outcome] {
        try await ping()
        let outcomes = with { state in
            var outcomes: [BGPBatch.Statement: BGPBatch.Outcome] = [:]
            for map in batch.maps
            where state.maps[map.name] == nil || batch.remade.contains(map.name) {
                state.maps[map.name] = map.definition.map(\.text)
            }
            for statement in batch.statements {
                outcomes[statement] = .accepted
                switch statement {
                case .withdraw(let address):
                    if state.networks.removeValue(forKey: address) == nil {
                        outcomes[statement] = .alreadyAbsent
                    }
                case .announce(let announcement):
                    state.networks[announcement.address] = .some(announcement.routeMap)
                }
            }
            return outcomes
        }
        record()
        return outcomes
    }

    func discard(
        _ names: [RouteMapName]
    ) async throws(FRRError) -> [RouteMapName: BGPBatch.Outcome] {
        with { state in
            for name in names { state.maps[name] = nil }
            return Dictionary(uniqueKeysWithValues: names.map { ($0, .accepted) })
        }
    }

    func keep(reporting report: @escaping @Sendable (VTYSession.Change) async -> Void) async {
        await report(.connected)
    }
}

/// zebra over the same kernel.
struct PlayedTable: RoutingTable {
    let router: PlayedRouter

    func routes(to prefix: Prefix) async throws(ZebraError) -> [ZebraRoute] {
        let (fault, routes) = router.state.withLock {
            ($0.zebraFault, router.zebraRoutes(prefix.address, $0))
        }
        if let fault { throw ZebraError(fault) }
        return routes
    }

    func kernelRoutes(
        _ family: AddressFamily
    ) async throws(ZebraError) -> [Prefix: [ZebraRoute]] {
        var table: [Prefix: [ZebraRoute]] = [:]
        for address in router.routes.keys where address.family == family {
            let prefix = Prefix(host: address)
            table[prefix] = try await routes(to: prefix).filter { $0.source == "kernel" }
        }
        return table
    }

    func tracking(of address: IPAddress) async throws(ZebraError) -> ZebraTracking {
        let selected = try await routes(to: Prefix(host: address)).first(where: \.isSelected)
        return selected.map { .resolved(source: $0.source) } ?? .unresolved
    }

    func interface(_ name: String) async throws(ZebraError) -> ZebraInterface? {
        if let fault = router.state.withLock({ $0.zebraFault }) { throw ZebraError(fault) }
        return ZebraInterface(
            isUp: router.kernel.with { $0.isUp },
            isOperational: true,
            vrf: "default",
            addresses: router.numbered.map { Prefix(host: $0) }
        )
    }
}

extension ZebraRoute {
    fileprivate init(kernel metric: UInt32) {
        self.init(
            source: "kernel",
            isSelected: false,
            isInstalled: true,
            distance: 0,
            metric: metric,
            table: 254,
            nextHops: ["blackhole"]
        )
    }

    init(connected link: String) {
        self.init(
            source: "connected",
            isSelected: true,
            isInstalled: true,
            distance: 0,
            metric: 0,
            table: 254,
            nextHops: [link]
        )
    }

    fileprivate func selected(_ isSelected: Bool) -> ZebraRoute {
        ZebraRoute(
            source: source,
            isSelected: isSelected,
            isInstalled: isInstalled,
            distance: distance,
            metric: metric,
            table: table,
            nextHops: nextHops
        )
    }
}
