import Core
import FRR
import Net

/// The way of one VIP from the kernel through zebra and bgpd to each peer, and what blocks it.
struct KernelRouteView {
    let sight: KernelRouteSight
    let address: IPAddress
    /// zebra's routes to it; `nil` when it was not asked.
    var zebra: Result<[ZebraRoute], ZebraError>?
    /// What bgpd's table has for it; `nil` when it was not looked up.
    var route: BGPRoute?

    private var prefix: Prefix { Prefix(host: address) }
    private var metrics: Set<UInt32> { sight.routes[address] ?? [] }
    private var redistribution: BGPRedistribution? {
        sight.seen.instance?.kernelRoutes[address.family]
    }

    /// The first thing that blocks it, on its way from the kernel; `nil` when nothing is known to.
    var fault: Fault? {
        if let obstacle {
            return Fault(
                code: obstacle.code,
                summary: "\(prefix): \(obstacle)",
                fix: obstacle.fix
            )
        }
        let others = sight.seen.obstaclesWithoutStatement(to: address, route: route)
        return others.first.map { Fault($0, to: prefix) }
    }

    /// What blocks it that has to do with its being a kernel route.
    var obstacle: KernelRouteObstacle? {
        guard let metric = metrics.min() else { return .stale }
        if case .success(let routes)? = zebra {
            guard routes.contains(where: { $0.isOurs(sight.policy) }) else {
                return .unknownToZebra
            }
            if let selected = routes.first(where: \.isSelected), !selected.isOurs(sight.policy) {
                return .outranked(by: selected)
            }
        }
        guard let redistribution else { return .notRedistributed(address.family) }
        if let name = redistribution.routeMap, !sight.seen.routeMaps.contains(name) {
            return .routeMapMissing(name)
        }
        guard let route, route.own == nil else { return nil }
        return .notOriginated(routeMap: redistribution.routeMap, metric: metric)
    }

    /// What each place says, in the order of the way.
    var evidence: [PathEvidence] {
        let form = sight.announced[prefix]
        return [kernel, zebraSays, bgpd]
            + PathEvidence.peers(
                of: address,
                as: form,
                in: sight.seen,
                route: route
            )
    }

    private var kernel: PathEvidence {
        let list = metrics.sorted().map { "\($0)" }.joined(separator: " and ")
        let number = sight.policy.routeProtocol
        var text =
            metrics.isEmpty
            ? "no route with protocol \(number)" : "blackhole, protocol \(number), metric \(list)"
        if sight.numbered.contains(address) { text += "; it is an address of our link" }
        return PathEvidence(
            place: "kernel route",
            isGood: sight.level(of: address) != nil && !sight.numbered.contains(address),
            text: text
        )
    }

    private var zebraSays: PathEvidence {
        switch zebra {
        case nil: return PathEvidence(place: "zebra", isGood: nil, text: "was not asked")
        case .failure(let error): return PathEvidence(place: "zebra", isGood: nil, text: "\(error)")
        case .success(let routes):
            guard let selected = routes.first(where: \.isSelected) else {
                return PathEvidence(place: "zebra", isGood: false, text: "has no route to it")
            }
            return PathEvidence(
                place: "zebra",
                isGood: selected.isOurs(sight.policy),
                text: "has selected \(selected)"
            )
        }
    }

    private var bgpd: PathEvidence {
        guard let redistribution else {
            return PathEvidence(
                place: "bgpd",
                isGood: false,
                text: "no redistribute kernel in \(address.family.words) unicast"
            )
        }
        let map = redistribution.routeMap.map { " route-map \($0)" } ?? ""
        let table =
            switch route?.own {
            case let own? where own.isBest: "; its route is the best"
            case .some: "; its route is not the best"
            case nil: route == nil ? "" : "; no route from it"
            }
        return PathEvidence(
            place: "bgpd",
            isGood: route.map { $0.own?.isBest == true },
            text: "redistribute kernel\(map)\(table)"
        )
    }
}

extension ZebraRoute {
    /// What zebra takes for the metric of a kernel route; the eight bits above it are the distance
    /// (`netlink_route_read_unicast_ctx` in zebra/rt_netlink.c).
    static let metricBits: UInt32 = 0x00ff_ffff

    /// Whether it can be one that we added: zebra does not tell a route's protocol number.
    func isOurs(_ policy: KernelRoutePolicy) -> Bool {
        source == "kernel"
            && [policy.metric, policy.softMetric].contains { $0 & Self.metricBits == metric }
    }
}
