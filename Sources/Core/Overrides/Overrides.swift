package import Net

/// Everything that operators have ordered at run time, over what the configuration says.
///
/// It is a value with one way to change it by orders, so that the copy which is kept on disk and
/// the one that a director acts on come to the same. Orders for real servers that the configuration
/// does not name (any more) are kept and do nothing: a server in maintenance that a reload takes
/// away and the next one brings back is still in maintenance.
package struct Overrides: Equatable, Sendable {
    /// The most that are kept, of all kinds together: more is a script, not an operator.
    ///
    /// What is written to disk for each is under a kilobyte.
    package static let most = 1024

    /// The states that are wanted.
    package private(set) var states: [BackendKey: Ruling<Backend.AdminState>] = [:]
    /// The weights that are wanted, in the units of the configuration.
    package private(set) var weights: [BackendKey: Ruling<Int>] = [:]
    /// The hand-overs, under way or stopped; a real server takes part in one at the most.
    package private(set) var handovers: [Handover] = []
    /// The drains that were asked for by command: of the director, and of VIPs.
    package internal(set) var drains: [DrainScope: DrainWish] = [:]
    /// How many orders have been taken; two copies with the same count took the same orders.
    package internal(set) var serial = 0

    /// No orders.
    package init() {}

    /// What was kept by an earlier run.
    package init(
        states: [BackendKey: Ruling<Backend.AdminState>],
        weights: [BackendKey: Ruling<Int>],
        handovers: [Handover],
        drains: [DrainScope: DrainWish] = [:]
    ) {
        self.states = states
        self.weights = weights
        self.handovers = handovers
        self.drains = drains
    }

    /// How many there are.
    package var count: Int { states.count + weights.count + handovers.count + drains.count }

    /// True when the configuration stands as it is.
    package var isEmpty: Bool { count == 0 }

    /// Every real server that something is ordered about, sorted.
    package var keys: [BackendKey] {
        let parties = handovers.flatMap {
            [BackendKey($0.service, $0.from), BackendKey($0.service, $0.to)]
        }
        return Set(states.keys).union(weights.keys).union(parties).sorted()
    }

    /// The hand-over that the real server takes part in, under way or stopped.
    package func handover(of key: BackendKey) -> Handover? {
        handovers.first { $0.concerns(key) }
    }

    /// The hand-overs under way in `service`.
    package func running(in service: ServiceKey) -> [Handover] {
        handovers.filter { $0.service == service && $0.isRunning }
    }
}

// MARK: - Orders

extension Overrides {
    /// Takes an order; `vips` are those of the configuration.
    package mutating func take(_ order: BackendOrder, configured vips: [VIP]) {
        serial += 1
        switch order {
        case .state(let key, let ruling):
            end(handoverOf: key)
            states[key] = ruling
        case .weight(let key, let ruling): weights[key] = ruling
        case .stateAsConfigured(let key):
            end(handoverOf: key)
            states[key] = nil
        case .weightAsConfigured(let key): weights[key] = nil
        case .handOver(let handover):
            end(handoverOf: BackendKey(handover.service, handover.from))
            end(handoverOf: BackendKey(handover.service, handover.to))
            handovers.append(handover)
        }
        forgetIdle(configured: vips)
    }

    private mutating func end(handoverOf key: BackendKey) {
        handovers.removeAll { $0.concerns(key) }
    }

    /// Forgets every `ready` that says what the configuration says anyway.
    ///
    /// It would do nothing today, and hide a `state: drain` that is written into the file tomorrow.
    /// Where the server has an agent, it stands over what that says.
    package mutating func forgetIdle(configured vips: [VIP]) {
        states = states.filter { key, ruling in
            ruling.value != .ready || vips.backend(key)?.admin != .ready
                || vips.service(key.service)?.agent != nil
        }
    }

