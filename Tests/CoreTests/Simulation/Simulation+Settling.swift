import Core
import Net

// The phase without faults, after which the world must be as it should.

extension Simulation {
    /// For how many turns of settling some servers are slower than others.
    private static let unevenTurns = 160

    /// Nothing fails any more and nobody interferes: time passes until all is as it should be.
    mutating func settle() {
        faultPercent = 0
        areAgentsSteady = true
        world.broken = []
        world.isSettingRight = true
        world.isCut = false
        world.connections = [:]
        for peer in world.downPeers { world.regain(peer) }
        world.otherPaths = nil
        tellOfFile()
        world.silentPeers = []
        note("faults end")
        let alive = world.alive
        if Bool.random(using: &pace) { reviveAll() }
        for turn in 0..<400 {
            now = now + .milliseconds(250)
            world.now = now
            // Servers are compared too seldom for much to come of it between two restarts.
            if turn < Self.unevenTurns {
                if Int.random(in: 0..<100, using: &pace) < 10 { changePace() }
            } else if turn == Self.unevenTurns {
                world.alive = alive
                setPaces(isEven: true)
            }
            world.tickWire()
            watchRoutes()
            for target in director.targets { tell(target) }
            glance()
            pump()
            // Each turn a plane may end one assignment and be given another.
            for _ in 0..<4 {
                for plane in PlaneName.allCases {
                    while underWay[plane]?.remaining.isEmpty == false { proceed(plane) }
                    proceed(plane)
                }
                pump()
            }
        }
    }

    /// What is not as it should be after settling.
    func disorder() -> [String] {
        var found: [String] = []
        let configured = Set(intent.vips.map(\.address))
        for vip in effective.vips { found += disorder(of: vip) }
        for (key, servers) in asides { found.append("of \(key) are still aside: \(servers)") }
        if overrides.handovers.contains(where: { $0.isRunning && $0.ends <= now }) {
            found.append("a hand-over does not end")
        }
        let ends =
            overrides.states.values.compactMap(\.mandate.expires)
            + overrides.weights.values.compactMap(\.mandate.expires)
        if ends.contains(where: { $0 <= now }) { found.append("an order does not end") }
        if overrides.drains.values.compactMap(\.mandate.expires).contains(where: { $0 <= now }) {
            found.append("a drain does not end")
        }
        for address in world.addresses where address != Operator.foreignVIP {
            if !configured.contains(address) { found.append("\(address) is still bound") }
        }
        for key in world.services.keys where key != Self.foreignService {
            let vip = intent.vips.first { $0.address == key.address }
            if vip == nil, orphans.contains(key.address) { continue }
            if vip?.services.contains(where: { $0.id == key.id }) != true {
                found.append("\(key) is still in the table")
            }
        }
        let masquerades = effective.vips.flatMap { vip in
            vip.services.filter(\.hasSourceNAT).map { ServiceKey(vip.address, $0.id) }
        }
        for key in world.masquerades.symmetricDifference(masquerades) {
            if !configured.contains(key.address), orphans.contains(key.address) { continue }
            found.append(
                "\(key) is \(world.masquerades.contains(key) ? "still" : "not") masqueraded"
            )
        }
        for prefix in world.networks where prefix != Self.foreignNetwork {
            if !configured.contains(prefix.address) { found.append("\(prefix) still announced") }
        }
        return found
    }

    private func disorder(of vip: VIP) -> [String] {
        var found: [String] = []
        if !world.addresses.contains(vip.address) { found.append("\(vip.name) is not bound") }
        var mustBeOut = true
        var mayBeOut = vip.condition == .allServices
        var someUp = false
        for service in vip.services {
            let seen = world.services[ServiceKey(vip.address, service.id)]
            let wanted = ideal(service, at: ServiceKey(vip.address, service.id))
            if seen != wanted {
                found.append("\(vip.name) \(service.id) is \(String(describing: seen))")
            }
            guard service.gates else { continue }
            let live = service.backends.reduce(0) { sum, backend in
                let key = ServiceKey(vip.address, service.id)
                let isLive =
                    backend.admin == .ready && world.alive.contains(backend.endpoint)
                    && use(of: backend, in: service, at: key) == .asElse
                return isLive ? sum + service.quorum.up.unit.amount(of: backend.weight) : sum
            }
            if live < needed(service, whileUp: false) { mustBeOut = false } else { someUp = true }
            let may = live >= needed(service, whileUp: true)
            mayBeOut = vip.condition == .allServices ? mayBeOut && may : mayBeOut || may
        }
        if vip.condition == .anyService { mustBeOut = someUp }
        let isOut = world.networks.contains(vip.prefix)
        if isDrained(vip.address) {
            if isOut { found.append("\(vip.name) is announced although drained") }
            return found
        }
        if isOut, world.form(of: vip.prefix) != normal(vip) {
            found.append("\(vip.name) is announced \(world.form(of: vip.prefix))")
        }
        if mustBeOut, !isOut { found.append("\(vip.name) is not announced") }
        if !mayBeOut, isOut { found.append("\(vip.name) is announced without a quorum") }
        return found
    }

    private func ideal(_ service: VirtualService, at key: ServiceKey) -> ServiceSlice {
        var slice = ServiceSlice(scheduling: service.scheduling)
        let weights = service.backends.map(\.weight)
        let isFine = service.slowStart != nil || isShared(service)
        let fineness = isFine ? Ramp.fineness(of: weights) : 1
        let ready = service.backends.filter { $0.admin == .ready }
        let isPanicking = service.minHealthy.map { threshold in
            let amount = { (backend: Backend) in threshold.unit.amount(of: backend.weight) }
            let live = ready.filter {
                world.alive.contains($0.endpoint) && use(of: $0, in: service, at: key) == .asElse
            }
            return live.reduce(0) { $0 + amount($1) }
                < threshold.least(ofConfigured: ready.reduce(0) { $0 + amount($1) })
        }
        // Added last comes first, so this reads ascending.
        for backend in service.backends.reversed() {
            let isLive =
                backend.admin == .ready && use(of: backend, in: service, at: key) == .asElse
                && (world.alive.contains(backend.endpoint) || isPanicking == true)
            slice.destinations[backend.endpoint] = DestinationSlice(
                forwarding: service.forwarding,
                weight: isLive ? share(of: backend, in: service, at: key, whole: fineness) : 0
            )
        }
        return slice
    }
}
