import Net

// What should be served: weights by health, and the patience owed to what is still announced.

extension Gate {
    /// How `service` stands: live weight against its quorum, with the watermarks' memory.
    func weigh(
        _ service: VirtualService,
        remembering memory: inout GateMemory
    ) -> ServiceStanding {
        let weight = tally(service, in: .weight)
        // A service under an announcement that was found is taken to have been up.
        let wasUp = memory.quorum[service.id] ?? sight.slice.announced
        let threshold = wasUp ? service.quorum.down : service.quorum.up
        let needed = threshold.least(ofConfigured: weight.configured)
        let counted =
            threshold.unit == .weight ? weight : tally(service, in: threshold.unit)
        let state: ServiceStanding.State =
            counted.live >= needed
            ? .up : counted.live + counted.unjudged >= needed ? .undetermined : .down
        switch state {
        case .up: memory.quorum[service.id] = true
        // Until bgpd was seen nobody knows which watermark held before.
        case .down: memory.quorum[service.id] = scene.bgp == .unseen ? nil : false
        case .undetermined: break
        }
        return ServiceStanding(
            name: service.name,
            id: service.id,
            gates: service.gates,
            state: state,
            live: weight.live,
            unjudged: weight.unjudged,
            configured: weight.configured,
            counted: counted,
            needed: needed,
            held: held(of: service, in: threshold.unit),
            panic: panic(of: service),
            isSeen: false
        )
    }

    /// What the ready servers of `service` come to.
    func tally(_ service: VirtualService, in unit: Quorum.Unit) -> ServiceStanding.Tally {
        var tally = ServiceStanding.Tally(unit: unit)
        for backend in service.backends where backend.admin == .ready {
            let amount = unit.amount(of: backend.weight)
            // One that its agent has drained still belongs to what the quorum is a share of: the
            // bar is the operator's.
            tally.configured += amount
            guard admin(of: backend, in: service) == .ready else { continue }
            switch health(of: backend, in: service) {
            case true?: tally.live += amount
            case false?: continue
            case nil: tally.unjudged += amount
            }
        }
        return tally
    }

    /// Whether `backend` passes every check of `service`; `nil` while there is nothing to go by.
    func health(of backend: Backend, in service: VirtualService) -> Bool? {
        let answers = answers.known(of: service.id) {
            service.backends.map { answer(of: $0, in: service) }
        }
        // One that is not among them is only asked about, and has no place to be kept at.
        return service.place(of: backend.endpoint).map { answers[$0] }
            ?? answer(of: backend, in: service)
    }

    private func answer(of backend: Backend, in service: VirtualService) -> Bool? {
        let health = service.health(of: backend, isUp: isUp)
        let effect = effect(on: backend, in: service)
        guard effect.use != .down else { return false }
        return effect.isUnknown && health == true ? nil : health
    }

    /// What `service` should look like in the table now.
    ///
    /// Failing health takes weight away at once. Any other reason to take it away (an operator's
    /// drain, a backend that left the configuration) waits while the VIP is on its way out, or
    /// while the backends meant to replace it have not been judged: what is still announced is
    /// not dismantled.
    func wanted(
        _ service: VirtualService,
        standing: ServiceStanding,
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) -> ServiceSlice {
        let seen = sight.slice.services[service.id]?.destinations ?? [:]
        let isPatient = standing.patience != nil
        let isPanicking = standing.panic != nil
        let isPanicOpen = isPanicOpen(service)
        let shares = shares(of: service, seen: seen, remembering: &memory, timer: &timer)
        // Announced, not judged, and not one destination in the table: somebody emptied it while
        // nobody looked. Unknown is not down, so the configured weights are tried.
        let isBare =
            sight.slice.announced && standing.state == .undetermined && seen.isEmpty
        var staying: [DestinationList.Element] = []
        for backend in service.backends {
            let isTried =
                isBare && admin(of: backend, in: service) == .ready
                && health(of: backend, in: service) == nil
            let weight =
                isTried
                ? shares[backend.endpoint] ?? backend.weight
                : self.weight(
                    of: backend,
                    in: service,
                    share: shares[backend.endpoint] ?? backend.weight,
                    seen: seen[backend.endpoint]?.weight ?? 0,
                    isPatient: isPatient,
                    isPanicking: isPanicking,
                    isPanicOpen: isPanicOpen
                )
            let slice = DestinationSlice(forwarding: service.forwarding, weight: weight)
            staying.append((backend.endpoint, slice))
        }
        // On every director alike, or two of them would disagree about flows.
        let configured = DestinationList(ascending: staying)
        let leaving = seen.filter { configured[$0.key] == nil }
        return ServiceSlice(
            scheduling: service.scheduling,
            destinations: .arranged(
                staying: configured,
                leaving: letGo(leaving, of: service.id, isPatient: isPatient, &memory, &timer),
                from: seen
            )
        )
    }

    /// The ready backends that are up and seen to take flows, in `unit`; where nothing must lean on
    /// a suspicion, without those that are only held to be up.
    func inUse(
        _ service: VirtualService,
        _ seen: DestinationList,
        in unit: Quorum.Unit,
        countingHeld: Bool = true
    ) -> Int {
        service.backends.reduce(0) { sum, backend in
            guard admin(of: backend, in: service) == .ready,
                health(of: backend, in: service) == true,
                let destination = seen[backend.endpoint], destination.weight > 0,
                destination.forwarding == service.forwarding,
                countingHeld || !isHeld(backend, in: service)
            else { return sum }
            return sum + unit.amount(of: backend.weight)
        }
    }

