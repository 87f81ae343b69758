import Link
import Net

/// Kernel routes of ours that nothing announces by any more: the method was another once, or the
/// protocol number.
actor KernelRouteLeftovers {
    private let tables: [HostRoutes]
    private let link: DirectorLink
    private let owned: [Prefix]
    /// Whether there are none: nothing adds any while this process runs.
    private var isOver: Bool

    /// Those in `tables` that lead to host prefixes inside `owned`; `link` has the addresses.
    init(_ tables: [HostRoutes], link: DirectorLink, owned: [Prefix]) {
        self.tables = tables
        self.link = link
        self.owned = owned
        isOver = tables.isEmpty
    }

    /// The addresses that have one.
    func observe() async throws(LinkError) -> Set<IPAddress> {
        guard !isOver else { return [] }
        var found: Set<IPAddress> = []
        for table in tables {
            for address in try await table.observe().keys where isOwned(address) {
                found.insert(address)
            }
        }
        isOver = found.isEmpty
        return found
    }

    /// Removes those to `addresses`.
    ///
    /// - Returns: The addresses for which that failed, with the reason for each.
    func remove(_ addresses: Set<IPAddress>) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !isOver, !addresses.isEmpty else { return [:] }
        var failures: [IPAddress: LinkError] = [:]
        for table in tables {
            failures.merge(try await table.apply([:], removing: addresses)) { first, _ in first }
        }
        return failures
    }

    /// The same for addresses that are announced by a statement now: with the route goes the reason
    /// for which they were taken from the link, and an import check may want them there.
    func replace(_ addresses: Set<IPAddress>) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !isOver, !addresses.isEmpty else { return [:] }
        var failures = try await link.deliverByAddress(addresses)
        let safe = addresses.filter { failures[$0] == nil }
        failures.merge(try await remove(safe)) { first, _ in first }
        return failures
    }

    private func isOwned(_ address: IPAddress) -> Bool {
        owned.contains { $0.contains(Prefix(host: address)) }
    }
}
