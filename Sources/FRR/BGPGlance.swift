import Net

/// What a look at the summary tells, which costs bgpd next to nothing.
///
/// Every change of a best path raises the version of its table, be it another attribute, a
/// statement that came or went, or an import check that changed its mind. The rest are changes that
/// leave best paths alone: a session that came or went (also one that was down for an instant:
/// its count grows), a filter that lets more or less through, a second path from a peer. What none
/// of that shows (a statement that never had a path, a filter that took one prefix away and let
/// another through) is found by the next full look.
public struct BGPGlance: Hashable, Sendable {
    /// One unicast family.
    struct Family: Hashable, Sendable {
        let tableVersion: Int
        let isDelayed: Bool
        let peers: [PeerName: Peer]
    }

    /// A peer in one family.
    struct Peer: Hashable, Sendable {
        let state: String
        let peerState: String
        let established: Int
        let sent: Int
        let received: Int
    }

    let asn: ASN?
    /// Another one resets every session.
    let routerID: String?
    let families: [AddressFamily: Family]

    /// What matters of `summary`: its uptimes and message counts change for no reason.
    public init(_ summary: BGPSummary) {
        asn = summary.asn
        routerID = summary.routerID
        families = summary.families.mapValues { family in
            Family(
                tableVersion: family.tableVersion,
                isDelayed: family.isDelayed,
                peers: family.peers.mapValues { peer in
                    Peer(
                        state: peer.state,
                        peerState: peer.peerState,
                        established: peer.established,
                        sent: peer.sent,
                        received: peer.received
                    )
                }
            )
        }
    }

    /// The families in which bgpd holds everything back.
    var delayedFamilies: Set<AddressFamily> { Set(families.filter(\.value.isDelayed).keys) }

    /// The peers that are down because they sent more prefixes than they may.
    var peersBeyondTheirPrefixes: Set<PeerName> {
        families.values.reduce(into: []) { names, family in
            names.formUnion(family.peers.filter { $0.value.state == "Idle (PfxCt)" }.keys)
        }
    }

    /// False when the daemon prints no versions, as Quagga: its glances prove nothing.
    var showsVersions: Bool {
        !families.isEmpty && families.values.allSatisfy { $0.tableVersion >= 0 }
    }
}
