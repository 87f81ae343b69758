package import Net

extension Slice {
    /// The steps from this slice, which was seen at `address`, to `wanted`.
    ///
    /// `nominal` gives the weight that a new destination would have if it were healthy. Applying
    /// every step to this slice gives `wanted`, and a slice differs from itself by nothing.
    package func changes(
        to wanted: Slice,
        at address: IPAddress,
        nominal: (ServiceID, Endpoint) -> Int
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
            case (nil, let wanted?):
                // A wanted service always says how it schedules; only a seen one may not.
                guard let scheduling = wanted.scheduling else { continue }
                changes.append(.addService(key, scheduling))
                changes += ServiceSlice(scheduling: nil)
                    .destinationChanges(to: wanted, of: key) { nominal(id, $0) }
            case (let seen?, let wanted?):
                if let scheduling = wanted.scheduling, scheduling != seen.scheduling {
                    changes.append(.updateService(key, scheduling))
                }
                changes += seen.destinationChanges(to: wanted, of: key) { nominal(id, $0) }
            }
        }
        changes += masqueradeChanges(to: wanted, at: address)
        if announced != wanted.announced {
            changes.append(wanted.announced ? .announce(address) : .withdraw(address))
        }
        return changes
    }

    /// Records that `change` was acknowledged.
    package mutating func apply(_ change: Change) {
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
        case .removeDestination(let key, let endpoint):
            services[key.id]?.destinations[endpoint] = nil
        case .announce: announced = true
        case .withdraw: announced = false
        }
    }
}

extension ServiceSlice {
    fileprivate func destinationChanges(
        to wanted: ServiceSlice,
        of key: ServiceKey,
        nominal: (Endpoint) -> Int
    ) -> [Change] {
        Set(destinations.keys).union(wanted.destinations.keys).sorted().compactMap { endpoint in
            let seen = destinations[endpoint]
            guard let wanted = wanted.destinations[endpoint] else {
                return .removeDestination(key, endpoint)
            }
            // As above: a destination kept in a form we never set is left as it is.
            guard wanted != seen, let forwarding = wanted.forwarding else { return nil }
            guard seen != nil else {
                return .addDestination(
                    key,
                    endpoint,
                    forwarding,
                    weight: wanted.weight,
                    nominal: nominal(endpoint)
                )
            }
            return .updateDestination(key, endpoint, forwarding, weight: wanted.weight)
        }
    }
}
