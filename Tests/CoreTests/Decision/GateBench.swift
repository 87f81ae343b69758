import Core
import Net
import TestSupport

/// A VIP with one service and two real servers, and everything in order; cases change one thing.
struct GateBench {
    var vip: VIP?
    var sight = Sight()
    var scene = Scene()
    var memory = GateMemory()
    var up: [Endpoint: Bool] = [:]
    var agents: [Endpoint: AgentEffect] = [:]
    var quietSince: Moment?
    var handovers: [Handover] = []
    var vipDrain: DrainWish?
    var now = Moment(nanoseconds: 1_000_000_000_000)

    static let address = IPAddress(v4: 0xcb00_710a)
    static let id = ServiceID(.tcp, 443)
    static let first = Endpoint(IPAddress(v4: 0x0a14_000b), 443)
    static let second = Endpoint(IPAddress(v4: 0x0a14_000c), 443)

    /// Healthy, seen ready, announced and sent to a peer.
    init(announced: Bool = true) throws {
        vip = VIP(
            name: try Name(parsing: "web"),
            address: Self.address,
            holdUp: .seconds(10),
            services: [
                VirtualService(
                    name: try Name(parsing: "https"),
                    id: Self.id,
                    checks: [NamedCheck(name: "tcp", Check(method: .tcp))],
                    backends: [Backend(Self.first), Backend(Self.second)]
                )
            ]
        )
        scene.link = .seen
        scene.ipvs = .seen
        scene.bgp = .seen
        up = [Self.first: true, Self.second: true]
        sight.slice = Slice(
            bound: true,
            services: [Self.id: Self.table(1, 1)],
            announced: announced
        )
        sight.isRouteConfirmed = true
        sight.sentTo = announced ? ["192.0.2.1"] : []
        scene.establishedPeers = ["192.0.2.1"]
        sight.tableSeenAt = now
        memory.healthySince = now + .seconds(-60)
    }

    static func table(_ first: Int, _ second: Int) -> ServiceSlice {
        ServiceSlice(
            scheduling: Scheduling(),
            destinations: [
                self.first: DestinationSlice(forwarding: .directRouting, weight: first),
                self.second: DestinationSlice(forwarding: .directRouting, weight: second),
            ]
        )
    }

    mutating func decide() -> Decision {
        let up = up
        let agents = agents
        let gate = Gate(
            vip: vip,
            sight: sight,
            scene: scene,
            handovers: handovers,
            vipDrain: vipDrain,
            quietSince: quietSince,
            now: now,
            isUp: { up[$0.endpoint] },
            agent: { agents[$1.endpoint] ?? .none }
        )
        return gate.decide(remembering: &memory)
    }

    /// The weights wanted now, first and second.
    mutating func weights() -> [Int?] {
        let wanted = decide().wanted.services[Self.id]?.destinations
        return [wanted?[Self.first]?.weight, wanted?[Self.second]?.weight]
    }
}
