package import Net

extension Slice {
    /// The next steps from this slice, which was seen at `address`, to `wanted`.
    ///
    /// `speaker` is the one that the address is announced by. `nominal` gives the weight that a
    /// new destination would have if it were healthy, which is what Maglev gives it a place by;
    /// under other schedulers it comes as it is wanted. `earlier` says what came of trying before.
    /// Applying every step to this slice gives `wanted`, but for the order of destinations: that
    /// is put right by the steps after these. A slice differs from itself by nothing.
    package func changes(
        to wanted: Slice,
        at address: IPAddress,
        by speaker: Name,
        nominal: (ServiceID, Endpoint) -> Int,
        earlier: (Change.Subject) -> Change.Attempt = { _ in .none }
    ) -> [Change] {
        var changes: [Change] = []
        if bound != wanted.bound {
            changes.append(wanted.bound ? .bind(address) : .unbind(address))
        }
        for id in Set(services.keys).union(wanted.services.keys).sorted() {
            let key = ServiceKey(address, id)
            switch (services[id], wanted.services[id]) {
            case (nil, nil): continue
            case (_?, nil): changes.append(.removeService(key))
            case (let seen, let wanted?):
                changes += (seen ?? ServiceSlice(scheduling: nil)).changes(
                    to: wanted,
                    of: key,
                    isNew: seen == nil,
                    nominal: { nominal(id, $0) },
                    earlier: { earlier(Change.Subject(plane: .ipvs, service: id, endpoint: $0)) }
                )
            }
        }
        changes += masqueradeChanges(to: wanted, at: address)
        changes += strays.subtracting(wanted.strays).sorted().map { .withdraw(address, by: $0) }
        switch wanted.announcement {
        case announcement: break
        case let form?: changes.append(.announce(address, form, by: speaker))
        case nil: changes.append(.withdraw(address, by: speaker))
        }
        return changes.filter { earlier($0.subject) != .held }
    }

    /// Records that `change` was acknowledged; `speaker` is the one that the address is announced
    /// by.
    package mutating func apply(_ change: Change, by speaker: Name) {
        switch change {
        case .bind: bound = true
        case .unbind: bound = false
        case .set: break
        case .masquerade(let key): masqueraded.insert(key.id)
        case .unmasquerade(let key): masqueraded.remove(key.id)
        case .addService(let key, let scheduling):
            services[key.id] = ServiceSlice(scheduling: scheduling)
        case .updateService(let key, let scheduling):
            services[key.id]?.scheduling = scheduling
        case .removeService(let key): services[key.id] = nil
        case .addDestination(let key, let endpoint, let forwarding, let weight, _),
            .updateDestination(let key, let endpoint, let forwarding, let weight):
            services[key.id]?.destinations[endpoint] = DestinationSlice(
                forwarding: forwarding,
                weight: weight
            )
        case .moveDestination(let key, let endpoint, let forwarding, let weight, _):
            services[key.id]?.destinations.moveToFront(
                endpoint,
                DestinationSlice(forwarding: forwarding, weight: weight)
            )
        case .removeDestination(let key, let endpoint):
            services[key.id]?.destinations[endpoint] = nil
        case .announce(_, let form, speaker): announcement = form
        case .announce(_, _, let other): strays.insert(other)
        case .withdraw(_, speaker): announcement = nil
        case .withdraw(_, let other): strays.remove(other)
        case .discard, .addPath, .removePath: break
        }
    }
}

extension Change {
    /// What came of trying the same before.
    package enum Attempt: Sendable {
        /// It was not tried, or it worked.
        case none
        /// It failed, and is due again.
        case failed
        /// It failed, and is not due yet.
        case held
    }
}

extension ServiceSlice {
    /// The steps to `wanted`; those that only put the order right come when all else is done.
    ///
    /// Whatever is moved may be lost on the way, so nothing else may count on it in the same
    /// batch: not the end of a server that it replaces, and not its own change of weight.
    fileprivate func changes(
        to wanted: ServiceSlice,
        of key: ServiceKey,
        isNew: Bool,
        nominal: (Endpoint) -> Int,
        earlier: (Endpoint) -> Change.Attempt
    ) -> [Change] {
        // Only Maglev keeps a place for what has weight 0, by the weight that it had before.
        let isPlaced = wanted.scheduling?.scheduler == .mh
        var changes: [Change] = []
        if destinations != wanted.destinations {
            changes = destinations.changes(
                to: wanted.destinations,
                of: key,
                nominal: { isPlaced ? nominal($0) : nil },
                earlier: earlier
            )
        }
        // A wanted service always says how it schedules; only a seen one may not.
        if let scheduling = wanted.scheduling, scheduling != self.scheduling {
            if isNew { return [.addService(key, scheduling)] + changes }
            // A table that is built from all destinations is built when all of them are there.
            let update = Change.updateService(key, scheduling)
            return scheduling.scheduler == .mh ? changes + [update] : [update] + changes
        }
        guard !isNew, changes.isEmpty, destinations != wanted.destinations else { return changes }
        return destinations.moves(
            to: wanted.destinations,
            of: key,
            nominal: { isPlaced ? nominal($0) : nil },
            earlier: earlier
        )
    }
}

extension DestinationList {
    /// The steps to the same destinations, each in the same form, in whatever order.
    fileprivate func changes(
        to wanted: DestinationList,
        of key: ServiceKey,
        nominal: (Endpoint) -> Int?,
        earlier: (Endpoint) -> Change.Attempt
    ) -> [Change] {
        var changes: [Change] = []
        for (endpoint, seen) in self where earlier(endpoint) != .held {
            guard let goal = wanted[endpoint] else {
                changes.append(.removeDestination(key, endpoint))
                continue
            }
            // A destination kept in a form we never set is left as it is.
            guard goal != seen, let forwarding = goal.forwarding else { continue }
            changes.append(.updateDestination(key, endpoint, forwarding, weight: goal.weight))
        }
        // Each comes to the front of those before it, so the last of the list is the first to go.
        let missing = wanted.reversed().filter { self[$0.key] == nil && earlier($0.key) != .held }
        for (endpoint, goal) in missing {
            guard let forwarding = goal.forwarding else { continue }
            changes.append(
                .addDestination(
                    key,
                    endpoint,
                    forwarding,
                    weight: goal.weight,
                    nominal: nominal(endpoint) ?? goal.weight
                )
            )
        }
        return changes
    }

    /// The steps by which those that are in both lists come to stand in the order of `wanted`, no
    /// more than that takes.
    ///
    /// What cannot be moved now is left out of the order, or the others would be moved in vain
    /// with every further try; what failed before is tried by itself for the same reason.
    fileprivate func moves(
        to wanted: DestinationList,
        of key: ServiceKey,
        nominal: (Endpoint) -> Int?,
        earlier: (Endpoint) -> Change.Attempt
    ) -> [Change] {
        let seen = filter { wanted[$0.key] != nil && earlier($0.key) != .held }
        let goal = wanted.filter { seen[$0.key] != nil }
        let moving = goal.prefix(goal.count - goal.unmovedCount(in: seen)).reversed()
        let failed = moving.filter { earlier($0.key) == .failed }
        return (failed.isEmpty ? moving : failed).compactMap { endpoint, goal in
            goal.forwarding.map {
                .moveDestination(
                    key,
                    endpoint,
                    $0,
                    weight: goal.weight,
                    nominal: nominal(endpoint) ?? goal.weight
                )
            }
        }
    }
}
