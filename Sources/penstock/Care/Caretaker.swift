package import Core
package import IPVS
package import Net

/// What is to be done about one service and its real servers, given what the kernel holds and
/// what the checks say.
///
/// Pure: facts in, operations out. A server that fails gets weight 0, so that its connections go
/// on; it is taken out once they have ended or its time is up, and put back when it passes. With
/// Maglev hashing it stays at weight 0 instead: taking it out would move clients of the others.
///
/// Only the service and the servers it was given are ever touched; other servers of the service
/// are somebody else's.
package struct Caretaker: Sendable {
    /// What it does about a server, in words for whoever watches.
    package struct Step: Hashable, Sendable {
        /// What is sent.
        package let operation: IPVS.Operation
        /// What it means, such as `10.0.0.1:80 is down: weight 0`.
        package let words: String
    }

    /// The service as it shall be.
    package let service: Service
    /// The real servers as they shall be when they pass, in the order of their addresses.
    package let servers: [Destination]
    /// How long a failed server may keep connections before it is taken out.
    package let removeAfter: Duration

    private var health: [Endpoint: HealthMachine] = [:]
    private var downSince: [Endpoint: Moment] = [:]

    /// A caretaker who has not seen anything yet.
    ///
    /// - Parameters:
    ///   - service: The service.
    ///   - servers: Its servers, with the weights they have when they pass.
    ///   - rise: How many passes bring a server in, 1 or more.
    ///   - fall: How many failures take it out, 1 or more.
    ///   - removeAfter: How long a failed server may keep connections.
    package init(
        _ service: Service,
        _ servers: [Destination],
        rise: Int,
        fall: Int,
        removeAfter: Duration
    ) {
        self.service = service
        self.servers = servers.sorted { $0.endpoint < $1.endpoint }
        self.removeAfter = removeAfter
        for server in servers {
            health[server.endpoint] = HealthMachine(rise: rise, fall: fall)
        }
    }

    /// A check of a server ended; answers whether the opinion of it changed.
    package mutating func probed(_ server: Endpoint, _ outcome: Outcome, now: Moment) -> Bool {
        guard let before = health[server]?.isUp as Bool??,
            health[server]?.probed(outcome) == true
        else { return false }
        switch health[server]?.isUp {
        case false?: downSince[server] = now
        case true?, nil: downSince[server] = nil
        }
        return before != health[server]?.isUp
    }

    /// Whether a server passes; `nil` while nothing is known.
    package func isUp(_ server: Endpoint) -> Bool? { health[server]?.isUp }

    /// The last result of a server's check.
    package func lastOutcome(_ server: Endpoint) -> Outcome? { health[server]?.last }

    /// What to do now; nothing when all is as it should be.
    ///
    /// - Parameters:
    ///   - held: The service as the kernel has it; `nil` when it has none.
    ///   - now: The time on the same clock as in `probed`.
    /// - Returns: The steps, in the order in which they are to be carried out.
    package func steps(held: IPVS.Table.Entry?, now: Moment) -> [Step] {
        var steps: [Step] = []
        if let held {
            if held.service.service != service {
                steps.append(Step(operation: .updateService(service), words: "service changed"))
            }
        } else {
            steps.append(Step(operation: .newService(service), words: "service added"))
        }
        for server in servers {
            let seen = held?.destinations.first { $0.destination.endpoint == server.endpoint }
            if let step = step(for: server, seen: seen, now: now) { steps.append(step) }
        }
        return steps
    }

    /// What takes away exactly what was given: the servers, and the service unless somebody else
    /// has servers in it.
    package func cleaning(held: IPVS.Table.Entry?) -> [Step] {
        guard let held else { return [] }
        let own = Set(servers.map(\.endpoint))
        let seen = held.destinations.map(\.destination.endpoint)
        guard seen.contains(where: { !own.contains($0) }) else {
            return [Step(operation: .deleteService(service.identity), words: "service removed")]
        }
        return seen.filter(own.contains).sorted().map {
            Step(operation: .deleteDestination($0, of: service.identity), words: "\($0) removed")
        }
    }

    private func step(
        for server: Destination,
        seen: ObservedDestination?,
        now: Moment
    ) -> Step? {
        let name = server.endpoint
        switch health[name]?.isUp {
        // Not judged yet: what an earlier run left is believed, and nothing is put in.
        case nil: return nil
        case true?:
            guard let seen else {
                return Step(
                    operation: .newDestination(server, of: service.identity),
                    words: "\(name) passes: added with weight \(server.weight)"
                )
            }
            guard seen.destination != server else { return nil }
            return Step(
                operation: .updateDestination(server, of: service.identity),
                words: "\(name) passes: weight \(seen.destination.weight) -> \(server.weight)"
            )
        case false?:
            guard let seen else { return nil }
            guard seen.destination.weight == 0 else {
                var quiet = seen.destination
                quiet.weight = 0
                return Step(
                    operation: .updateDestination(quiet, of: service.identity),
                    words: "\(name) fails: weight 0, \(count(seen)) connections go on"
                )
            }
            return removal(of: seen, now: now)
        }
    }

    private func removal(of seen: ObservedDestination, now: Moment) -> Step? {
        guard service.scheduler != .maglev else { return nil }
        let name = seen.destination.endpoint
        let isLate = downSince[name].map { now - $0 >= removeAfter } ?? false
        guard count(seen) == 0 || isLate else { return nil }
        return Step(
            operation: .deleteDestination(name, of: service.identity),
            words: count(seen) == 0
                ? "\(name) fails and has no connections: removed"
                : "\(name) fails, and its time is up: removed with \(count(seen)) connections"
        )
    }

    /// The connections that are worth waiting for: those of UDP all count as inactive, while
    /// inactive ones of TCP have ended, and are only remembered.
    private func count(_ seen: ObservedDestination) -> Int {
        let active = Int(seen.connections.active)
        guard case .address(_, .udp, _) = service.identity else { return active }
        return active + Int(seen.connections.inactive)
    }
}
