package import Net

/// The bgpd of this director and what may be announced through it.
package struct BGPPolicy: Equatable, Sendable {
    /// The AS number that bgpd must already run with; another one is never written to.
    package var asn: ASN
    /// The path of bgpd's VTY socket.
    package var vtySocket: String
    /// The ranges whose host prefixes are ours to announce and withdraw; at least one.
    package var ownedPrefixes: [Prefix]
    /// How many peers must be sent a route before it counts as announced; 1 or more.
    package var minimumPeers: Int
    /// How often what peers are sent is read back.
    package var verifyEvery: Duration

    /// Where Debian's FRR puts the socket.
    package static let usualSocket = "/run/frr/bgpd.vty"

    /// Announces inside `ownedPrefixes` through the bgpd of `asn`.
    package init(
        asn: ASN,
        ownedPrefixes: [Prefix],
        vtySocket: String = BGPPolicy.usualSocket,
        minimumPeers: Int = 1,
        verifyEvery: Duration = .seconds(5)
    ) {
        self.asn = asn
        self.ownedPrefixes = ownedPrefixes
        self.vtySocket = vtySocket
        self.minimumPeers = minimumPeers
        self.verifyEvery = verifyEvery
    }
}
