package import Net
package import Netlink

/// The director's own link, on which the addresses that it serves are local.
///
/// It is a dummy link: always up, without neighbours, and its addresses are reached by routing
/// alone. Nothing is remembered between calls, neither that it exists nor its index, because
/// somebody else may remove it and make it again at any time.
package struct DirectorLink: Sendable {
    /// The kind of link that is made where there is none.
    static let kind = "dummy"
    /// The kinds of link that it may be.
    ///
    /// An `ifb` that nothing is redirected to swallows packets and holds addresses as a dummy does;
    /// some kernels are built with the one driver and not the other.
    static let kinds: Set<String?> = [kind, "ifb"]
    /// How often a list that changed while it was read is read again.
    ///
    /// The lists are read in well under a millisecond; who changes links without a pause for that
    /// long has a problem that another attempt does not solve.
    static let attempts = 5

    /// What there is to see of it.
    package struct Sight: Hashable, Sendable {
        /// Whether it is up; an address on a link that is down serves nobody.
        package var isUp: Bool
        /// Its addresses that are valid everywhere, whatever length of prefix they have, and those
        /// that are local by a route of ours alone.
        package var addresses: Set<IPAddress>
        /// Those of `addresses` that are local by a route of ours alone, which routing daemons do
        /// not take for a connected network.
        package var routed: Set<IPAddress>

        /// A sight of these parts.
        package init(isUp: Bool, addresses: Set<IPAddress>, routed: Set<IPAddress> = []) {
            self.isUp = isUp
            self.addresses = addresses
            self.routed = routed
        }
    }

    /// Its name.
    package let name: LinkName
    let exchange: any Exchange

    /// The link of this name, in the network namespace that `exchange` speaks of.
    ///
    /// - Parameters:
    ///   - name: Its name; the link need not exist.
    ///   - exchange: An exchange over rtnetlink.
    package init(_ name: LinkName, over exchange: any Exchange) {
        self.name = name
        self.exchange = exchange
    }

    /// What there is to see of it; `nil` when there is no such link.
    ///
    /// - Throws: `LinkError` with the reason `notDummy` when the name belongs to another link.
    package func observe() async throws(LinkError) -> Sight? {
        let attempted = "look at the link \(name)"
        guard let link = try await find(attempting: attempted) else { return nil }
        let addresses = Set(try await addresses(on: link, attempting: attempted).map(\.address))
        let routed = try await localRoutes(attempting: attempted)
        return Sight(
            isUp: link.isUp,
            addresses: addresses.union(routed),
            routed: routed.subtracting(addresses)
        )
    }

    /// Makes it where it is missing, and sets it up.
    ///
    /// - Throws: `LinkError` with the reason `notDummy` when the name belongs to another link,
    ///   which is left alone.
    package func ensure() async throws(LinkError) {
        let attempted = "make the link \(name)"
        // Twice, because somebody else may make it, or remove it, between the look and the request.
        for _ in 0..<2 {
            if let link = try await find(attempting: attempted) {
                guard !link.isUp else { return }
                do throws(NetlinkError) {
                    _ = try await exchange.request(LinkDescription.setUp(link.index))
                    return
                } catch .refused(.noDevice, _) {
                    continue
                } catch {
                    throw LinkError(attempted: "set up the link \(name)", reason: .netlink(error))
                }
            }
            do throws(NetlinkError) {
                _ = try await exchange.request(LinkDescription.create(name, kind: Self.kind))
                return
            } catch .refused(.exists, _) {
                continue
            } catch {
                throw LinkError(attempted: attempted, reason: .netlink(error))
            }
        }
        throw LinkError(attempted: attempted, reason: .netlink(.interrupted))
    }

    /// Adds addresses, each alone (/32 or /128), valid everywhere; one that is there is no error.
    ///
    /// - Returns: The addresses that could not be added, with the reason for each.
    /// - Throws: `LinkError` when there is no such link, or the exchange failed; which of them were
    ///   added is then unknown.
    package func add(_ addresses: [IPAddress]) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !addresses.isEmpty else { return [:] }
        let attempted = "add addresses to the link \(name)"
        guard let link = try await find(attempting: attempted) else {
            throw LinkError(attempted: attempted, reason: .noLink)
        }
        let wanted = addresses.map { AddressDescription($0, link: link.index) }
        return try await carryOut(
            wanted.map { ($0.address, $0.add()) },
            meaning: .init(verb: "add", preposition: "to", alsoGood: [.exists])
        )
    }

    /// Removes addresses from this link only; one that is not there is no error.
    ///
    /// - Returns: The addresses that could not be removed, with the reason for each.
    /// - Throws: `LinkError` when the exchange failed; which of them were removed is then unknown.
    package func remove(
        _ addresses: [IPAddress]
    ) async throws(LinkError) -> [IPAddress: LinkError] {
        guard !addresses.isEmpty else { return [:] }
        let attempted = "remove addresses from the link \(name)"
        guard let link = try await find(attempting: attempted) else { return [:] }
        // The kernel removes an IPv6 address only by its prefix length, and somebody may have
        // added it with another than ours: so the requests are made from what is there.
        let unwanted = Set(addresses)
        let present = try await self.addresses(on: link, attempting: attempted)
            .filter { unwanted.contains($0.address) }
        let routed = try await localRoutes(attempting: attempted)
            .intersection(unwanted).sorted()
            .map(RouteDescription.local)
        return try await carryOut(
            present.map { ($0.address, $0.remove()) } + routed.map { ($0.address, $0.remove()) },
            meaning: .removal
        )
    }

    /// The names of the other links that are up and have an IPv4 address: where packets come in.
    ///
    /// Sorted, and without the loopback.
    package func ingress() async throws(LinkError) -> [LinkName] {
        let attempted = "list the links with addresses"
        let links = try await dump(LinkDescription.getAll(), attempting: attempted) {
            message throws(NetlinkError) in try LinkDescription(message)
        }
        let withAddress = Set(
            try await allAddresses(attempting: attempted)
                .filter { $0.address.family == .v4 }
                .map(\.link)
        )
        return
            links
            .filter { $0.isUp && !$0.isLoopback && withAddress.contains($0.index) }
            .compactMap { LinkName($0.name) }
            .filter { $0 != name }
            .sorted { $0.text < $1.text }
    }

    /// The link of our name, once it is sure that it is ours to use.
    func find(attempting attempted: String) async throws(LinkError) -> LinkDescription? {
        let found: LinkDescription?
        do throws(NetlinkError) {
            let replies = try await exchange.request(LinkDescription.get(name))
            guard let reply = replies.first, let link = try LinkDescription(reply) else {
                throw .malformed("a request for a link without an answer")
            }
            found = link
        } catch .refused(.noDevice, _) {
            found = nil
        } catch {
            throw LinkError(attempted: attempted, reason: .netlink(error))
        }
        guard let found else { return nil }
        guard Self.kinds.contains(found.kind) else {
            throw LinkError(attempted: attempted, reason: .notDummy(kind: found.kind))
        }
        return found
    }

    func addresses(
        on link: LinkDescription,
        attempting attempted: String
    ) async throws(LinkError) -> [AddressDescription] {
        try await allAddresses(attempting: attempted).filter {
            $0.link == link.index && $0.isGlobal
        }
    }

    private func allAddresses(
        attempting attempted: String
    ) async throws(LinkError) -> [AddressDescription] {
        try await dump(AddressDescription.getAll(), attempting: attempted) {
            message throws(NetlinkError) in try AddressDescription(message)
        }
    }

    /// The whole of a list, read again when it changed under way.
    private func dump<Entry>(
        _ request: Message,
        attempting attempted: String,
        _ decode: (Message) throws(NetlinkError) -> Entry?
    ) async throws(LinkError) -> [Entry] {
        for _ in 0..<Self.attempts {
            do throws(NetlinkError) {
                var entries: [Entry] = []
                for message in try await exchange.request(request) {
                    if let entry = try decode(message) { entries.append(entry) }
                }
                return entries
            } catch .interrupted {
                continue
            } catch {
                throw LinkError(attempted: attempted, reason: .netlink(error))
            }
        }
        throw LinkError(attempted: attempted, reason: .netlink(.interrupted))
    }

    /// How to speak of a change of addresses, and which refusals are what was wanted.
    struct Meaning {
        let verb: String
        let preposition: String
        let alsoGood: Set<Errno>

        static let removal = Meaning(
            verb: "remove",
            preposition: "from",
            alsoGood: [.addressNotAvailable, .noDevice, .noProcess]
        )
    }

    func carryOut(
        _ changes: [(address: IPAddress, message: Message)],
        meaning: Meaning
    ) async throws(LinkError) -> [IPAddress: LinkError] {
        let refusals: [Errno?]
        do throws(NetlinkError) {
            refusals = try await exchange.batch(changes.map(\.message))
        } catch {
            let attempted = "\(meaning.verb) addresses \(meaning.preposition) the link \(name)"
            throw LinkError(attempted: attempted, reason: .netlink(error))
        }
        var failures: [IPAddress: LinkError] = [:]
        for (change, refusal) in zip(changes, refusals) {
            guard let refusal, !meaning.alsoGood.contains(refusal) else { continue }
            failures[change.address] = LinkError(
                attempted:
                    "\(meaning.verb) \(change.address) \(meaning.preposition) the link \(name)",
                reason: .netlink(.refused(refusal, words: ""))
            )
        }
        return failures
    }
}
