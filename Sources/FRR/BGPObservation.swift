public import Net

/// Everything a controller needs to know about one instance, read in one go.
///
/// The parts were read one after the other, so they may differ by what bgpd did in between.
public struct BGPObservation: Hashable, Sendable {
    /// What an address is announced with, as its statement and the route-maps say.
    public enum Announced: Hashable, Sendable {
        /// Without a route-map.
        case plain
        /// Through a route-map of ours, whose content is what its name says.
        case policy(RoutePolicy)
        /// Through a route-map of ours that somebody has changed or removed.
        case tampered(RouteMapName)
        /// Through somebody else's route-map, whose content is not looked at.
        case foreign(String)
    }

    /// The daemon.
    public let version: DaemonVersion
    /// The instance with its networks; `nil` when there is none.
    public let instance: BGPInstance?
    /// A digest of the whole configuration, also of what is not about BGP.
    public var digest: UInt64 = 0
    /// The identifier that bgpd has given the instance; `nil` where it has no peer.
    public var routerID: String? { glance?.routerID }
    /// The peers of that instance.
    public var peers: [PeerName: BGPNeighbor] = [:]
    /// Each owned address whose host prefix originates here and is sent to someone, with those it
    /// is sent to.
    public var sent: [IPAddress: Set<PeerName>] = [:]
    /// Each owned address whose host prefix was learnt from a peer, with those it is passed to.
    ///
    /// It should be empty: a director is not a transit router.
    public var relayed: [IPAddress: Set<PeerName>] = [:]
    /// Each owned address that has a statement and is sent to nobody, with the reasons.
    public var obstacles: [IPAddress: [BGPObstacle]] = [:]
    /// Each owned address that some peers are sent and others, which could be, are not, with the
    /// reason at each of those; no more addresses than `VTYLimits.explainedRoutes`.
    ///
    /// A peer without a session is not among them, nor one that is not activated in the family.
    public var withheld: [IPAddress: [PeerName: BGPObstacle]] = [:]
    /// How many owned addresses each such peer is not sent, explained or not.
    public var withheldCounts: [PeerName: Int] = [:]
    /// For how long a peer may still have what stood before a change; empty where bgpd shows what
    /// it has left to send (FRR).
    public var advertisementLag: [PeerName: Duration] = [:]
    /// The peers that bgpd has nothing left to tell in a family: what stood in the configuration
    /// when this was read has been sent to them, with the attributes it stood there with.
    public var settled: [AddressFamily: Set<PeerName>] = [:]
    /// The route-maps of ours that there are.
    public var ownedRouteMaps: [RouteMapName: OwnedRouteMap.State] = [:]
    /// Those of them that nothing uses any more.
    public var unusedRouteMaps: Set<RouteMapName> = []
    /// The owned addresses for which a peer has sent a path that would serve if ours went.
    public var otherPaths: Set<IPAddress>? = []

    /// The names of the route-maps that there are, whosever they are.
    public var routeMaps: Set<String> = []

    var owned: [Prefix] = []
    var connection: Int?
    var glance: BGPGlance?

    /// The observation of an instance of which nothing else is known yet.
    public init(version: DaemonVersion, instance: BGPInstance?) {
        self.version = version
        self.instance = instance
    }

    /// The statements for owned host prefixes, by address.
    public func networks(within owned: [Prefix]) -> [IPAddress: BGPNetwork] {
        var networks: [IPAddress: BGPNetwork] = [:]
        for (prefix, network) in instance?.networks ?? [:] {
            guard prefix.isHost, owned.contains(where: { $0.contains(prefix) }) else { continue }
            networks[prefix.address] = network
        }
        return networks
    }

    /// What `address` is announced with; `nil` when it has no statement.
    public func announced(_ address: IPAddress) -> Announced? {
        guard let network = instance?.networks[Prefix(host: address)] else { return nil }
        guard let text = network.routeMap else { return .plain }
        guard let name = RouteMapName(owned: text) else { return .foreign(text) }
        guard case .intact(let policy) = ownedRouteMaps[name] else { return .tampered(name) }
        return .policy(policy)
    }

    /// The peers that are known to have been sent `address` with what it is announced with now.
    ///
    /// A peer that is in `sent` and not here has been sent the prefix, perhaps with attributes of
    /// before.
    public func confirmed(_ address: IPAddress) -> Set<PeerName> {
        (sent[address] ?? []).intersection(settled[address.family] ?? [])
    }

    /// The addresses of the host prefixes among `prefixes` that are owned.
    func ownedHosts(of prefixes: some Sequence<Prefix>) -> [IPAddress] {
        prefixes.filter { prefix in prefix.isHost && owned.contains { $0.contains(prefix) } }
            .map(\.address)
    }

    /// How many prefixes each peer has sent.
    var receivedCounts: [PeerName: [AddressFamily: Int]] {
        peers.mapValues { $0.families.mapValues { $0.acceptedPrefixes ?? 0 } }
    }

    /// True when nothing that a glance shows has changed since, and nothing was under way then.
    func stands(_ now: BGPGlance?, on vty: Int?, owned: [Prefix]) -> Bool {
        // On another connection it may be another bgpd, whose counts happen to be the same.
        guard let now, let glance, now == glance, glance.showsVersions, vty != nil,
            connection == vty,
            self.owned == owned, !obstacles.values.contains(where: { $0.contains(.pending) })
        else { return false }
        return peers.filter(\.value.isEstablished).allSatisfy { name, peer in
            !peer.awaitsEndOfRIB
                && peer.families.keys.allSatisfy { settled[$0]?.contains(name) == true }
        }
    }
}
