package import Net

/// Everything a controller needs to know about bgpd, read in one go.
///
/// The parts were read one after the other, so they may differ by what bgpd did in between.
package struct BGPObservation: Hashable, Sendable {
    /// The daemon.
    package let version: DaemonVersion
    /// The instance of the default VRF with its networks; `nil` when there is none.
    package let instance: BGPInstance?
    /// The peers of that instance.
    package let peers: [PeerName: BGPNeighbor]
    /// Each owned address whose host prefix originates here and is sent to someone, with those it
    /// is sent to.
    package let sent: [IPAddress: Set<PeerName>]
    /// Each owned address whose host prefix was learnt from a peer, with those it is passed to.
    ///
    /// It should be empty: a director is not a transit router.
    package let relayed: [IPAddress: Set<PeerName>]
    /// Each owned address that has a statement and is sent to nobody, with the reasons.
    package let obstacles: [IPAddress: [BGPObstacle]]

    /// The statements for owned host prefixes, by address.
    package func networks(within owned: [Prefix]) -> [IPAddress: BGPNetwork] {
        var networks: [IPAddress: BGPNetwork] = [:]
        for (prefix, network) in instance?.networks ?? [:] {
            guard prefix.isHost, owned.contains(where: { $0.contains(prefix) }) else { continue }
            networks[prefix.address] = network
        }
        return networks
    }
}
