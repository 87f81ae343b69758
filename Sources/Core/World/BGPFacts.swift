package import Net

/// What one look at the BGP plane gives.
package struct BGPFacts: Equatable, Sendable {
    /// The version of FRR, such as `8.4.4`; with its name, where it is another daemon.
    package var version: String
    /// Why nothing may be written: no instance, or one of another AS; `nil` when all is well.
    package var refusal: Fault?
    /// The configured peers, sorted by identifier.
    package var peers: [Peer]
    /// The prefixes of every `network` statement, ours or not.
    package var networks: Set<Prefix>
    /// To which peers each host prefix of an owned range is really sent; absent means to none.
    package var sentTo: [Prefix: Set<String>]
    /// Why a configured host prefix is sent to nobody, where the daemon gives a reason.
    package var obstacles: [Prefix: Fault]

    /// A look of these parts.
    package init(
        version: String = "",
        refusal: Fault? = nil,
        peers: [Peer] = [],
        networks: Set<Prefix> = [],
        sentTo: [Prefix: Set<String>] = [:],
        obstacles: [Prefix: Fault] = [:]
    ) {
        self.version = version
        self.refusal = refusal
        self.peers = peers
        self.networks = networks
        self.sentTo = sentTo
        self.obstacles = obstacles
    }

    /// The peers with an established session.
    package var establishedPeers: Int { peers.count { $0.isEstablished } }
}

/// A BGP neighbour as bgpd reports it.
package struct Peer: Hashable, Sendable {
    /// Its address, or the interface of an unnumbered session.
    package var id: String
    /// Its AS; `nil` where bgpd does not know it yet.
    package var asn: ASN?
    /// The families that are activated for it.
    package var families: Set<AddressFamily>
    /// The session's state in bgpd's words, such as `Established` or `Idle (Admin)`.
    package var state: String
    /// True when the session is established.
    package var isEstablished: Bool { state == "Established" }

    /// A peer of these parts.
    package init(
        id: String,
        asn: ASN?,
        state: String,
        families: Set<AddressFamily> = Set(AddressFamily.allCases)
    ) {
        self.id = id
        self.asn = asn
        self.state = state
        self.families = families
    }
}
