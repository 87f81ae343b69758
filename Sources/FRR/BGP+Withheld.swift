public import Net

extension BGP {
    /// Finds out why peers are not sent what others are.
    ///
    /// Only of peers that bgpd has nothing left to tell: of others nothing is known yet. Each costs
    /// a look-up of the route, so not all are explained; every peer that misses any has the reason
    /// for one at least, as far as there are no more peers than look-ups.
    func explainWithheld(
        in seen: inout BGPObservation,
        _ explanation: BGPExplanation,
        on vty: VTY
    ) async throws(FRRError) {
        let missing = seen.missing
        guard !missing.isEmpty else { return }
        var firsts: Set<IPAddress> = []
        var known: Set<PeerName> = []
        let ordered = missing.sorted { $0.key < $1.key }
        for (address, peers) in ordered where !peers.isSubset(of: known) {
            firsts.insert(address)
            known.formUnion(peers)
        }
        let chosen = firsts.sorted() + ordered.map(\.key).filter { !firsts.contains($0) }
        for address in chosen.prefix(VTYLimits.explainedRoutes) {
            let prefix = Prefix(host: address)
            let route = try await route(prefix, on: vty)
            for peer in missing[address] ?? [] {
                guard let obstacle = explanation.obstacle(to: prefix, at: peer, route: route)
                else { continue }
                seen.withheld[address, default: [:]][peer] = obstacle
            }
        }
        let explained = Set(seen.withheld.values.flatMap(\.keys))
        for peer in missing.values.flatMap(\.self) where explained.contains(peer) {
            seen.withheldCounts[peer, default: 0] += 1
        }
    }
}

extension BGPObservation {
    /// Why the peer called `name` is not sent `address`, which others are; `nil` when it is not
    /// known, or bgpd may still be about to send it.
    ///
    /// `route` is what the table has for it, if that was looked up since.
    public func obstacle(to address: IPAddress, at name: PeerName, route: BGPRoute?) -> BGPObstacle?
    {
        if let found = withheld[address]?[name] { return found }
        guard settled[address.family]?.contains(name) == true, advertisementLag.isEmpty,
            sent[address]?.isEmpty == false
        else { return nil }
        return BGPExplanation(routeMaps: routeMaps, peers: peers)
            .obstacle(to: Prefix(host: address), at: name, route: route)
    }

    /// The owned addresses that some peer is sent and others, which could be, are not.
    fileprivate var missing: [IPAddress: Set<PeerName>] {
        var able: [AddressFamily: Set<PeerName>] = [:]
        for family in AddressFamily.allCases {
            let active = peers.filter { $0.value.isEstablished && $0.value.families[family] != nil }
            able[family] = Set(active.keys).intersection(settled[family] ?? [])
        }
        return sent.reduce(into: [:]) { missing, entry in
            let others = (able[entry.key.family] ?? []).subtracting(entry.value)
            if !others.isEmpty { missing[entry.key] = others }
        }
    }
}
