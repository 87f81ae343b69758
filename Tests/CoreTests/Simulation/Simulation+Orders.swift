import Core
import Net

// Orders about real servers: given at random, kept over restarts, and what they must not do.

extension Simulation {
    /// The configuration with everything that is ordered.
    var effective: Intent {
        var intent = intent
        intent.vips = overrides.applied(to: intent.vips)
        return intent
    }

    /// Somebody orders something about a real server, most times one that is configured.
    mutating func orderSomething() {
        let services = intent.vips.flatMap { vip in
            vip.services.map { (ServiceKey(vip.address, $0.id), $0) }
        }
        guard !services.isEmpty else { return }
        let (key, service) = operators.pick(services)
        let endpoints = service.backends.map(\.endpoint)
        let stray = Endpoint(Operator.backend(40).address, key.id.port)
        let backend = BackendKey(key, operators.chance(90) ? operators.pick(endpoints) : stray)
        let order: BackendOrder
        switch Int.random(in: 0..<10, using: &operators.generator) {
        case 0..<5:
            let state = operators.pick(Backend.AdminState.allCases)
            order = .state(backend, Ruling(state, mandate()))
        case 5: order = .stateAsConfigured(backend)
        case 6: order = .weightAsConfigured(backend)
        case 7: order = .weight(backend, Ruling(operators.pick([0, 1, 2, 7]), mandate()))
        default:
            guard let handover = handover(in: key, from: backend.endpoint, among: endpoints) else {
                return
            }
            order = .handOver(handover)
        }
        note("order: \(order)")
        overrides.take(order, configured: intent.vips)
        director.asked(for: .order(order), at: now)
        forgetUnprobed()
    }

    private mutating func handover(
        in key: ServiceKey,
        from: Endpoint,
        among endpoints: [Endpoint]
    ) -> Handover? {
        do throws(Fault) {
            return try director.handover(
                in: key,
                from: from,
                to: operators.pick(endpoints),
                over: .seconds(operators.pick([10, 20])),
                mandate: mandate(),
                at: now
            )
        } catch {
            return nil
        }
    }

    mutating func mandate(isForGood: Bool = false) -> Mandate {
        let civil = Timestamp(milliseconds: 1_700_000_000_000)
        let term = isForGood ? nil : operators.pick([nil, nil, 3, 30])
        return Mandate(
            by: "simulated",
            reason: "",
            since: civil,
            until: term.map { civil + .seconds($0) },
            civilNow: civil,
            now: now
        )
    }

    /// What the director brings about by itself is written down like an order.
    mutating func follow() {
        guard director.overrides.serial == overrides.serial, director.overrides != overrides else {
            return
        }
        overrides = director.overrides
        forgetUnprobed()
    }

    /// A server that is not probed any more is judged anew when it is.
    private mutating func forgetUnprobed() {
        let targets = director.targets
        told = told.filter { targets.contains($0.key) }
        heard = heard.filter { targets.contains($0.key) }
    }

    /// A part of a server's weight is written only for a ramp, and never for the sake of one who
    /// is down.
    mutating func checkRamp(_ change: Change) {
        guard let (key, endpoint, weight) = change.weighing, weight > 0,
            let service = effective.vips.service(key),
            let backend = service.backends.first(where: { $0.endpoint == endpoint }),
            backend.admin == .ready, !isSurelyDown(backend, service)
        else { return }
        let weights = service.backends.map(\.weight)
        let handover = overrides.handover(of: BackendKey(key, endpoint))
        let isRunning = overrides.handovers.contains { $0.service == key && $0.isRunning }
        let full =
            service.slowStart != nil || isRunning || isShared(service)
            ? share(of: backend, in: service, at: key, whole: Ramp.fineness(of: weights))
            : backend.weight
        if weight > full { violate("\(change): more than its \(full)") }
        guard weight < full, service.slowStart == nil else { return }
        // One that was not heard in this run keeps what it had.
        if isShared(service), isUnheard(backend, service) { return }
        guard let handover, handover.isRunning else {
            return violate("\(change): less than its \(full) without a ramp")
        }
        guard handover.from == endpoint,
            let taker = service.backends.first(where: { $0.endpoint == handover.to })
        else { return }
        if isSurelyDown(taker, service) {
            violate("\(change): given up for \(handover.to), which is down")
        }
    }
}

extension Change {
    /// The server that it gives a weight, and which.
    var weighing: (service: ServiceKey, server: Endpoint, weight: Int)? {
        switch self {
        case .addDestination(let key, let endpoint, _, let weight, _),
            .updateDestination(let key, let endpoint, _, let weight):
            (key, endpoint, weight)
        default: nil
        }
    }
}
