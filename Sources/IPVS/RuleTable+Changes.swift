import Net

extension RuleTable {
    /// What turns the table `observed` into this one; nothing when it is this one.
    ///
    /// Where Maglev hashing makes the order of the real servers matter, the order is part of the
    /// table: the one that adding them in the order of the file gives. As few of them as possible
    /// are taken out and added again for it, each in one send, which keeps their connections.
    ///
    /// - Parameters:
    ///   - observed: What the kernel holds.
    ///   - kept: How long it keeps connections; needed only if `timeouts` is set.
    /// - Returns: What is to be sent, each with the line that asks for it.
    package func changes(from observed: Table, timeouts kept: Timeouts? = nil) -> RulePlan {
        var plan = RulePlan()
        var present: [ServiceIdentity: Table.Entry] = [:]
        for entry in observed.entries { present[entry.service.service.identity] = entry }
        for entry in observed.entries where self[entry.service.service.identity] == nil {
            // A line of its own it has not; the first is where a reader starts to look.
            plan.add(.deleteService(entry.service.service.identity), line: 1)
        }
        for entry in entries {
            if let held = present[entry.service.identity] {
                entry.change(held, in: &plan)
            } else {
                entry.add(to: &plan)
            }
        }
        if let timeouts, timeouts.value != kept {
            plan.add(.setTimeouts(timeouts.value), line: timeouts.line)
        }
        return plan
    }
}

extension RuleTable.Entry {
    fileprivate func add(to plan: inout RulePlan) {
        let identity = service.identity
        var first = service
        let isBuiltOnce = service.scheduler == .maglev && servers.count > 1
        if isBuiltOnce { first.scheduler = .none }
        plan.add(.newService(first), line: line)
        for server in servers {
            plan.add(.newDestination(server.destination, of: identity), line: server.line)
        }
        if isBuiltOnce { plan.add(.updateService(service), line: line) }
    }

    fileprivate func change(_ held: Table.Entry, in plan: inout RulePlan) {
        let identity = service.identity
        let wanted = Set(servers.map(\.destination.endpoint))
        let current = held.destinations.map(\.destination)
        for destination in current where !wanted.contains(destination.endpoint) {
            plan.add(.deleteDestination(destination.endpoint, of: identity), line: line)
        }
        if held.service.service != service { plan.add(.updateService(service), line: line) }
        let known = Dictionary(
            current.map { ($0.endpoint, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let settled = settled(current.map(\.endpoint))
        for (index, server) in servers.enumerated() {
            let destination = server.destination
            guard let there = known[destination.endpoint] else {
                plan.add(.newDestination(destination, of: identity), line: server.line)
                continue
            }
            if service.scheduler == .maglev, index >= settled {
                plan.add(.deleteDestination(destination.endpoint, of: identity), line: server.line)
                plan.add(.newDestination(destination, of: identity), line: server.line)
            } else if there != destination {
                plan.add(.updateDestination(destination, of: identity), line: server.line)
            }
        }
    }

    /// How many of the real servers, from the first that the file adds, are in the right order.
    ///
    /// What is added goes to the front of the kernel's list, so its end is what the file adds
    /// first; only a run from there on can stay where it is.
    private func settled(_ current: [Endpoint]) -> Int {
        var oldest = current.reversed()[...]
        var count = 0
        for server in servers {
            let endpoint = server.destination.endpoint
            // Those in between leave, because they are wanted later, or not at all.
            guard let place = oldest.firstIndex(of: endpoint) else { break }
            oldest = oldest[oldest.index(after: place)...]
            count += 1
        }
        return count
    }
}
