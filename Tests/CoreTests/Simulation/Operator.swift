import Core
import Net
import TestSupport

/// Makes configurations and edits them at random, always into valid ones.
struct Operator {
    var generator: SeededGenerator

    static let owned = Prefix(IPAddress(v4: 0xcb00_7100), length: 24)
    /// The VIP whose services have their packets rewritten.
    static let masqueraded = 2
    static let foreignVIP = IPAddress(v4: 0x0a09_0909)

    /// What asks the servers of some services how they want to be used.
    static let agent = Check(method: .agent(sent: []), port: 9999, rise: 1, fall: 1)

    /// Hardly any patience with servers that come and go, and none for long.
    static let damping = DampingPolicy(
        halfLife: .seconds(10),
        suppress: 1500,
        reuse: 1000,
        longest: .seconds(20)
    )

    /// One server in four may be aside for being slow, and for a short time.
    static let outliers = OutlierPolicy(atMost: 25, rest: .seconds(3))

    static func vip(_ index: Int) -> IPAddress { IPAddress(v4: 0xcb00_7100 + UInt32(index) + 1) }

    static func backend(_ index: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(index) + 1), 80)
    }

    mutating func pick<T>(_ from: [T]) -> T {
        guard let chosen = from.randomElement(using: &generator) else {
            preconditionFailure("nothing to pick from")
        }
        return chosen
    }

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &generator) < percent
    }

    mutating func intent() -> Intent {
        var intent = Intent(
            node: Node(name: "simulated"),
            bgp: BGPPolicy(asn: 65_001, ownedPrefixes: [Self.owned].compactMap { $0 }),
            ipvs: IPVSPolicy(
                reconcileEvery: .seconds(2),
                auditEvery: pick([nil, .milliseconds(500)]),
                settings: pick([.verify, .apply])
            ),
            drain: DrainPolicy(
                announce: pick([.gracefulShutdown, .prepend(3), .none]),
                settle: .seconds(2),
                softenAtMost: .seconds(4),
                quietFor: .seconds(3),
                atMost: .seconds(20)
            ),
            brake: pick([
                nil, nil, policy(.keep), policy(.soften), policy(.withdraw),
            ]),
            canaries: pick([[], [Self.canary].compactMap { $0 }]),
            vips: []
        )
        for index in 0..<3 where chance(70) { intent.vips.append(vip(index)) }
        return intent
    }

    private func policy(_ action: BrakePolicy.Action) -> BrakePolicy {
        BrakePolicy(action: action, targets: 2, within: .seconds(2), atMost: .seconds(5))
    }

    /// What answers whatever becomes of the servers.
    static let canary: Canary? = (try? Name(parsing: "gateway")).map { name in
        let check = Check(method: .icmp(size: 56), timeout: .milliseconds(500))
        return Canary(name: name, target: ProbeTarget(endpoint: backend(200), check: check))
    }

    mutating func vip(_ index: Int) -> VIP {
        guard let name = try? Name(parsing: "vip-\(index)") else {
            preconditionFailure("a name of our own making is valid")
        }
        var services = [service(80, gates: true)]
        if chance(40) { services.append(service(443, gates: chance(60))) }
        for place in services.indices where index == Self.masqueraded {
            services[place].forwarding = .masquerade
            // Now and then another of the same name comes without.
            services[place].hasSourceNAT = services[place].backends.count != 1
        }
        return VIP(
            name: name,
            address: Self.vip(index),
            condition: pick(VIP.Condition.allCases),
            holdUp: pick([.zero, .seconds(2), .seconds(10)]),
            holdDown: pick([.zero, .zero, .seconds(2)]),
            attributes: RouteAttributes(med: pick([nil, nil, 10])),
            services: services
        )
    }

    mutating func service(_ port: UInt16, gates: Bool) -> VirtualService {
        guard let name = try? Name(parsing: "s\(port)") else {
            preconditionFailure("a name of our own making is valid")
        }
        let count = Int.random(in: 1...4, using: &generator)
        let first = Int.random(in: 0..<6, using: &generator)
        let quorum = pick([
            Quorum(),
            Quorum(up: .percent(50), down: .percent(30)),
            Quorum(up: .percent(100), down: .percent(50)),
            Quorum(up: .servers(2), down: .servers(1)),
        ])
        let scheduler = pick([Scheduling.Scheduler.mh, .rr, .wrr])
        return VirtualService(
            name: name,
            id: ServiceID(.tcp, Port(port)),
            scheduling: scheduler == .mh
                ? Scheduling() : Scheduling(scheduler: scheduler, flags: []),
            quorum: quorum,
            minHealthy: pick([nil, nil, nil, .percent(60), .servers(1), .weight(2)]),
            gates: gates,
            slowStart: scheduler == .wrr ? pick([nil, .seconds(4)]) : nil,
            damping: pick([nil, Self.damping]),
            outliers: count < OutlierPolicy.fewestMeasured ? nil : Self.outliers,
            checks: [NamedCheck(name: "tcp", Check(method: .tcp))]
                + (count.isMultiple(of: 2) ? [NamedCheck(name: "agent", Self.agent)] : []),
            backends: (first..<(first + count)).map { index in
                Backend(
                    Endpoint(Self.backend(index).address, Port(port)),
                    weight: pick([1, 1, 2, 5]),
                    admin: pick([.ready, .ready, .ready, .ready, .ready, .drain, .maint])
                )
            }
        )
    }

    /// One edit of the kind an operator makes between two reloads.
    mutating func edit(_ intent: Intent) -> Intent {
        var edited = intent
        let index = Int.random(in: 0..<3, using: &generator)
        let address = Self.vip(index)
        guard let place = edited.vips.firstIndex(where: { $0.address == address }) else {
            edited.vips.append(vip(index))
            return edited
        }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: edited.vips.remove(at: place)
        case 1: edited.vips[place] = vip(index)
        default:
            let which = Int.random(in: edited.vips[place].services.indices, using: &generator)
            editService(&edited.vips[place].services[which])
        }
        return edited
    }

    private mutating func editService(_ service: inout VirtualService) {
        let place = Int.random(in: service.backends.indices, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: service.backends[place].admin = pick(Backend.AdminState.allCases)
        case 1: service.backends[place].weight = pick([0, 1, 3])
        case 2 where service.backends.count > 1: service.backends.remove(at: place)
        default:
            let fresh = self.service(service.id.port.number, gates: service.gates)
            service.backends = fresh.backends
        }
        // The sorted order is part of what makes a configuration valid.
        service.backends.sort { $0.endpoint < $1.endpoint }
    }
}
