import Core
import FRR
import Net

extension BGPFacts {
    /// What was seen of bgpd, without what is announced: that is the method's to say.
    init(_ seen: BGPObservation, asn: ASN) {
        // Whoever reads it knows that it is FRR; Quagga is the surprise.
        let version = seen.version
        self.init(version: version.product == .frr ? version.version : "\(version)")
        routerID = seen.routerID
        peers = seen.peers.sorted { $0.key < $1.key }.map { name, peer in
            var found = Peer(
                id: "\(name)",
                asn: peer.asn.number == 0 ? nil : peer.asn,
                state: peer.state,
                families: Set(peer.families.keys)
            )
            found.stateFor = peer.isEstablished ? peer.uptime : peer.downtime
            found.retention = peer.retention
            found.awaitsEndOfRIB = peer.awaitsEndOfRIB
            found.sentPrefixes = peer.families.compactMapValues(\.sentPrefixes)
            found.lacksPolicy = Set(
                peer.families.flatMap { family, settings in
                    (settings.lacksInboundPolicy ? [Peer.PolicyGap(family, .inbound)] : [])
                        + (settings.lacksOutboundPolicy ? [Peer.PolicyGap(family, .outbound)] : [])
                }
            )
            found.acceptedPrefixes = peer.families.compactMapValues(\.acceptedPrefixes)
            found.obstacle = seen.whatIsWithheld(from: name)
            return found
        }
        guard let instance = seen.instance else {
            refusal = Fault(.noInstance)
            return
        }
        if instance.asn != asn {
            refusal = Fault(.otherASN(configured: asn, running: instance.asn))
        }
        for (address, peers) in seen.sent {
            sentTo[Prefix(host: address)] = Set(peers.map(\.description))
        }
        for (address, obstacles) in seen.withheld {
            let prefix = Prefix(host: address)
            withheld[prefix] = Dictionary(
                uniqueKeysWithValues: obstacles.map { ("\($0.key)", Fault($0.value, to: prefix)) }
            )
        }
        otherPaths = seen.otherPaths.map { Set($0.map { Prefix(host: $0) }) }
        unusedRouteMaps = Set(seen.unusedRouteMaps.map(\.description))
    }
}

extension BGPObservation {
    /// Why the peer called `name` is not sent all that others are; `nil` when it is, or when that
    /// is not known.
    fileprivate func whatIsWithheld(from name: PeerName) -> Fault? {
        guard let count = withheldCounts[name],
            let example = withheld.filter({ $0.value[name] != nil }).keys.min(),
            let obstacle = withheld[example]?[name]
        else { return nil }
        let total = sent.keys.count { peers[name]?.families[$0.family] != nil }
        return Fault(
            code: obstacle.code,
            summary: "\(count) of \(total) prefixes of ours are not sent to it, such as "
                + "\(Prefix(host: example)): \(obstacle)",
            because: obstacle.because,
            fix: obstacle.fix
        )
    }
}

extension Announcement {
    /// What the configuration of bgpd says of an address.
    init(_ announced: BGPObservation.Announced) {
        switch announced {
        case .plain: self.init()
        case .policy(let policy): self.init(Level(policy.level), RouteAttributes(policy))
        case .tampered(let name):
            self.init(foreignForm: "route-map \(name), which somebody has changed")
        case .foreign(let name): self.init(foreignForm: "route-map \(name)")
        }
    }
}

extension Announcement.Level {
    init(_ level: RoutePolicy.Level) {
        switch level {
        case .normal: self = .normal
        case .soft: self = .soft
        }
    }
}

extension RouteAttributes {
    init(_ policy: RoutePolicy) {
        self.init(
            communities: policy.communities.map { Core.Community(number: $0.rawValue) },
            largeCommunities: policy.largeCommunities.map {
                Core.LargeCommunity($0.global, $0.first, $0.second)
            },
            med: policy.med,
            prepend: policy.prepend,
            bandwidth: policy.bandwidth
        )
    }
}

extension RoutePolicy {
    /// How bgpd is told of an announcement of ours.
    init(_ announcement: Announcement) {
        let attributes = announcement.attributes
        self.init(
            level: announcement.level == .soft ? .soft : .normal,
            communities: attributes.communities.map { FRR.Community(rawValue: $0.number) },
            largeCommunities: attributes.largeCommunities.map {
                FRR.LargeCommunity($0.asn, $0.first, $0.second)
            },
            med: attributes.med,
            prepend: attributes.prepend,
            bandwidth: attributes.bandwidth
        )
    }
}

extension Fault {
    init(_ error: FRRError) {
        self.init(
            code: error.code,
            summary: error.summary,
            because: error.because,
            fix: error.fix
        )
    }

    /// What keeps `prefix` from being sent.
    init(_ obstacle: BGPObstacle, to prefix: Prefix) {
        self.init(
            code: obstacle.code,
            summary: "\(prefix): \(obstacle)",
            because: obstacle.because,
            fix: obstacle.fix
        )
    }
}