    /// Ends what has come to its end by `now`, and answers what that was.
    mutating func expire(at now: Moment) -> [(key: BackendKey, what: String)] {
        let endedStates = states.filter { $0.value.mandate.isOver(at: now) }
        let endedWeights = weights.filter { $0.value.mandate.isOver(at: now) }
        for key in endedStates.keys { states[key] = nil }
        for key in endedWeights.keys { weights[key] = nil }
        return
            (endedStates.map { ($0.key, $0.value.value.rawValue) }
            + endedWeights.map { ($0.key, "weight \($0.value.value)") })
            .sorted { $0.key < $1.key }
    }

    /// Ends the drains that have come to their end by `now`, and answers which those were.
    mutating func expireDrains(at now: Moment) -> [DrainScope] {
        let ended = drains.filter { $0.value.mandate.isOver(at: now) }.keys
        for scope in ended { drains[scope] = nil }
        return Array(ended)
    }

    /// When the next of them ends, a hand-over by being complete.
    var nextEnd: Moment? {
        let rulings =
            states.values.compactMap(\.mandate.expires)
            + weights.values.compactMap(\.mandate.expires)
        let drainEnds = drains.values.compactMap(\.mandate.expires)
        return (rulings + drainEnds + handovers.filter(\.isRunning).map(\.ends)).min()
    }

    /// Gives `handover` up because of `reason`.
    mutating func stop(_ handover: Handover, because reason: String) {
        guard let place = handovers.firstIndex(of: handover) else { return }
        handovers[place].stopped = reason
    }

    /// `handover` is complete: what it did for a time is now the state of its two servers.
    mutating func complete(_ handover: Handover, configured vips: [VIP]) {
        let from = BackendKey(handover.service, handover.from)
        let to = BackendKey(handover.service, handover.to)
        handovers.removeAll { $0 == handover }
        states[from] = Ruling(.drain, handover.mandate.led(by: "handed over to \(handover.to)"))
        states[to] = Ruling(.ready, handover.mandate.led(by: "took over from \(handover.from)"))
        weights[to] = nil
        forgetIdle(configured: vips)
    }
}

// MARK: - Effect

extension Overrides {
    /// `vips` of the configuration with everything that is ordered about them.
    package func applied(to vips: [VIP]) -> [VIP] {
        guard !isEmpty else { return vips }
        let concerned = Set(keys.map(\.service.address))
        return vips.map { concerned.contains($0.address) ? applied(to: $0) : $0 }
    }

    /// `vip` of the configuration with everything that is ordered about it.
    package func applied(to vip: VIP) -> VIP {
        var vip = vip
        for place in vip.services.indices {
            let service = ServiceKey(vip.address, vip.services[place].id)
            let taking = Set(running(in: service).map(\.to))
            for index in vip.services[place].backends.indices {
                let endpoint = vip.services[place].backends[index].endpoint
                let key = BackendKey(service, endpoint)
                guard !taking.contains(endpoint) else {
                    vip.services[place].backends[index].admin = .ready
                    continue
                }
                if let state = states[key] {
                    vip.services[place].backends[index].admin = state.value
                }
                if let weight = weights[key] {
                    vip.services[place].backends[index].weight = weight.value
                }
            }
        }
        return vip
    }
}

/// An order about a real server at run time.
package enum BackendOrder: Equatable, Sendable {
    /// It is to be in this state, whatever the configuration says.
    case state(BackendKey, Ruling<Backend.AdminState>)
    /// It is to have this weight, whatever the configuration says.
    case weight(BackendKey, Ruling<Int>)
    /// Its state is the configuration's business again, and a hand-over ends.
    case stateAsConfigured(BackendKey)
    /// Its weight is the configuration's business again.
    case weightAsConfigured(BackendKey)
    /// One is to give its work to another.
    case handOver(Handover)

    /// The VIP it is about.
    package var address: IPAddress {
        switch self {
        case .state(let key, _), .weight(let key, _), .stateAsConfigured(let key),
            .weightAsConfigured(let key):
            key.service.address
        case .handOver(let handover): handover.service.address
        }
    }
}
