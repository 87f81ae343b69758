import Net

// Why something is changed, and how often servers turn: counted, and nothing else.

/// What gives a reason to change something.
package enum ChangeCause: String, Sendable, CaseIterable {
    /// The configuration: at the start, and when another one is put in force.
    case config
    /// What checks, agents and sentinels found.
    case health
    /// Somebody else had changed it.
    case drift
    /// An operator: a drain, or an order about a real server.
    case `operator`
}

/// How often a real server began to pass its checks, and to fail them.
struct BackendTurns: Sendable {
    /// Which of the two it does now.
    private(set) var isUp: Bool?
    private(set) var ups = 0
    private(set) var downs = 0

    mutating func found(isUp: Bool) {
        guard self.isUp != isUp else { return }
        self.isUp = isUp
        if isUp { ups += 1 } else { downs += 1 }
    }
}

extension Director {
    /// Whatever is changed of these addresses from now on is because of `cause`.
    ///
    /// The last of several reasons counts: what was begun for the one before is mostly done.
    mutating func blame(_ cause: ChangeCause, for addresses: some Sequence<IPAddress>) {
        for address in addresses where tracks[address] != nil { tracks[address]?.cause = cause }
    }

    /// An operator asked for this; of a stop and of the drain file, whoever is behind it.
    mutating func blameOperator(for command: Command) {
        switch command {
        case .drain(let order): blameOperator(for: order.scope)
        case .undrain(let scope, _): blameOperator(for: scope)
        case .order(let order): blame(.operator, for: [order.address])
        case .several, .drainFileKnown, .reload: return
        }
    }

    private mutating func blameOperator(for scope: DrainScope) {
        switch scope {
        case .node: blame(.operator, for: Array(tracks.keys))
        case .vip(let address): blame(.operator, for: [address])
        }
    }

    /// A change was carried out.
    mutating func countChange(_ change: Change) {
        let cause = change.address.flatMap { tracks[$0]?.cause } ?? commonCause
        counts.changed(change, because: cause)
    }

    /// What is thought of `target` has turned: so may have what is thought of the real servers
    /// that are probed by it.
    mutating func countTurns(by target: ProbeTarget) {
        let health = health
        for address in health.dependents(on: target) {
            for service in tracks[address]?.vip?.services ?? [] {
                for backend in service.backends(at: target.host) {
                    guard
                        service.checks.contains(where: {
                            service.target(of: $0.check, for: backend) == target
                        }), let isUp = service.health(of: backend, isUp: { health[$0]?.isUp })
                    else { continue }
                    let key = BackendKey(ServiceKey(address, service.id), backend.endpoint)
                    tracks[address]?.turns[key, default: BackendTurns()].found(isUp: isUp)
                }
            }
        }
    }

    /// What the checks of `backend` said last, in the order of the configuration.
    func lastResults(of backend: Backend, in service: VirtualService) -> [CheckResultStatus]? {
        guard backend.admin != .maint else { return nil }
        let found = service.checks.compactMap { named in
            health[service.target(of: named.check, for: backend)]?.last.map {
                CheckResultStatus(check: named.name, code: $0.code.rawValue)
            }
        }
        return found.isEmpty ? nil : found
    }
}

extension Track {
    /// Forgets the numbers of real servers that are not configured any more.
    mutating func forgetTurns() {
        guard let address = turns.keys.first?.service.address else { return }
        let kept = Set(
            (vip?.services ?? []).flatMap { service in
                service.backends.map { BackendKey(ServiceKey(address, service.id), $0.endpoint) }
            }
        )
        turns = turns.filter { kept.contains($0.key) }
    }
}

extension Change {
    /// Where it is counted: `addresses`, `sysctl`, `firewall`, `ipvs` or `bgp`.
    fileprivate var target: String {
        switch self {
        case .bind, .unbind: "addresses"
        case .set: "sysctl"
        case .masquerade, .unmasquerade: "firewall"
        default: plane.rawValue
        }
    }

    /// What it does.
    fileprivate var action: String {
        switch self {
        case .bind: "bind"
        case .unbind: "unbind"
        case .set: "set"
        case .masquerade: "masquerade"
        case .unmasquerade: "unmasquerade"
        case .addService: "add-service"
        case .updateService: "update-service"
        case .removeService: "remove-service"
        case .addDestination: "add-destination"
        case .updateDestination: "update-destination"
        case .moveDestination: "move-destination"
        case .removeDestination: "remove-destination"
        case .addPath: "add-path"
        case .removePath: "remove-path"
        case .announce: "announce"
        case .withdraw: "withdraw"
        case .discard: "discard"
        }
    }
}

extension DirectorCounts {
    /// A change was carried out.
    fileprivate mutating func changed(_ change: Change, because cause: ChangeCause) {
        let (target, action) = (change.target, change.action)
        var entries = changes ?? []
        // There are few of them, and few are looked through faster than hashed.
        changes = nil
        let place = entries.firstIndex {
            $0.action == action && $0.cause == cause.rawValue && $0.target == target
        }
        if let place {
            entries[place].count += 1
        } else {
            entries.append(
                ChangeCount(target: target, action: action, cause: cause.rawValue, count: 1)
            )
        }
        changes = entries
    }
}
