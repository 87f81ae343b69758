package import Net

/// A service whose lookup table a configuration changes: as it is, and as it will be in the end.
package struct TableShift: Equatable, Sendable {
    /// The VIP and the service, by their names.
    package let vip: Name
    package let service: Name
    /// The address of the VIP.
    package let address: IPAddress
    /// The table as it is seen.
    package let before: TableStatus
    /// The table once everything is carried out and new real servers are up.
    package let after: TableStatus

    /// A shift of these parts.
    package init(
        vip: Name,
        service: Name,
        address: IPAddress,
        before: TableStatus,
        after: TableStatus
    ) {
        self.vip = vip
        self.service = service
        self.address = address
        self.before = before
        self.after = after
    }
}

extension Track {
    /// The services of `goal` whose table is another one now; a service that is new has none.
    func shifts(to goal: Slice, from former: VIP?) -> [TableShift] {
        guard let vip, let former else { return [] }
        return vip.services.compactMap { service in
            guard let old = former.services.first(where: { $0.id == service.id }),
                let seen = sight.slice.services[service.id], !seen.destinations.isEmpty,
                var wanted = goal.services[service.id]
            else { return nil }
            // A new one gets its weight when its checks pass, and that is what is asked here.
            for backend in service.backends
            where backend.admin == .ready && seen.destinations[backend.endpoint] == nil {
                wanted.destinations[backend.endpoint]?.weight = backend.weight
            }
            let before = TableStatus(seen) { old.backend(at: $0)?.weight }
            let after = TableStatus(wanted) { service.backend(at: $0)?.weight }
            guard before != after else { return nil }
            return TableShift(
                vip: vip.name,
                service: service.name,
                address: vip.address,
                before: before,
                after: after
            )
        }
    }
}
