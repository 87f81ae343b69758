import Core
import Net
import TestSupport

// Servers that become slow, and what is promised about those that are set aside.

extension Simulation {
    /// What one pass of a check may take; most are as fast as their peers.
    private static let paces: [Duration] = [
        .milliseconds(1), .milliseconds(1), .milliseconds(2), .milliseconds(90), .milliseconds(400),
    ]

    private static let pool = 0..<12

    /// Servers are compared only where several live.
    mutating func reviveAll() {
        for index in Self.pool { revive(index) }
    }

    /// A server becomes slow, or as fast as the others.
    mutating func changePace() {
        changePace(of: Int.random(in: Self.pool, using: &pace))
    }

    private mutating func changePace(of index: Int) {
        let address = Operator.backend(index).address
        world.latencies[address] = Self.paces.randomElement(using: &pace)
        note("\(address) takes \(world.latencies[address] ?? .zero)")
    }

    /// Every server has a pace of its own, or with `isEven` that of all others.
    mutating func setPaces(isEven: Bool = false) {
        for index in Self.pool {
            guard isEven else {
                changePace(of: index)
                continue
            }
            world.latencies[Operator.backend(index).address] = .milliseconds(1)
        }
    }

    /// The director has told of a change of those that are set aside: looks up who they are.
    mutating func noteAsides() {
        let frame = Director.Frame(
            now: now,
            takenAt: Timestamp(milliseconds: 1_700_000_000_000),
            config: ConfigStatus(
                file: "p.yaml",
                digest: "0",
                loadedAt: Timestamp(milliseconds: 1_700_000_000_000)
            )
        )
        let before = asides
        asides = [:]
        let shown = director.snapshot(frame).vips
        for vip in effective.vips {
            let services = shown.first { $0.address == "\(vip.address)" }?.services ?? []
            for (service, status) in zip(vip.services, services) {
                let key = ServiceKey(vip.address, service.id)
                for (backend, status) in zip(service.backends, status.backends) {
                    guard let why = status.aside?.why else { continue }
                    asides[key, default: [:]][backend.endpoint] = why
                    if why == "slow", before[key]?[backend.endpoint] != why { slowAsides += 1 }
                }
            }
        }
    }

    /// Those that are set aside for their slowness are few, and what is left does without them.
    mutating func checkAsides() {
        guard !asides.isEmpty else { return }
        var known: [ServiceKey: [Endpoint: String]] = [:]
        for vip in effective.vips {
            for service in vip.services where service.damping != nil || service.outliers != nil {
                let key = ServiceKey(vip.address, service.id)
                guard let servers = asides[key] else { continue }
                known[key] = servers
                checkShare(of: servers, service, at: key)
                checkRest(without: servers, service, at: key)
            }
        }
        // What is not configured any more is not told of either.
        asides = known
    }

    private mutating func checkShare(
        of servers: [Endpoint: String],
        _ service: VirtualService,
        at key: ServiceKey
    ) {
        let slow = servers.values.count { $0 == "slow" }
        let ready = service.backends.count { $0.admin == .ready }
        let most = service.outliers.map { max(1, ready * $0.atMost / 100) } ?? 0
        if slow > most { violate("\(slow) of \(ready) servers of \(key) are aside: \(servers)") }
    }

    private mutating func checkRest(
        without servers: [Endpoint: String],
        _ service: VirtualService,
        at key: ServiceKey
    ) {
        let ready = service.backends.filter { $0.admin == .ready }
        let left = ready.filter { backend in
            servers[backend.endpoint] == nil && !isSurelyDown(backend, service)
                && use(of: backend, in: service, at: key) == .asElse
        }
        for threshold in [service.quorum.up, service.minHealthy].compactMap({ $0 }) {
            let amount = { (backends: [Backend]) in
                backends.reduce(0) { $0 + threshold.unit.amount(of: $1.weight) }
            }
            let needed = threshold.least(ofConfigured: amount(ready))
            guard amount(left) < needed else { continue }
            violate("\(amount(left)) of \(needed) are left of \(key) without \(servers)")
        }
    }

    /// Flows are taken from a server that passes its checks, and that nobody wants out of use: it
    /// must have been set aside.
    mutating func checkTaking(_ change: Change) {
        guard case .updateDestination(let key, let endpoint, _, weight: 0) = change,
            !isTampered(.ipvs), !isHolding, let service = effective.vips.service(key),
            let backend = service.backends.first(where: { $0.endpoint == endpoint }),
            backend.admin == .ready, backend.weight > 0, isPassing(backend, service),
            !isUnheard(backend, service), use(of: backend, in: service, at: key) == .asElse,
            (world.services[key]?.destinations[endpoint]?.weight ?? 0) > 0
        else { return }
        if asides[key]?[endpoint] == nil { violate("\(change), which is well") }
    }

    private func isPassing(_ backend: Backend, _ service: VirtualService) -> Bool {
        service.checks.filter { !$0.check.method.isAgent }.allSatisfy { named in
            told[named.check.target(for: backend)]?.isUp == true
        }
    }
}
