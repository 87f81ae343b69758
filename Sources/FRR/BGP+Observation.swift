public import Net

extension BGP {
    /// Reads everything about the prefixes inside `owned`.
    ///
    /// It asks each established peer once per family for all it is sent, which is cheap for
    /// thousands of VIPs and not meant for a router with a full table. An error anywhere fails the
    /// whole: what was not seen is unknown.
    ///
    /// - Parameters:
    ///   - owned: The ranges whose host prefixes matter.
    ///   - previous: An earlier observation that stands as long as a glance at the summary shows
    ///     what it showed then. Hand in none when there was a write since, and none that is older
    ///     than `VTYLimits.glanceHolds`: not everything shows at a glance.
    /// - Returns: What was seen, which is `previous` when that still stands.
    /// - Throws: `FRRError.unreadable` for answers that contradict one another, and whatever ends
    ///   a connection.
    public func observe(
        owned: [Prefix],
        previous: BGPObservation? = nil
    ) async throws(FRRError) -> BGPObservation {
        let vty = try await reader.connection()
        let glance = try await glance(on: vty)
        if let previous, previous.stands(glance, on: vty.id, owned: owned) { return previous }
        let configuration = try await configuration(on: vty)
        let version: DaemonVersion
        if let daemon = vty.daemon { version = daemon } else { version = try await self.version() }
        var seen = BGPObservation(version: version, instance: configuration.instance(in: vrf))
        seen.owned = owned
        seen.connection = vty.id
        seen.glance = glance
        seen.routeMaps = configuration.routeMaps
        seen.digest = configuration.digest
        seen.ownedRouteMaps = configuration.ownedRouteMaps
        seen.unusedRouteMaps = configuration.unusedRouteMaps
        // A configuration that was not understood looks as if there were no instance.
        guard (glance == nil) == (seen.instance == nil) else {
            throw .unreadable(
                line: VTYLine.showRunningConfiguration.text,
                reason: "it and the summary do not agree on whether there is a \"router bgp\""
            )
        }
        guard let instance = seen.instance else { return seen }
        seen.peers = try await neighbors(on: vty)
        // Only the summary says that a peer went beyond `maximum-prefix`.
        for name in glance?.peersBeyondTheirPrefixes ?? [] {
            seen.peers[name]?.hasTooManyPrefixes = true
        }
        try await seen.look(at: self, on: vty)
        let explanation = BGPExplanation(
            routeMaps: configuration.routeMaps,
            peers: seen.peers,
            delayed: glance?.delayedFamilies ?? []
        )
        seen.obstacles = try await obstacles(in: seen, of: instance, explanation, on: vty)
        if case .frr = try dialect(of: vty) {
            // Quagga does not say what a peer is still to be sent: nothing is known to be missing.
            try await explainWithheld(in: &seen, explanation, on: vty)
        }
        seen.otherPaths = try await otherPaths(in: seen, since: previous, on: vty)
        return seen
    }

    /// The summary's essence; `nil` when there is no instance.
    private func glance(on vty: VTY) async throws(FRRError) -> BGPGlance? {
        do {
            return BGPGlance(try await summary(on: vty))
        } catch .noInstance {
            return nil
        }
    }

    private func obstacles(
        in seen: BGPObservation,
        of instance: BGPInstance,
        _ explanation: BGPExplanation,
        on vty: VTY
    ) async throws(FRRError) -> [IPAddress: [BGPObstacle]] {
        let unsent = seen.ownedHosts(of: instance.networks.keys)
            .filter { seen.sent[$0] == nil }
            .sorted()
        var obstacles: [IPAddress: [BGPObstacle]] = [:]
        for (index, address) in unsent.enumerated() {
            let prefix = Prefix(host: address)
            guard let network = instance.networks[prefix] else { continue }
            let route = index < VTYLimits.explainedRoutes ? try await route(prefix, on: vty) : nil
            obstacles[address] = explanation.obstacles(to: network, route: route)
        }
        return obstacles
    }

    /// The owned addresses for which a peer has sent a path that would serve.
    ///
    /// It is asked for only when some peer has sent anything at all. A count that is what it was
    /// keeps the answer: which paths they are changes seldom, and is looked at again in a minute.
    private func otherPaths(
        in seen: BGPObservation,
        since previous: BGPObservation?,
        on vty: VTY
    ) async throws(FRRError) -> Set<IPAddress>? {
        // Nothing is known there, which is not the same as that there are none.
        guard case .frr(let vrf) = try dialect(of: vty) else { return nil }
        if let previous, previous.connection == seen.connection, previous.owned == seen.owned,
            previous.receivedCounts == seen.receivedCounts
        {
            return previous.otherPaths
        }
        var found: Set<IPAddress> = []
        for range in seen.owned {
            let family = range.address.family
            let hasAny = seen.peers.values.contains { peer in
                (peer.families[family]?.acceptedPrefixes ?? 0) > 0
            }
            guard hasAny else { continue }
            let line = VTYLine.showInside(range, in: vrf)
            let reply = try await read(line, on: vty)
            let paths = try BGPJSON.decode(BGPPathsFromPeers.self, from: reply, to: line)
            found.formUnion(seen.ownedHosts(of: paths.usable))
        }
        return found
    }
}

extension BGPObservation {
    /// Asks what each peer is sent, and then whether there is anything that it is still to be sent.
    fileprivate mutating func look(at bgp: BGP, on vty: VTY) async throws(FRRError) {
        for (name, peer) in peers where peer.isEstablished {
            for family in peer.families.keys {
                let advertised = try await bgp.advertised(to: name, family, on: vty)
                for address in ownedHosts(of: advertised.originated) {
                    sent[address, default: []].insert(name)
                }
                for address in ownedHosts(of: advertised.relayed) {
                    relayed[address, default: []].insert(name)
                }
            }
        }
        let queues = try await vty.command(.showWorkQueues)
        let isProcessed = BGPQuiet.isProcessed(workQueues: queues.text)
        guard case .frr(let vrf) = try bgp.dialect(of: vty) else {
            guard isProcessed ?? true else { return }
            // Quagga does not show what a peer is still to be sent.
            advertisementLag = peers.filter(\.value.isEstablished).mapValues { peer in
                peer.advertisementLag(toOurs: instance?.asn)
            }
            for family in AddressFamily.allCases {
                settled[family] = Set(peers.filter(\.value.isEstablished).keys)
            }
            return
        }
        // A queue that was not seen is not empty.
        guard isProcessed == true else { return }
        for family in Set(peers.values.flatMap(\.families.keys)) {
            let groups = try await bgp.read(.showUpdateGroups(family, in: vrf), on: vty)
            settled[family] = BGPQuiet.settledPeers(updateGroups: groups.text)
        }
        // Packets that were made, and not written to the peer yet.
        let summary = try await bgp.summary(on: vty)
        for (family, found) in summary.families {
            settled[family]?.subtract(found.peers.filter { $0.value.outQueue > 0 }.keys)
        }
    }
}

extension VTYLine {
    /// Every path for a prefix inside `range`.
    static func showInside(_ range: Prefix, in vrf: VRFName?) -> VTYLine {
        VTYLine(
            trusted: "show bgp\(vrf.scope) \(range.address.family.unicast) \(range) "
                + "longer-prefixes json"
        )
    }
}
