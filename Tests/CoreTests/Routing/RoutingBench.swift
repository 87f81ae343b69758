import Core
import Net
import TestSupport

/// A director of many VIPs, each with one server of its own, before a world that does as it is
/// told; cases make servers, bgpd and other people misbehave.
struct RoutingBench {
    var bench: DirectorBench
    let count: Int

    /// Many VIPs, in a director with these policies.
    init(
        _ count: Int,
        routeChanges: RouteChangePolicy = RouteChangePolicy(jitter: .zero),
        repairs: RepairPolicy = .usual,
        damping: DampingPolicy? = nil,
        holdUp: Duration = .zero,
        chance: Chance? = nil
    ) throws {
        self.count = count
        var intent = Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(asn: 65_001, ownedPrefixes: [try Prefix(parsing: "203.0.112.0/20")]),
            ipvs: IPVSPolicy(),
            drain: DrainPolicy(announce: .none, settle: .zero),
            vips: []
        )
        intent.bgp.routeChanges = routeChanges
        intent.bgp.repairs = repairs
        for index in 0..<count {
            let service = VirtualService(
                name: try Name(parsing: "http"),
                id: ServiceID(.tcp, 80),
                scheduling: Scheduling(),
                checks: [NamedCheck(name: "tcp", Check(method: .tcp, rise: 1, fall: 1))],
                backends: [Backend(Self.server(index), weight: 1)]
            )
            intent.vips.append(
                VIP(
                    name: try Name(parsing: "vip-\(index)"),
                    address: Self.vip(index),
                    holdUp: holdUp,
                    damping: damping,
                    services: [service]
                )
            )
        }
        bench = DirectorBench(intent, chance: chance)
        bench.world.alive = Set((0..<count).map(Self.server))
        bench.world.daemon.tellsDigest = true
    }

    static func vip(_ index: Int) -> IPAddress { IPAddress(v4: 0xcb00_7000 + UInt32(index) + 1) }

    static func prefix(_ index: Int) -> Prefix { Prefix(host: vip(index)) }

    static func server(_ index: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(index) + 1), 80)
    }

    /// Whether the VIP is announced.
    func isOut(_ index: Int) -> Bool { bench.world.networks.contains(Self.prefix(index)) }

    /// How many are announced.
    var outCount: Int { (0..<count).count(where: isOut) }

    mutating func fail(_ index: Int) { bench.world.alive.remove(Self.server(index)) }

    mutating func revive(_ index: Int) { bench.world.alive.insert(Self.server(index)) }

    /// Probes every server and lets the director do what it would within a moment.
    mutating func react() {
        for target in bench.director.targets {
            bench.director.probed(target, bench.world.outcome(of: target), at: bench.now)
        }
        for _ in 0..<4 { bench.turn() }
    }

    /// Lets so much time pass, a bit at a time.
    mutating func live(_ duration: Duration, step: Duration = .milliseconds(50)) {
        let end = bench.now + duration
        while bench.now < end {
            react()
            bench.now = bench.now + step
        }
    }

    /// The announcements handed out since `start`, in order.
    func announced(since start: Int) -> [IPAddress] {
        bench.handedOut[start...].flatMap { assignment -> [IPAddress] in
            guard case .apply(.bgp, let changes) = assignment else { return [] }
            return changes.compactMap { change in
                guard case .announce(let address, _, _) = change else { return nil }
                return address
            }
        }
    }

    /// The row called `name` of a VIP in `explain`, if there is one.
    func gate(_ name: String, _ index: Int) -> GateStatus? {
        bench.snapshot().vips.first { $0.name == "vip-\(index)" }?.gates.first { $0.name == name }
    }

    /// The codes of the warnings.
    var warnings: [String] { bench.snapshot().warnings.map(\.code) }
}
