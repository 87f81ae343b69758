package import Netlink

/// A table of nf_tables that is ours alone: the services whose packets are masqueraded.
///
/// Nothing is remembered between calls, and no other table is ever looked into or written to. A
/// write states the whole table in one transaction, so that no packet meets half of it.
package struct MasqueradeTable: Sendable {
    /// How often the parts of the table are read again when they changed under way.
    static let attempts = 5

    private let exchange: any TransactionalExchange

    /// The table of the network namespace that `exchange`, over nfnetlink, speaks of.
    package init(over exchange: any TransactionalExchange) { self.exchange = exchange }

    /// The table of the network namespace of this process.
    package static func live() -> MasqueradeTable {
        MasqueradeTable(over: NetlinkChannel(.netfilter))
    }

    /// Whether the kernel has nf_tables loaded; false also where it is a part of the kernel itself,
    /// which lists no such module.
    ///
    /// A mere question over netlink would load it.
    package static var isAtWork: Bool { LoadedModules.current().contains("nf_tables") }

    /// What there is to see of it.
    package enum Sight: Hashable, Sendable {
        /// There is no such table.
        case absent
        /// It is exactly as we would write it for these services.
        case whole(Set<Masquerade>)
        /// It is there and was altered; what it does to packets is anybody's guess.
        case altered

        /// The services that are certain to be masqueraded.
        package var masquerades: Set<Masquerade> {
            switch self {
            case .whole(let masquerades): masquerades
            case .absent, .altered: []
            }
        }
    }

    /// Looks at it.
    package func observe() async throws(FirewallError) -> Sight {
        let attempted = "look at the table inet \(TableCodec.table)"
        for _ in 0..<Self.attempts {
            do throws(NetlinkError) {
                return try await look()
            } catch {
                guard case .interrupted = error else {
                    throw FirewallError(attempted: attempted, reason: error)
                }
            }
        }
        throw FirewallError(attempted: attempted, reason: .interrupted)
    }

    /// Makes the table hold exactly `masquerades`, and not be there at all for none.
    ///
    /// - Returns: Whether anything was written; what is right already is left alone.
    package func replace(with masquerades: Set<Masquerade>) async throws(FirewallError) -> Bool {
        let before = try await observe()
        let isRight = masquerades.isEmpty ? before == .absent : before == .whole(masquerades)
        guard !isRight else { return false }
        // Making it first makes removing it right whether it was there or not.
        var messages = [TableCodec.newTable(), TableCodec.deleteTable()]
        if !masquerades.isEmpty {
            messages += [TableCodec.newTable(), TableCodec.newChain()]
            messages += masquerades.sorted().map(TableCodec.newRule)
        }
        do throws(NetlinkError) {
            try await exchange.transaction(messages, subsystem: NetfilterNumber.tables)
        } catch {
            let what = masquerades.isEmpty ? "remove" : "write"
            throw FirewallError(
                attempted: "\(what) the table inet \(TableCodec.table)",
                reason: error
            )
        }
        return true
    }

    private func look() async throws(NetlinkError) -> Sight {
        let isAwake: Bool
        do throws(NetlinkError) {
            guard let reply = try await exchange.request(TableCodec.getTable()).first else {
                throw .malformed("a request for a table without an answer")
            }
            isAwake = try TableCodec.isAwake(reply)
        } catch {
            guard case .refused(.noEntry, _) = error else { throw error }
            return .absent
        }
        var chains: [TableCodec.Chain] = []
        for message in try await exchange.request(TableCodec.getChains()) {
            let chain = try TableCodec.chain(message)
            if chain.table == TableCodec.table { chains.append(chain) }
        }
        guard isAwake, chains == [.ours] else { return .altered }
        var masquerades: Set<Masquerade> = []
        for message in try await exchange.request(TableCodec.getRules()) {
            guard let masquerade = try TableCodec.masquerade(message),
                masquerades.insert(masquerade).inserted
            else { return .altered }
        }
        return .whole(masquerades)
    }
}