    private func weight(
        of backend: Backend,
        in service: VirtualService,
        share: Int,
        seen: Int,
        isPatient: Bool,
        isPanicking: Bool,
        isPanicOpen: Bool
    ) -> Int {
        switch (admin(of: backend, in: service), health(of: backend, in: service)) {
        // Its own word is no failure that could be ours.
        case (.ready, false?) where effect(on: backend, in: service).use == .down: 0
        case (.ready, false?) where isPanicking: share
        case (.ready, false?) where isPanicOpen: min(seen, share)
        case (_, false?): 0
        case (.ready, true?):
            share == 0 && isPatient ? seen : share
        // A new one gets its weight when its checks pass; one that carries traffic keeps it.
        // With `min-healthy` that is never assumed to be up, and keeps it all the same.
        case (.ready, nil): isPatient || service.minHealthy != nil ? seen : 0
        case (.drain, _), (.maint, _): isPatient ? seen : 0
        }
    }

    /// Lets destinations go that are seen and not configured.
    ///
    /// First weight 0; then, when a later look finds no connection or the deadline has passed,
    /// removal. Nothing is removed on the strength of a single look.
    private func letGo(
        _ leaving: DestinationList,
        of id: ServiceID,
        isPatient: Bool,
        _ memory: inout GateMemory,
        _ timer: inout Timer
    ) -> DestinationList {
        let before = memory.leavingSince[id] ?? [:]
        var since: [Endpoint: Moment] = [:]
        var kept = leaving
        for (endpoint, destination) in leaving where !isPatient {
            let start = before[endpoint] ?? now
            let deadline = start + scene.drain.atMost
            let active = sight.activeConnections[id]?[endpoint] ?? 0
            let isIdle = active == 0 && sight.tableSeenAt.map { $0 > start } ?? false
            guard destination.weight > 0 || !(isIdle || now >= deadline) else {
                kept[endpoint] = nil
                continue
            }
            since[endpoint] = start
            kept[endpoint]?.weight = 0
            // One whose form we never set can only be removed, not adjusted.
            if destination.forwarding == nil { kept[endpoint] = nil }
            timer.set(deadline)
        }
        memory.leavingSince[id] = since.isEmpty ? nil : since
        return kept
    }

    /// Lets services go that are seen at the address and not configured in `vip`.
    func letGo(
        servicesBeyond vip: VIP,
        in wanted: inout Slice,
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) {
        for (id, seen) in sight.slice.services where wanted.services[id] == nil {
            let destinations = letGo(seen.destinations, of: id, isPatient: false, &memory, &timer)
            guard !destinations.isEmpty else { continue }
            wanted.services[id] = ServiceSlice(scheduling: nil, destinations: destinations)
        }
    }

    /// Whether `service` is seen in the table as it should be, with enough weight that lives.
    ///
    /// Under a standing announcement, destinations that are on their way out and still take flows
    /// count too; a new announcement is never made on those.
    func isSeen(
        _ service: VirtualService,
        _ wanted: ServiceSlice,
        needing standing: ServiceStanding
    ) -> Bool {
        guard let seen = sight.slice.services[standing.id], seen.scheduling == wanted.scheduling
        else { return false }
        guard sight.slice.announced else {
            let unit = standing.counted.unit
            return inUse(service, seen.destinations, in: unit, countingHeld: false)
                >= standing.needed
        }
        let configured = configuredWeights(of: service, wanted)
        let amount = wanted.destinations.reduce(0) { sum, entry in
            guard let destination = seen.destinations[entry.key],
                destination.weight > 0, destination.forwarding == entry.value.forwarding,
                !isFailing(entry.key, in: service)
            else { return sum }
            return sum + standing.counted.unit.amount(of: configured[entry.key] ?? 0)
        }
        return amount >= standing.needed
    }

    /// What remains wanted at an address that is ours and no longer configured.
    ///
    /// The route goes first; while it is out or routers may still use it, and until the VIP is
    /// quiet, everything under it stays as it is. Then the services go, and the address when no
    /// service is seen any more.
    func dismantle(remembering memory: inout GateMemory) -> Decision {
        var decision = Decision(wanted: sight.slice, verdict: .withhold(.notConfigured))
        decision.wanted.announcement = nil
        decision.wanted.strays = []
        guard let gone = memory.goneSince, !isRouteOut else { return decision }
        let deadline = gone + scene.drain.atMost
        let isQuiet = quietSince.map { now >= max($0, gone) + scene.drain.quietFor } ?? false
        let lagEnds = lagEnds(memory)
        guard lagEnds == nil, isQuiet || now >= deadline else {
            let ebbed =
                quietSince.map { min(deadline, max($0, gone) + scene.drain.quietFor) } ?? deadline
            decision.revisitAt = max(ebbed, lagEnds ?? ebbed)
            return decision
        }
        decision.wanted.services = [:]
        decision.wanted.masqueraded = sight.slice.masqueraded.filter {
            sight.slice.services[$0] != nil || sight.vanishing.contains($0)
        }
        // The address is what tells that a service is ours, so it outlasts every one of them.
        let isBare = sight.slice.services.isEmpty && sight.vanishing.isEmpty
        decision.wanted.bound = sight.slice.bound && !isBare
        return decision
    }
}
