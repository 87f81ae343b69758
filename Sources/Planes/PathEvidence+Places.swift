import Core
import FRR
import Link
import Net

// What each place on the way of a VIP to routers says, in the words of `penstock explain`.

/// The way of an address below bgpd: the kernel, and zebra.
struct PathBelow: Sendable {
    let address: IPAddress
    /// The link that has the VIPs; `nil` where that is not looked at.
    let link: DirectorLink?
    let zebra: any RoutingTable

    private var prefix: Prefix { Prefix(host: address) }

    /// What the kernel says: the address on its link, and where a packet would go.
    var kernel: [PathEvidence] {
        get async {
            guard let link else { return [] }
            return [await bound(on: link), await PathEvidence.delivery(of: address, on: link)]
        }
    }

    private func bound(on link: DirectorLink) async -> PathEvidence {
        func row(_ isGood: Bool?, _ text: String) -> PathEvidence {
            PathEvidence(place: "kernel", isGood: isGood, text: text)
        }
        do throws(LinkError) {
            guard let sight = try await link.observe() else {
                return row(false, "there is no link \(link.name)")
            }
            guard sight.addresses.contains(address) else {
                return row(false, "\(prefix) is not on \(link.name)")
            }
            let way = sight.routed.contains(address) ? "local by a route beside" : "on"
            return row(
                sight.isUp,
                "\(prefix) is \(way) \(link.name), which is \(sight.isUp ? "up" : "down")"
            )
        } catch {
            return row(nil, "\(error)")
        }
    }

    /// What zebra says: its route, what it makes of the link, and what an import check is told.
    ///
    /// Without an import check bgpd does not ask zebra, and nothing follows from it.
    func zebraSays(isChecked: Bool) async -> PathEvidence {
        do throws(ZebraError) {
            let routes = try await zebra.routes(to: prefix)
            let selected = routes.first(where: \.isSelected)
            var parts = [selected.map { "has selected \($0)" } ?? "has no route to it"]
            if let seenLink = try await linkSays() { parts.append(seenLink) }
            guard isChecked else {
                parts.append("no import check depends on it")
                return PathEvidence(
                    place: "zebra",
                    isGood: selected == nil ? nil : true,
                    text: parts.joined(separator: "; ")
                )
            }
            let isContent: Bool?
            switch try await zebra.tracking(of: address) {
            case .unknown:
                isContent = nil
                parts.append("bgpd has not asked it for the import check")
            case .unresolved:
                isContent = false
                parts.append("import check: no")
            case .resolved(let source):
                isContent = source != "bgp"
                parts.append("import check: by \(source)")
            }
            return PathEvidence(
                place: "zebra",
                isGood: isContent,
                text: parts.joined(separator: "; ")
            )
        } catch {
            return PathEvidence(place: "zebra", isGood: nil, text: "\(error)")
        }
    }

    /// What zebra makes of the link; nothing where it has no words for that (FRR before 8).
    private func linkSays() async throws(ZebraError) -> String? {
        guard let link else { return nil }
        do throws(ZebraError) {
            guard let seen = try await zebra.interface(link.name.text) else {
                return "\(link.name) is unknown to it"
            }
            let state = seen.isUp && seen.isOperational ? "up" : "down"
            let has = seen.addresses.contains(prefix) ? "has" : "does not have"
            return "to it \(link.name) is \(state) and \(has) the address"
        } catch {
            if case .refused = error.cause { return nil }
            throw error
        }
    }
}

extension PathEvidence {
    /// What the kernel would do with a packet to `address`.
    static func delivery(of address: IPAddress, on link: DirectorLink) async -> PathEvidence {
        do throws(LinkError) {
            let isDelivered = try await link.isDelivered(address)
            return PathEvidence(
                place: "kernel",
                isGood: isDelivered,
                text: isDelivered
                    ? "packets to \(address) are delivered here"
                    : "packets to \(address) are not delivered here"
            )
        } catch {
            return PathEvidence(place: "kernel", isGood: nil, text: "\(error)")
        }
    }

    /// What bgpd's table has for a prefix.
    init(table route: BGPRoute) {
        let others = route.paths.count { !$0.isOwn }
        let beside = others == 0 ? "" : "; \(others) of others"
        let text =
            switch route.own {
            case nil: "no path of its own"
            case let own? where !own.isValid:
                own.isAccessible ? "its own path is not valid" : "its own path has no next hop"
            case let own?:
                own.isBest ? "its own path is valid and best" : "its own path is not best"
            }
        self.init(place: "bgpd table", isGood: route.own?.isBest == true, text: text + beside)
    }

    /// What each peer is sent of an address, which is announced as `form`, and whether that is
    /// known to be what stands now.
    static func peers(
        of address: IPAddress,
        as form: Announcement?,
        in seen: BGPObservation,
        route: BGPRoute? = nil
    ) -> [PathEvidence] {
        let sent = seen.sent[address] ?? []
        let confirmed = seen.confirmed(address)
        let able = seen.peers.filter { $0.value.families[address.family] != nil }
        return (able.isEmpty ? seen.peers : able).sorted { $0.key < $1.key }.map { name, peer in
            guard sent.contains(name) else {
                let why =
                    peer.isEstablished
                    ? seen.obstacle(to: address, at: name, route: route).map { ": \($0)" } ?? ""
                    : " (\(peer.state))"
                return PathEvidence(
                    place: "peer \(name)",
                    isGood: false,
                    text: "is not sent it" + why
                )
            }
            let what =
                confirmed.contains(name)
                ? form.map { ", \($0)" } ?? "" : ", perhaps not yet as it is now"
            return PathEvidence(place: "peer \(name)", isGood: true, text: "is sent it\(what)")
        }
    }
}
