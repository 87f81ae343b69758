import Net

// Orders about real servers: what they change, when they end, and what stops a hand-over.

extension Director {
    /// An operator's order about a real server.
    mutating func take(_ order: BackendOrder, at now: Moment) {
        overrides.take(order, configured: intent.vips)
        record(.backend, address: order.address, "\(order)")
        putInForce(at: order.address, at: now)
    }

    /// Ends orders whose time is over, and hand-overs that are complete or have lost their ground.
    mutating func reviewOverrides(at now: Moment) {
        guard !overrides.isEmpty else { return }
        for scope in overrides.expireDrains(at: now) {
            overridesGeneration += 1
            switch scope {
            case .node: record(.node, "the time of the drain is over")
            case .vip(let address):
                record(.vip, address: address, "the time of the drain is over")
            }
            reviewDrains(at: now)
        }
        for (key, what) in overrides.expire(at: now) {
            record(.backend, address: key.service.address, "\(key): the time of \(what) is over")
            putInForce(at: key.service.address, at: now)
        }
        for handover in overrides.handovers where handover.isRunning {
            let address = handover.service.address
            if let reason = obstacle(to: handover) {
                overrides.stop(handover, because: reason)
                record(
                    .backend,
                    level: .error,
                    address: address,
                    "the hand-over from \(handover.from) to \(handover.to) was stopped: \(reason); "
                        + "both have the weights of before"
                )
            } else if now >= handover.ends {
                overrides.complete(handover, configured: intent.vips)
                record(
                    .backend,
                    address: address,
                    "\(handover.from) is handed over: \(handover.to)"
                )
            } else {
                continue
            }
            putInForce(at: address, at: now)
        }
    }

    /// Why `handover` cannot go on; `nil` when it can.
    ///
    /// Of a server that was not judged yet, after a restart, nothing is said.
    private func obstacle(to handover: Handover) -> String? {
        guard let service = intent.vips.service(handover.service) else {
            return "\(handover.service) left the configuration"
        }
        if let obstacle = service.scheduling.scheduler.obstacleToRamps {
            return "the scheduler is now \(service.scheduling.scheduler.rawValue): \(obstacle)"
        }
        for endpoint in [handover.from, handover.to]
        where !service.backends.contains(where: { $0.endpoint == endpoint }) {
            return "\(endpoint) left the configuration"
        }
        guard let to = service.backends.first(where: { $0.endpoint == handover.to }) else {
            return nil
        }
        let isUp = { (target: ProbeTarget) in health.isUp(target, heldSince: heldSince) }
        guard service.health(of: to, isUp: isUp) == false else { return nil }
        for named in service.checks where named.isEnforced {
            let machine = health[service.target(of: named.check, for: to)]
            guard machine?.isUp == false else { continue }
            return "\(to.endpoint) is down: \(machine?.last.map { "\($0)" } ?? named.name)"
        }
        return nil
    }

    /// Has everything that is ordered about the VIP at `address` take effect.
    private mutating func putInForce(at address: IPAddress, at now: Moment) {
        overridesGeneration += 1
        guard let configured = intent.vips.first(where: { $0.address == address }) else { return }
        let before = tracks[address]?.vip
        let vip = overrides.applied(to: configured)
        tracks[address]?.vip = vip
        dirty.insert(address)
        // Who is to lose connections is looked at soon.
        planes[.ipvs]?.nextLook = now
        // Which targets there are is reckoned over everything, so only when that may have changed.
        if before?.checked != vip.checked { adopt(intent) }
    }

    /// True while connections through a server end that an operator took out of use.
    var isEmptyingServers: Bool {
        overrides.states.contains { key, ruling in
            let sight = tracks[key.service.address]?.sight
            let active = sight?.activeConnections[key.service.id]?[key.endpoint] ?? 0
            return ruling.value != .ready && active > 0
        }
    }

    /// Whether `change` took the last weight from a server that an operator took out of use.
    func isEmptied(by change: Change) -> Bool {
        guard case .updateDestination(let key, let endpoint, _, weight: 0) = change else {
            return false
        }
        return overrides.states[BackendKey(key, endpoint)] != nil
    }

    /// The service that `key` names, as the configuration and the orders have it.
    func effectiveService(_ key: ServiceKey) -> VirtualService? {
        tracks[key.address]?.vip?.services.first { $0.id == key.id }
    }
}

extension VIP {
    /// Which of its real servers are checked.
    fileprivate var checked: [Bool] {
        services.flatMap { $0.backends.map { $0.admin != .maint } }
    }
}

extension BackendOrder: CustomStringConvertible {
    package var description: String {
        switch self {
        case .state(let key, let ruling): "\(key): \(ruling.value.rawValue) \(ruling.mandate)"
        case .weight(let key, let ruling): "\(key): weight \(ruling.value) \(ruling.mandate)"
        case .stateAsConfigured(let key): "\(key): state as configured"
        case .weightAsConfigured(let key): "\(key): weight as configured"
        case .handOver(let handover):
            "\(handover.service): hand-over from \(handover.from) to \(handover.to) within "
                + "\(Int(handover.over.seconds)) s \(handover.mandate)"
        }
    }
}

extension Mandate: CustomStringConvertible {
    package var description: String {
        "by \(by)" + (until.map { " until \($0)" } ?? "") + (reason.isEmpty ? "" : ": \(reason)")
    }
}
