import Net

// Servers that pass their checks and are set aside all the same: judged with every decision, told
// when it begins and ends, and shown.

extension Director {
    /// Judges anew who of the services of `track` is set aside.
    mutating func setAside(_ track: inout Track, at address: IPAddress, _ now: Moment) {
        let services = (track.vip?.services ?? []).filter {
            $0.damping != nil || $0.outliers != nil
        }
        guard !services.isEmpty || !track.asides.isEmpty else { return }
        let health = self.health
        let heldSince = self.heldSince
        let agents = agentSight
        var asides: [ServiceID: AsideRecord] = [:]
        for service in services {
            var record = track.asides[service.id] ?? AsideRecord()
            let before = record.current
            record.review(
                service,
                isUp: { service.health(of: $0) { health.isUp($0, heldSince: heldSince) } },
                isCounted: { backend in
                    // As the quorum counts, and without what is only held.
                    let effect = agents.effect(service, of: backend, at: address)
                    return effect.use == .asElse && !effect.isUnknown
                        && service.health(of: backend) {
                            health.isHeld($0, since: heldSince)
                                ? false : health.isUp($0, heldSince: heldSince)
                        } == true
                },
                latency: { service.latency(of: $0, health.latency) },
                at: now
            )
            note(before, record.current, of: service, at: address, now)
            asides[service.id] = record
        }
        track.asides = asides
    }

    private mutating func note(
        _ before: [Endpoint: Aside],
        _ after: [Endpoint: Aside],
        of service: VirtualService,
        at address: IPAddress,
        _ now: Moment
    ) {
        for (endpoint, aside) in after.sorted(by: { $0.key < $1.key })
        where before[endpoint]?.word != aside.word {
            record(
                .backend,
                level: .warning,
                address: address,
                "\(service.name): \(endpoint) is set aside: \(aside.text(at: now))"
            )
        }
        for endpoint in before.keys.sorted() where after[endpoint] == nil {
            record(
                .backend,
                address: address,
                "\(service.name): \(endpoint) is not set aside any more"
            )
        }
    }

    /// The gates of `damping` and `outliers` of services, which open and close nothing.
    func asideGates(of track: Track, _ now: Moment) -> [GateStatus] {
        (track.vip?.services ?? []).compactMap { service in
            guard service.damping != nil || service.outliers != nil else { return nil }
            let current = track.asides[service.id]?.current ?? [:]
            let first = current.min { $0.key < $1.key }.map { endpoint, aside in
                ", such as \(endpoint): \(aside.text(at: now))"
            }
            return GateStatus(
                name: "aside",
                standing: .none,
                text: "\(service.name): \(current.count) of \(service.backends.count) servers are "
                    + "set aside\(first ?? "")"
            )
        }
    }
}

extension VirtualService {
    /// How long the checks of `backend` take all in all; `nil` where one was not measured.
    func latency(of backend: Backend, _ latency: (ProbeTarget) -> Duration?) -> Duration? {
        var sum = Duration.zero
        for named in checks where named.isEnforced && !named.check.method.isAgent {
            guard let one = latency(target(of: named.check, for: backend)) else { return nil }
            sum += one
        }
        return sum > .zero ? sum : nil
    }
}
