package import Net
import Netlink

// An address of a link is more than a place where packets are delivered: zebra makes a connected
// route of it, and from FRR 10 a local one as well, and prefers both to every other route to the
// same prefix (`rib_choose_best` in zebra/zebra_rib.c). From FRR 10.2 it even refuses a kernel
// route to the very prefix. A route of the kind `local` in the table of what is local delivers the
// same packets, and no version of zebra looks at it.

extension DirectorLink {
    /// The metric of our local routes, which is what IPv6 gives a route without one.
    ///
    /// The kernel's own for an address has 0, so both may be there for as long as one takes the
    /// other's place.
    static let localMetric: UInt32 = 1024
    /// The index of the loopback, `LOOPBACK_IFINDEX` in every network namespace.
    ///
    /// Our local routes are on it, for the kernel takes all IPv4 routes from a link when its last
    /// address goes (`fib_del_ifaddr` in net/ipv4/fib_frontend.c), and the loopback keeps one.
    static let loopback: Int32 = 1

    /// Has `addresses` of this link delivered by a route alone; those it does not have stay away.
    ///
    /// The route is there before the address goes, so packets are delivered throughout.
    ///
    /// - Returns: What became of each that was an address of the link: `nil` when it is none any
    ///   more, otherwise why it still is.
    /// - Throws: `LinkError` when the exchange failed; how they are delivered is then unknown.
    package func deliverByRoute(
        _ addresses: Set<IPAddress>
    ) async throws(LinkError) -> [IPAddress: LinkError?] {
        guard !addresses.isEmpty else { return [:] }
        let attempted = "have addresses of the link \(name) delivered by a route"
        guard let link = try await find(attempting: attempted) else { return [:] }
        let present = try await self.addresses(on: link, attempting: attempted)
            .filter { addresses.contains($0.address) }
        guard !present.isEmpty else { return [:] }
        let routes = Set(present.map(\.address)).sorted()
            .map(RouteDescription.local)
        var failures = try await carryOut(
            routes.map { ($0.address, $0.add()) },
            meaning: Meaning(verb: "add a local route for", preposition: "to", alsoGood: [.exists])
        )
        let safe = present.filter { failures[$0.address] == nil }
        failures.merge(
            try await carryOut(safe.map { ($0.address, $0.remove()) }, meaning: .removal)
        ) { first, _ in first }
        return Dictionary(uniqueKeysWithValues: routes.map { ($0.address, failures[$0.address]) })
    }

    /// Has those of `addresses` that are delivered by a route of ours alone on this link again.
    ///
    /// The address is there before the route goes, so packets are delivered throughout.
    ///
    /// - Returns: Those for which that failed, with the reason for each.
    /// - Throws: `LinkError` when there is no such link, or the exchange failed.
    package func deliverByAddress(
        _ addresses: Set<IPAddress>
    ) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !addresses.isEmpty else { return [:] }
        let attempted = "have routed addresses on the link \(name) again"
        let routed = try await localRoutes(attempting: attempted).intersection(addresses).sorted()
        var failures = try await add(routed)
        let safe = routed.filter { failures[$0] == nil }.map(RouteDescription.local)
        failures.merge(
            try await carryOut(safe.map { ($0.address, $0.remove()) }, meaning: .removal)
        ) { first, _ in first }
        return failures
    }

    /// The addresses that are local by a route of ours.
    func localRoutes(
        attempting attempted: String
    ) async throws(LinkError) -> Set<IPAddress> {
        var routed: Set<IPAddress> = []
        for family in AddressFamily.allCases {
            let routes = try await exchange.routes(
                family,
                table: RouteNumber.localTable,
                owner: HostAddress.owner,
                type: RouteNumber.localRoute,
                attempting: attempted
            )
            routed.formUnion(routes.map(\.address))
        }
        return routed
    }
}
