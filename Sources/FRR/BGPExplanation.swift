import Net

/// Finds the obstacles from what was read, without asking anyone.
struct BGPExplanation {
    let routeMaps: Set<String>
    let peers: [PeerName: BGPNeighbor]
    /// The families in which bgpd holds everything back.
    var delayed: Set<AddressFamily> = []

    /// Why `network`, which nobody is sent, is not sent; `route` is what the table has for it, if
    /// that was looked up.
    func obstacles(to network: BGPNetwork, route: BGPRoute?) -> [BGPObstacle] {
        if let name = network.routeMap, !routeMaps.contains(name) {
            return [.routeMapMissing(name)]
        }
        guard !peers.isEmpty else { return [.noPeer] }
        let family = network.prefix.address.family
        if let own = ownReason(route, family) { return [own] }
        return peers.sorted { $0.key < $1.key }.map { name, peer in
            obstacle(at: name, peer, family, isPassedOn: route?.advertisedTo.contains(name))
        }
    }

    /// Why `prefix`, which others are sent, is not sent to the peer called `name`, which is up and
    /// has nothing left to be sent; `nil` when nothing is wrong.
    ///
    /// `route` is what the table has for it, if that was looked up.
    func obstacle(
        to prefix: Prefix,
        at name: PeerName,
        route: BGPRoute?
    ) -> BGPObstacle? {
        let family = prefix.address.family
        guard let settings = peers[name]?.families[family] else { return nil }
        if settings.lacksOutboundPolicy { return .policyMissing(name, family) }
        // It may have been sent since: then the next look shows it.
        guard let route, !route.advertisedTo.contains(name) else { return nil }
        return settings.filters.isEmpty ? .withheld(name) : .filtered(name, by: settings.filters)
    }

    /// What keeps bgpd itself from a best path of its own; `nil` when it has one.
    private func ownReason(_ route: BGPRoute?, _ family: AddressFamily) -> BGPObstacle? {
        // With everything held back, no path is best and none is sent, and that explains both.
        if delayed.contains(family) { return .delayed(family) }
        guard let route else { return nil }
        guard let own = route.own else { return .notOriginated }
        // An invalid path with a resolved next hop has yet to be looked at by bgpd.
        guard own.isValid else { return own.isAccessible ? .pending : .notInRoutingTable }
        guard !own.isBest else { return nil }
        if route.paths.contains(where: \.isBest) { return .outranked }
        for (name, peer) in peers.sorted(by: { $0.key < $1.key }) {
            if case .restarting(family, _) = peer.restart, let restart = peer.restart {
                return .restarting(name, restart)
            }
        }
        return .pending
    }

    private func obstacle(
        at name: PeerName,
        _ peer: BGPNeighbor,
        _ family: AddressFamily,
        isPassedOn: Bool?
    ) -> BGPObstacle {
        guard peer.isEstablished else {
            if peer.hasTooManyPrefixes { return .tooManyPrefixes(name) }
            if case .helping = peer.restart, let restart = peer.restart {
                return .restarting(name, restart)
            }
            let reason = peer.isShut ? "shut down by an operator" : peer.lastReset
            return .sessionDown(name, state: peer.state, since: peer.downtime, reason: reason)
        }
        guard let settings = peer.families[family] else { return .familyInactive(name, family) }
        if settings.lacksOutboundPolicy { return .policyMissing(name, family) }
        // Whether a filter lets it pass is bgpd's to say: `advertisedTo` is after the filters.
        guard isPassedOn == false, !settings.filters.isEmpty else { return .pending }
        return .filtered(name, by: settings.filters)
    }
}
