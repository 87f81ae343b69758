package import Net

/// What one look at the BGP plane gives: each speaker by itself.
///
/// A speaker that could not be seen says nothing about the others.
package struct RoutingFacts: Equatable, Sendable {
    /// What each speaker of the configuration was seen to do, or why it could not be seen.
    package var speakers: [Name: Result<BGPFacts, Fault>]

    /// A look at these speakers.
    package init(_ speakers: [Name: Result<BGPFacts, Fault>]) { self.speakers = speakers }

    /// A look at the only speaker of a configuration that does not list speakers.
    package init(_ facts: BGPFacts) { speakers = [Speaker.usualName: .success(facts)] }
}

/// What one look at one speaker gives.
package struct BGPFacts: Equatable, Sendable {
    /// The version of FRR, such as `8.4.4`; with its name, where it is another daemon.
    package var version: String
    /// The identifier of the instance, where it is known.
    package var routerID: String?
    /// Why nothing may be written: no instance, or one of another AS; `nil` when all is well.
    package var refusal: Fault?
    /// The configured peers, sorted by identifier.
    package var peers: [Peer]
    /// The host prefixes of owned ranges that are announced, and how.
    ///
    /// By a `network` statement or by a kernel route of ours, as the speaker's method is.
    package var announced: [Prefix: Announcement]
    /// How many prefixes are announced that are not ours.
    package var foreignNetworks: Int
    /// To which peers each host prefix of an owned range is really sent; absent means to none.
    package var sentTo: [Prefix: Set<String>]
    /// In which form peers are known to have been sent it: those of `sentTo` for which that is
    /// known, and no others.
    package var sentForms: [Prefix: [String: Announcement]]
    /// Why a configured host prefix is sent to nobody, where the daemon gives a reason.
    package var obstacles: [Prefix: Fault]
    /// Why peers that could be sent a prefix that others are sent are not sent it, for some such
    /// prefixes at most.
    package var withheld: [Prefix: [String: Fault]] = [:]
    /// The host prefixes of owned ranges to which the speaker knows a usable path that is not ours;
    /// `nil` where that was not asked.
    package var otherPaths: Set<Prefix>?
    /// The route-maps of ours that nothing uses any more.
    package var unusedRouteMaps: Set<String>
    /// What the kernel, zebra and bgpd say of the path of a prefix, for people.
    package var evidence: [Prefix: [PathEvidence]]
    /// Counts the connections to it: another number may be another process.
    package var incarnation = 0
    /// A digest of its whole configuration; `nil` where that does not matter or is not told.
    package var digest: UInt64?

    /// A look of these parts.
    package init(
        version: String = "",
        refusal: Fault? = nil,
        peers: [Peer] = [],
        announced: [Prefix: Announcement] = [:],
        foreignNetworks: Int = 0,
        sentTo: [Prefix: Set<String>] = [:],
        sentForms: [Prefix: [String: Announcement]] = [:],
        obstacles: [Prefix: Fault] = [:],
        otherPaths: Set<Prefix>? = nil,
        unusedRouteMaps: Set<String> = [],
        evidence: [Prefix: [PathEvidence]] = [:]
    ) {
        self.version = version
        self.refusal = refusal
        self.peers = peers
        self.announced = announced
        self.foreignNetworks = foreignNetworks
        self.sentTo = sentTo
        self.sentForms = sentForms
        self.obstacles = obstacles
        self.otherPaths = otherPaths
        self.unusedRouteMaps = unusedRouteMaps
        self.evidence = evidence
    }

    /// The peers with an established session.
    package var establishedPeers: Int { peers.count { $0.isEstablished } }
}

/// A BGP neighbour as bgpd reports it.
package struct Peer: Hashable, Sendable {
    /// A direction in which bgpd discards everything, because eBGP needs a policy (RFC 8212).
    package struct PolicyGap: Hashable, Sendable {
        /// Which way prefixes go.
        package enum Direction: String, Hashable, Sendable, CaseIterable {
            case inbound = "in"
            case outbound = "out"
        }

        /// Of which family.
        package let family: AddressFamily
        /// Which way they go.
        package let direction: Direction

        /// The gap in this direction.
        package init(_ family: AddressFamily, _ direction: Direction) {
            self.family = family
            self.direction = direction
        }
    }

    /// Its address, or the interface of an unnumbered session.
    package var id: String
    /// Its AS; `nil` where bgpd does not know it yet.
    package var asn: ASN?
    /// The families that are activated for it.
    package var families: Set<AddressFamily>
    /// The session's state in bgpd's words, such as `Established` or `Idle (Admin)`.
    package var state: String
    /// How many prefixes bgpd counts as sent to it in each family, where it says that.
    package var sentPrefixes: [AddressFamily: Int] = [:]
    /// How many prefixes of its bgpd has taken in each family, where it says that.
    package var acceptedPrefixes: [AddressFamily: Int] = [:]
    /// How long it may keep what it was sent after the session is lost without a word; `nil` when
    /// it drops it at once.
    package var retention: Duration?
    /// Whether it was not told yet that it has been sent everything, and may keep what it had.
    package var awaitsEndOfRIB = false
    /// Where it has no policy and needs one.
    package var lacksPolicy: Set<PolicyGap> = []
    /// For how long it has been so at the time of the look, where bgpd says it.
    package var stateFor: Duration?
    /// Why it is not sent what it should be although it is there; `nil` when nothing is known.
    package var obstacle: Fault?
    /// True when the session is established.
    package var isEstablished: Bool { state == "Established" }

    /// A peer of these parts.
    package init(
        id: String,
        asn: ASN?,
        state: String,
        families: Set<AddressFamily> = Set(AddressFamily.allCases),
        stateFor: Duration? = nil,
        obstacle: Fault? = nil
    ) {
        self.id = id
        self.asn = asn
        self.state = state
        self.families = families
        self.stateFor = stateFor
        self.obstacle = obstacle
    }
}

/// What one place on the way of a prefix to routers says, for people; nothing is decided by it.
package struct PathEvidence: Hashable, Sendable {
    /// Who says it, such as `kernel`, `zebra` or `import check`.
    package var place: String
    /// Whether it is as it should be; `nil` where nothing follows from it.
    package var isGood: Bool?
    /// What it says.
    package var text: String

    /// Evidence of these parts.
    package init(place: String, isGood: Bool?, text: String) {
        self.place = place
        self.isGood = isGood
        self.text = text
    }
}
