package import Net
package import Netlink

/// One route to a single address: how much it is preferred is all that is said of it.
package struct HostRoute: Hashable, Sendable {
    /// Where it leads.
    package let address: IPAddress
    /// Routing daemons read it, and may tell routes apart by it.
    package let metric: UInt32

    /// The route to `address` with this metric.
    package init(_ address: IPAddress, metric: UInt32) {
        self.address = address
        self.metric = metric
    }
}

/// The routes to single addresses that carry one protocol number, in the main table of the kernel.
///
/// They lead nowhere (blackhole) and are never used: the table of what is local comes first. What
/// they are for is to be noticed by a routing daemon. Routes with another number are neither
/// listed nor touched, whatever they lead to. Nothing is remembered between calls.
package struct HostRoutes: Sendable {
    /// The protocol number (`rtm_protocol`) that makes a route one of these.
    package let owner: UInt8
    private let exchange: any Exchange

    /// The routes with the number `owner`, in the network namespace that `exchange` speaks of.
    package init(owner: UInt8, over exchange: any Exchange) {
        self.owner = owner
        self.exchange = exchange
    }

    /// The routes there are: the metrics of each address that has one.
    package func observe() async throws(LinkError) -> [IPAddress: Set<UInt32>] {
        try await list(attempting: "list the kernel routes with protocol \(owner)")
    }

    /// Has exactly one route to each address of `wanted`, with its metric, and none to those of
    /// `unwanted`.
    ///
    /// Those that go are removed first. Where the metric changes, the new route is there before
    /// the old one goes, so that no daemon sees the address without one.
    ///
    /// - Returns: The addresses for which that failed, with the reason for each.
    /// - Throws: `LinkError` when the exchange failed; which routes there are is then unknown.
    package func apply(
        _ wanted: [IPAddress: UInt32],
        removing unwanted: Set<IPAddress> = []
    ) async throws(LinkError) -> [IPAddress: LinkError] {
        let attempted = "change the kernel routes with protocol \(owner)"
        let present = try await list(attempting: attempted)
        var failures = try await remove(
            unwanted.sorted().flatMap { address in
                routes(to: address, in: present) { _ in true }
            }
        )
        let missing = wanted.keys.sorted().compactMap { address -> HostRoute? in
            guard let metric = wanted[address], present[address]?.contains(metric) != true else {
                return nil
            }
            return HostRoute(address, metric: metric)
        }
        failures.merge(try await add(missing)) { first, _ in first }
        let stale = wanted.keys.sorted().filter { failures[$0] == nil }.flatMap { address in
            routes(to: address, in: present) { $0 != wanted[address] }
        }
        failures.merge(try await remove(stale)) { first, _ in first }
        return failures
    }

    private func routes(
        to address: IPAddress,
        in present: [IPAddress: Set<UInt32>],
        where isMeant: (UInt32) -> Bool
    ) -> [HostRoute] {
        (present[address] ?? []).sorted().filter(isMeant).map { HostRoute(address, metric: $0) }
    }

    private func add(_ routes: [HostRoute]) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !routes.isEmpty else { return [:] }
        let attempted = "add kernel routes"
        let refusals = try await batch(
            routes.map { RouteDescription.blackhole($0, owner: owner).add() },
            attempting: attempted
        )
        var failures: [IPAddress: LinkError] = [:]
        for (route, refusal) in zip(routes, refusals) {
            guard let refusal else { continue }
            failures[route.address] = LinkError(
                attempted: "add a kernel route to \(route.address) with metric \(route.metric)",
                reason: .netlink(.refused(refusal, words: ""))
            )
        }
        guard refusals.contains(.exists) else { return failures }
        // Somebody else's route with that metric stands in our way; or this was done twice.
        let now = try await list(attempting: attempted)
        for (route, refusal) in zip(routes, refusals) where refusal == .exists {
            guard now[route.address]?.contains(route.metric) == true else {
                failures[route.address] = LinkError(
                    attempted: "add a kernel route to \(route.address)",
                    reason: .routeTaken(metric: route.metric)
                )
                continue
            }
            failures[route.address] = nil
        }
        return failures
    }

    private func remove(_ routes: [HostRoute]) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !routes.isEmpty else { return [:] }
        let refusals = try await batch(
            routes.map { RouteDescription.blackhole($0, owner: owner).remove() },
            attempting: "remove kernel routes"
        )
        var failures: [IPAddress: LinkError] = [:]
        for (route, refusal) in zip(routes, refusals) {
            // Not there any more is what was wanted.
            guard let refusal, refusal != .noProcess else { continue }
            failures[route.address] = LinkError(
                attempted: "remove the kernel route to \(route.address)",
                reason: .netlink(.refused(refusal, words: ""))
            )
        }
        return failures
    }

    private func batch(
        _ messages: [Message],
        attempting attempted: String
    ) async throws(LinkError) -> [Errno?] {
        do throws(NetlinkError) {
            return try await exchange.batch(messages)
        } catch {
            throw LinkError(attempted: attempted, reason: .netlink(error))
        }
    }

    private func list(
        attempting attempted: String
    ) async throws(LinkError) -> [IPAddress: Set<UInt32>] {
        var routes: [IPAddress: Set<UInt32>] = [:]
        for family in AddressFamily.allCases {
            let found = try await exchange.routes(
                family,
                table: RouteNumber.mainTable,
                owner: owner,
                type: RouteNumber.blackholeRoute,
                attempting: attempted
            )
            for route in found { routes[route.address, default: []].insert(route.metric) }
        }
        return routes
    }
}

extension Exchange {
    /// The routes to single addresses of this family, table, protocol and type, read again when
    /// they changed under way.
    func routes(
        _ family: AddressFamily,
        table: UInt32,
        owner: UInt8,
        type: UInt8,
        attempting attempted: String
    ) async throws(LinkError) -> [RouteDescription] {
        let dump = RouteDescription.getAll(family, table: table, owner: owner, type: type)
        for _ in 0..<DirectorLink.attempts {
            do throws(NetlinkError) {
                var routes: [RouteDescription] = []
                for message in try await request(dump) {
                    // An older kernel lists more than it was asked for.
                    guard let route = try RouteDescription(message), route.table == table,
                        route.owner == owner, route.type == type
                    else { continue }
                    routes.append(route)
                }
                return routes
            } catch {
                switch error {
                case .interrupted: continue
                // The family has no such table until the first route is put there, or the kernel
                // has no such family: no route either way.
                case .refused(.noEntry, _), .refused(.notSupported, _): return []
                default: throw LinkError(attempted: attempted, reason: .netlink(error))
                }
            }
        }
        throw LinkError(attempted: attempted, reason: .netlink(.interrupted))
    }
}
