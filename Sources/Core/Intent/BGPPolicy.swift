package import Net

/// The bgpd of this director, or several, and what may be announced through them.
package struct BGPPolicy: Equatable, Sendable {
    /// Where VIPs are announced; at least one, names unique.
    package private(set) var speakers: [Speaker]
    /// The ranges whose host prefixes are ours to announce and withdraw; at least one.
    package var ownedPrefixes: [Prefix]
    /// Ranges that have left the configuration, and in which something of ours may be left.
    package var formerPrefixes: [Prefix] = []
    /// How many peers must be sent a route before it counts as announced; 1 or more.
    package var minimumPeers: Int
    /// How often what peers are sent is read back.
    package var verifyEvery: Duration
    /// The kernel routes of speakers with that method.
    package var kernelRoute: KernelRoutePolicy
    /// How many route changes routers are given.
    package var routeChanges = RouteChangePolicy()
    /// How long what someone else removes is put back.
    package var repairs = RepairPolicy.usual

    /// Where Debian's FRR puts the socket.
    package static let usualSocket = Speaker.usualSocket

    /// Announces inside `ownedPrefixes` through the one bgpd of `asn`.
    package init(
        asn: ASN,
        ownedPrefixes: [Prefix],
        vtySocket: String = BGPPolicy.usualSocket,
        minimumPeers: Int = 1,
        verifyEvery: Duration = .seconds(5)
    ) {
        self.init(
            speaker: Speaker(asn: asn, vtySocket: vtySocket),
            ownedPrefixes: ownedPrefixes,
            minimumPeers: minimumPeers,
            verifyEvery: verifyEvery
        )
    }

    /// Announces inside `ownedPrefixes` through `speaker` and `others`, whose names differ.
    package init(
        speaker: Speaker,
        others: [Speaker] = [],
        ownedPrefixes: [Prefix],
        minimumPeers: Int = 1,
        verifyEvery: Duration = .seconds(5),
        kernelRoute: KernelRoutePolicy = KernelRoutePolicy()
    ) {
        speakers = [speaker] + others
        self.ownedPrefixes = ownedPrefixes
        self.minimumPeers = minimumPeers
        self.verifyEvery = verifyEvery
        self.kernelRoute = kernelRoute
    }

    /// Takes up speakers that have left the configuration, by names that no other has.
    package mutating func take(former: [Speaker]) {
        for speaker in former {
            var speaker = speaker
            speaker.isFormer = true
            speaker.name = Name.former(speaker.name, besides: Set(speakers.map(\.name)))
            speakers.append(speaker)
        }
    }

    /// The speaker of everything that does not say which.
    package var mainSpeaker: Speaker {
        get { speakers[0] }
        set { speakers[0] = newValue }
    }

    /// The AS of the main speaker.
    package var asn: ASN {
        get { mainSpeaker.asn }
        set { mainSpeaker.asn = newValue }
    }
    /// The socket of the main speaker.
    package var vtySocket: String {
        get { mainSpeaker.vtySocket }
        set { mainSpeaker.vtySocket = newValue }
    }

    /// Every range in which a host prefix may be of our doing.
    package var watchedPrefixes: [Prefix] { ownedPrefixes + formerPrefixes }

    /// The speaker called `name`; `nil` when there is none.
    package subscript(name: Name) -> Speaker? { speakers.first { $0.name == name } }
}

/// How kernel routes that announce VIPs look.
package struct KernelRoutePolicy: Equatable, Sendable {
    /// The protocol number that tells our routes from others'.
    package var routeProtocol: UInt8
    /// The metric of a normal announcement, and of a soft one; they differ.
    package var metric: UInt32
    package var softMetric: UInt32
    /// Protocol numbers that ours had before, and that routes of ours may still have.
    package var formerProtocols: Set<UInt8> = []

    /// A protocol number that neither Linux nor FRR has taken: zebra ignores routes with one of
    /// its own.
    package init(routeProtocol: UInt8 = 201, metric: UInt32 = 100, softMetric: UInt32 = 200) {
        self.routeProtocol = routeProtocol
        self.metric = metric
        self.softMetric = softMetric
    }
}
