import Net

// Weights that change in steps: servers that start slowly, and hand-overs.
//
// A ramp changes how much a server gets, never whether it counts: a quorum is reckoned in
// configured weights, and a server on a ramp has at least weight 1. So no ramp begins or ends an
// announcement.

extension Gate {
    /// The weights in the table of the servers of `service`, were all of them ready and up; empty
    /// where those are the configured ones.
    func shares(
        of service: VirtualService,
        seen: DestinationList,
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) -> [Endpoint: Int] {
        let handovers = handovers.filter { $0.service.id == service.id }
        guard isFine(service) else {
            memory.risingSince[service.id] = nil
            return [:]
        }
        let fineness = fineness(of: service)
        let slowStart = service.slowStart.map {
            slowStarts(service, seen, fineness, over: $0, &memory)
        }
        var shares: [Endpoint: Int] = [:]
        for backend in service.backends {
            let full = backend.weight * fineness
            shares[backend.endpoint] = full
            guard let began = slowStart?[backend.endpoint], let over = service.slowStart else {
                continue
            }
            let ramp = Ramp(began: began, over: over)
            shares[backend.endpoint] = ramp.rising(to: full, at: now)
            if let next = ramp.next(after: now) { timer.set(next) }
        }
        for handover in handovers {
            let ramp = Ramp(began: handover.began, over: handover.over)
            if let next = ramp.next(after: now) { timer.set(next) }
            apply(handover, ramp, to: &shares, of: service, fineness)
        }
        apply(agentsOf: service, seen: seen, to: &shares)
        return shares
    }

    private func apply(
        _ handover: Handover,
        _ ramp: Ramp,
        to shares: inout [Endpoint: Int],
        of service: VirtualService,
        _ fineness: Int
    ) {
        for backend in service.backends {
            let full = backend.weight * fineness
            if backend.endpoint == handover.to {
                // A slow start is not put on top of it.
                shares[backend.endpoint] =
                    handover.raises ? ramp.rising(to: full, at: now) : full
            } else if backend.endpoint == handover.from, isTaking(handover, service) {
                shares[backend.endpoint] = ramp.falling(from: full, at: now)
            }
        }
    }

    /// Whether the one who is to take over is up: nothing is taken away for the sake of one who
    /// is not, or of whom nothing is known.
    private func isTaking(_ handover: Handover, _ service: VirtualService) -> Bool {
        service.backends.first { $0.endpoint == handover.to }
            .map { admin(of: $0, in: service) == .ready && health(of: $0, in: service) == true }
            ?? false
    }

    /// Since when each server of `service` that is ready and up has been so, as far as its ramp is
    /// concerned.
    ///
    /// A ramp spares a server only if others take the flows meanwhile, so the first of a service
    /// gets its weight at once. One that is found with a part of its weight after a restart goes
    /// on from there.
    private func slowStarts(
        _ service: VirtualService,
        _ seen: DestinationList,
        _ fineness: Int,
        over: Duration,
        _ memory: inout GateMemory
    ) -> [Endpoint: Moment] {
        // What the table says is not known yet, so nobody can be said to start.
        guard sight.tableSeenAt != nil else { return [:] }
        let before = memory.risingSince[service.id]
        let isServed = inUse(service, seen, in: .servers) > 0
        var since: [Endpoint: Moment] = [:]
        for backend in service.backends {
            guard admin(of: backend, in: service) == .ready,
                health(of: backend, in: service) == true
            else { continue }
            let weight = seen[backend.endpoint]?.weight ?? 0
            let full = backend.weight * fineness
            if let known = before?[backend.endpoint] {
                since[backend.endpoint] = known
            } else if weight == 0, isServed {
                since[backend.endpoint] = now
            } else {
                // A weight that was seen is taken for a step only by a run that has just begun.
                // Nor may it be one where it can be the share that an agent had asked for.
                let isStep = before == nil && weight > 0 && service.agent == nil
                let taken = isStep ? weight : full
                since[backend.endpoint] = Ramp.beginning(of: taken, of: full, over: over, at: now)
            }
        }
        memory.risingSince[service.id] = since
        return since
    }

    /// Whether the weights of `service` are multiplied to make room for steps.
    private func isFine(_ service: VirtualService) -> Bool {
        guard service.scheduling.scheduler.obstacleToRamps == nil else { return false }
        return service.slowStart != nil || service.agent != nil
            || handovers.contains { $0.service.id == service.id }
    }

    /// What the weights of `service` are multiplied by now.
    private func fineness(of service: VirtualService) -> Int {
        isFine(service) ? Ramp.fineness(of: service.backends.map(\.weight)) : 1
    }

    /// The weights of a table that is as `wanted`, in the units of the configuration.
    ///
    /// A server on a ramp counts in full, as it does for the quorum. One that is on its way out
    /// and still takes flows counts with what it has.
    func configuredWeights(
        of service: VirtualService,
        _ wanted: ServiceSlice
    ) -> [Endpoint: Int] {
        let fineness = fineness(of: service)
        var weights: [Endpoint: Int] = [:]
        for (endpoint, destination) in wanted.destinations {
            weights[endpoint] = (destination.weight + fineness - 1) / fineness
        }
        for backend in service.backends {
            guard let weight = weights[backend.endpoint], weight > 0 else { continue }
            // More than its weight is a share that its agent asked for, and counts for no more.
            let isShared = service.agent != nil && backend.weight > 0
            weights[backend.endpoint] = isShared ? backend.weight : max(weight, backend.weight)
        }
        return weights
    }
}
