package import Net

/// A reason why a configured prefix does not reach a peer, or anyone.
package enum BGPObstacle: Hashable, Sendable {
    /// The instance has no peer.
    case noPeer
    /// The session with the peer is not up: its state, and bgpd's reason if it has one.
    case sessionDown(PeerName, state: String, reason: String?)
    /// The peer is not activated in the family of the prefix.
    case familyInactive(PeerName, AddressFamily)
    /// eBGP needs an outbound policy (RFC 8212), and the peer has none in this family.
    case policyMissing(PeerName, AddressFamily)
    /// The peer is up and would be sent the prefix, had these filters not been there.
    case filtered(PeerName, by: [String])
    /// The statement's route-map does not exist, which denies everything.
    case routeMapMissing(String)
    /// The statement is there and the table has no path from it: its route-map denies it, or bgpd
    /// has not got to it yet.
    case notOriginated
    /// The import check found no such route outside BGP.
    case notInRoutingTable
    /// Another path for the same prefix is better than the one from here.
    case outranked
    /// Nothing is in the way, and bgpd has not sent it yet: it gathers for 50 ms and more.
    case pending
}

extension BGPObstacle: CustomStringConvertible {
    /// The stable code of the reason, from the same list as those of `FRRError`.
    package var code: String {
        switch self {
        case .policyMissing: "F105"
        case .notInRoutingTable: "F106"
        case .notOriginated: "F107"
        case .sessionDown: "F110"
        case .filtered: "F111"
        case .routeMapMissing: "F116"
        case .familyInactive: "F117"
        case .noPeer: "F118"
        case .outranked: "F119"
        case .pending: "F120"
        }
    }

    /// The reason in one sentence.
    package var description: String {
        switch self {
        case .noPeer: "bgpd has no neighbor to send it to"
        case .sessionDown(let peer, let state, let reason):
            "neighbor \(peer) is \(state)" + (reason.map { ": \($0)" } ?? "")
        case .familyInactive(let peer, let family):
            "neighbor \(peer) is not activated in \(family.unicast)"
        case .policyMissing(let peer, let family):
            "bgpd discards every \(family.unicast) route to \(peer): eBGP needs an outbound "
                + "policy (RFC 8212) and the neighbor has none"
        case .filtered(let peer, let names):
            "neighbor \(peer) does not get it: its outbound policy "
                + "\(names.joined(separator: ", ")) does not let it pass"
        case .routeMapMissing(let name):
            "its route-map \(name) does not exist, and a missing route-map denies everything"
        case .notOriginated:
            "its statement is in the configuration, and bgpd's table has no route from it"
        case .notInRoutingTable:
            "it is not in the routing table (bgp network import-check, on by default)"
        case .outranked: "bgpd has a better path for it from elsewhere"
        case .pending: "bgpd has not sent it yet"
        }
    }

    /// What to do, with lines to paste where there are any.
    package var fix: String {
        switch self {
        case .noPeer: "configure a neighbor: router bgp, neighbor ADDRESS remote-as ASN"
        case .sessionDown(let peer, _, _):
            "vtysh -c 'show bgp neighbors \(peer)'; is TCP port 179 open, and the AS right?"
        case .familyInactive(let peer, let family):
            "router bgp, address-family \(family.unicast), neighbor \(peer) activate"
        case .policyMissing(let peer, let family):
            "router bgp, address-family \(family.unicast), neighbor \(peer) route-map NAME out "
                + "with a route-map that permits the owned prefixes (or no bgp "
                + "ebgp-requires-policy, which removes the guard for every neighbor)"
        case .filtered(_, let names):
            "permit the prefix in \(names.joined(separator: " and ")); vtysh -c 'show "
                + "route-map' -c 'show ip prefix-list detail'"
        case .routeMapMissing(let name): "create it: route-map \(name) permit 10"
        case .notOriginated: "look at the route-map of its network statement"
        case .notInRoutingTable:
            "put the address on an interface, or say no bgp network import-check in router bgp"
        case .outranked: "vtysh -c 'show bgp PREFIX': where does the better path come from?"
        case .pending:
            "wait; if it stays so after a change of policy, vtysh -c 'clear bgp * soft out'"
        }
    }
}

/// Finds the obstacles from what was read, without asking anyone.
struct BGPExplanation {
    let routeMaps: Set<String>
    let peers: [PeerName: BGPNeighbor]

    /// Why `network`, which nobody is sent, is not sent; `route` is what the table has for it, if
    /// that was looked up.
    func obstacles(to network: BGPNetwork, route: BGPRoute?) -> [BGPObstacle] {
        if let name = network.routeMap, !routeMaps.contains(name) {
            return [.routeMapMissing(name)]
        }
        guard !peers.isEmpty else { return [.noPeer] }
        if let route {
            guard let own = route.own else { return [.notOriginated] }
            // An invalid path with a resolved next hop has yet to be looked at by bgpd.
            guard own.isValid else { return [own.isAccessible ? .pending : .notInRoutingTable] }
            guard own.isBest else {
                return [route.paths.contains(where: \.isBest) ? .outranked : .pending]
            }
        }
        let family = network.prefix.address.family
        return peers.sorted { $0.key < $1.key }.map { name, peer in
            obstacle(at: name, peer, family, isPassedOn: route?.advertisedTo.contains(name))
        }
    }

    private func obstacle(
        at name: PeerName,
        _ peer: BGPNeighbor,
        _ family: AddressFamily,
        isPassedOn: Bool?
    ) -> BGPObstacle {
        guard peer.isEstablished else {
            let reason = peer.isShut ? "shut down by an operator" : peer.lastReset
            return .sessionDown(name, state: peer.state, reason: reason)
        }
        guard let settings = peer.families[family] else { return .familyInactive(name, family) }
        if settings.lacksOutboundPolicy { return .policyMissing(name, family) }
        // Whether a filter lets it pass is bgpd's to say: `advertisedTo` is after the filters.
        guard isPassedOn == false, !settings.filters.isEmpty else { return .pending }
        return .filtered(name, by: settings.filters)
    }
}
