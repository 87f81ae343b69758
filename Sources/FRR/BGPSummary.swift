package import Net

/// The default instance as `show bgp summary json` shows it (bgpd/bgp_vty.c `bgp_show_summary`).
package struct BGPSummary: Hashable, Sendable {
    /// A peer in one address family.
    package struct Peer: Hashable, Sendable {
        /// The peer's AS; 0 while it is not known (`remote-as external`).
        package let asn: ASN
        /// The state of the session.
        ///
        /// One of `Idle`, `Connect`, `Active`, `OpenSent`, `OpenConfirm`,
        /// `Established`, `Idle (Admin)`, `Idle (PfxCt)`, `Clearing` or `Deleted`.
        package let state: String
        /// What keeps the session from working.
        ///
        /// One of `OK`, `Policy`, `Admin`, `PfxCt`, `Passive` and `NSF passive`.
        /// `Policy` says that one direction has no policy, and not which; `BGPNeighbor` does.
        package let peerState: String
    }

    /// The number of the instance; `nil` when there are no peers, since only they come with it.
    package let asn: ASN?
    /// The peers of each unicast family that has any.
    package let peers: [AddressFamily: [PeerName: Peer]]
}

extension BGPSummary: Decodable {
    private struct Family: Decodable {
        let `as`: ASNValue
        let peers: [String: Row]
    }

    private struct Row: Decodable {
        let remoteAs: ASNValue
        let state: String
        let peerState: String
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        var asn: ASN?
        var peers: [AddressFamily: [PeerName: Peer]] = [:]
        // A VPN family alone says the number too, so every family is looked at.
        for key in container.allKeys {
            let found = try container.decode(Family.self, forKey: key)
            asn = found.as.asn
            guard let family = AddressFamily(json: key.stringValue) else { continue }
            for (name, row) in found.peers {
                peers[family, default: [:]][try PeerName(parsing: name)] = Peer(
                    asn: row.remoteAs.asn,
                    state: row.state,
                    peerState: row.peerState
                )
            }
        }
        self.asn = asn
        self.peers = peers
    }
}

extension AddressFamily {
    /// The unicast family behind a key such as `ipv4Unicast`.
    init?(json key: String) {
        switch key {
        case "ipv4Unicast": self = .v4
        case "ipv6Unicast": self = .v6
        default: return nil
        }
    }
}
