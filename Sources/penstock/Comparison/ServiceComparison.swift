internal import Core
internal import IPVS
internal import Net

/// What two directors would do differently with the flows of one service.
package struct ServiceComparison: Codable, Equatable, Sendable {
    /// One thing that differs.
    package struct Difference: Codable, Equatable, Sendable {
        /// The things that can differ.
        package enum Kind: String, Codable, Equatable, Sendable, CaseIterable {
            /// The service itself is on one director only.
            case service
            /// The service is in the kernel's table of one director only.
            case table
            case scheduler
            case forwarding
            /// A real server is in the table of one director only.
            case member
            /// The weight in the table.
            case weight
            /// The last weight that was not 0, by which slots are given.
            case slots = "slot-weight"
            /// What an operator has made of it.
            case admin
            /// What the checks say.
            case health
            /// The order of the kernel's list.
            case order
        }

        /// What differs.
        package var kind: Kind
        /// The real server it differs for; absent when it is the service.
        package var endpoint: String?
        /// How it is on either side; absent where there is nothing.
        package var here: String?
        package var there: String?
    }

    /// The VIP's name, its address, the service's name and where it listens.
    package var vip: String
    package var address: String
    package var service: String
    package var listen: String
    /// Everything that differs.
    package var differences: [Difference]
    /// The digests of the lookup tables; absent where one is not known.
    package var digestHere: String?
    package var digestThere: String?
    /// The share of slots that differ, 0...1; absent where a table is not known.
    package var slots: Double?
    /// The share of new flows, 0...1, that are expected to go to different real servers, fallback
    /// included; absent where a table is not known.
    package var flows: Double?

    /// Whether anything differs.
    package var differs: Bool { !differences.isEmpty || digestHere != digestThere }

    init(_ place: ServicePlace, here: NamedService?, there: NamedService?) {
        let named = here ?? there
        vip = named?.vip ?? place.address
        address = place.address
        service = named?.service.name ?? place.listen
        listen = place.listen
        differences = Self.differences(here?.service, there?.service)
        let family = AddressFamily(ofText: place.address)
        let mine = here?.service.table?.maglev(family)
        let theirs = there?.service.table?.maglev(family)
        // Another release may know a digest of a table that this one cannot work out.
        digestHere = mine?.digest ?? here?.service.table?.digest
        digestThere = theirs?.digest ?? there?.service.table?.digest
        guard let mine, let theirs else { return }
        let difference = mine.difference(from: theirs)
        slots = difference.slots
        flows = difference.flows
    }
}

// MARK: - Part by part

extension ServiceComparison {
    private static func differences(
        _ here: ServiceStatus?,
        _ there: ServiceStatus?
    ) -> [Difference] {
        guard let here, let there else {
            return [
                Difference(kind: .service, here: here?.listen, there: there?.listen)
            ]
        }
        var found: [Difference] = []
        func compare(_ kind: Difference.Kind, _ mine: String?, _ theirs: String?) {
            guard mine != theirs else { return }
            found.append(Difference(kind: kind, here: mine, there: theirs))
        }
        compare(
            .scheduler,
            here.table?.scheduler ?? here.scheduler,
            there.table?.scheduler ?? there.scheduler
        )
        compare(.forwarding, here.forwarding, there.forwarding)
        switch (here.table, there.table) {
        case (nil, nil): break
        case (let mine?, let theirs?): found += differences(mine, theirs)
        case (let mine, let theirs):
            compare(.table, mine.map { _ in "in the table" }, theirs.map { _ in "in the table" })
        }
        return found + differences(here.backends, there.backends)
    }

    private static func differences(_ here: TableStatus, _ there: TableStatus) -> [Difference] {
        let mine = Dictionary(here.members.map { ($0.endpoint, $0) }) { first, _ in first }
        let theirs = Dictionary(there.members.map { ($0.endpoint, $0) }) { first, _ in first }
        let order = here.members.map(\.endpoint)
        var found = (order + there.members.map(\.endpoint).filter { mine[$0] == nil })
            .compactMap { difference(at: $0, mine[$0], theirs[$0]) }
        let otherOrder = there.members.map(\.endpoint)
        if order != otherOrder, order.sorted() == otherOrder.sorted() {
            found.append(
                Difference(
                    kind: .order,
                    here: "begins with \(order.prefix(1).joined())",
                    there: "begins with \(otherOrder.prefix(1).joined())"
                )
            )
        }
        return found
    }

    private static func difference(
        at endpoint: String,
        _ here: MemberStatus?,
        _ there: MemberStatus?
    ) -> Difference? {
        func difference(_ kind: Difference.Kind, _ mine: Int?, _ theirs: Int?) -> Difference? {
            guard mine != theirs else { return nil }
            return Difference(
                kind: kind,
                endpoint: endpoint,
                here: mine.map(String.init),
                there: theirs.map(String.init)
            )
        }
        guard let here, let there else {
            return difference(.member, here?.weight, there?.weight)
        }
        return difference(.weight, here.weight, there.weight)
            ?? difference(.slots, here.lastWeight, there.lastWeight)
    }

    private static func differences(
        _ here: [BackendStatus],
        _ there: [BackendStatus]
    ) -> [Difference] {
        let theirs = Dictionary(there.map { ($0.endpoint, $0) }) { first, _ in first }
        return here.flatMap { mine -> [Difference] in
            guard let theirs = theirs[mine.endpoint] else { return [] }
            let pairs = [
                (Difference.Kind.admin, mine.admin, theirs.admin),
                (.health, mine.verdict, theirs.verdict),
            ]
            return pairs.filter { $0.1 != $0.2 }.map { kind, here, there in
                Difference(kind: kind, endpoint: mine.endpoint, here: here, there: there)
            }
        }
    }
}

extension BackendStatus {
    /// What its checks have decided, without how far they are from deciding otherwise.
    fileprivate var verdict: String {
        if health.hasPrefix("going-down") { return "up" }
        return health.hasPrefix("going-up") ? "down" : health
    }
}
