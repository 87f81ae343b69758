public import Net

/// One peer as `show bgp neighbors json` shows it (bgpd/bgp_vty.c `bgp_show_peer`).
public struct BGPNeighbor: Hashable, Sendable {
    /// What is configured for the peer in one unicast family in which it is activated.
    public struct Family: Hashable, Sendable {
        /// bgpd discards everything for the peer, because eBGP needs a policy (RFC 8212).
        public var lacksOutboundPolicy = false
        /// The same for everything from the peer.
        public var lacksInboundPolicy = false
        /// The route-map that what is sent must pass.
        public var routeMap: String?
        /// The prefix-list that what is sent must pass.
        public var prefixList: String?
        /// The AS-path or access list that what is sent must pass.
        public var otherList: String?
        /// How many prefixes the peer is sent; `nil` while the session is down.
        public var sentPrefixes: Int?
        /// How many prefixes from the peer were accepted.
        public var acceptedPrefixes: Int?

        /// The names of every filter on what is sent, in the order in which bgpd applies them.
        public var filters: [String] { [prefixList, otherList, routeMap].compactMap(\.self) }
    }

    /// What a graceful restart (RFC 4724) is waiting for.
    public enum Restart: Hashable, Sendable {
        /// The peer restarts, and for so long its routes are kept without a session.
        case helping(Duration)
        /// bgpd itself has restarted, and chooses no path in this family for so long, or until the
        /// peers have said all they know.
        case restarting(AddressFamily, Duration)
    }

    /// The peer's AS; 0 while it is not known.
    public var asn = ASN(0)
    /// The state of the session in the words of RFC 4271 §8.2.2, such as `Established`.
    public var state = ""
    /// How long the session has been up; `nil` while it is down.
    public var uptime: Duration?
    /// How long the session has been down; `nil` while it is up, and when it never was.
    public var downtime: Duration?
    /// Why it was last reset or did not come up, in bgpd's words.
    public var lastReset: String?
    /// True when an operator shut the peer.
    public var isShut = false
    /// True when the peer sent more prefixes than it may, so that bgpd keeps it down.
    public var hasTooManyPrefixes = false
    /// How often the session came up since bgpd runs.
    public var established = 0
    /// The least time between two advertisements to it, where bgpd says it.
    public var advertisementInterval: Duration?
    /// What a graceful restart waits for.
    public var restart: Restart?
    /// How long the peer may go on by what it was sent after the session is lost without a word.
    ///
    /// It may notice as late as the hold time says, and then helps a graceful restart of this bgpd
    /// for the restart time that it was told. `nil` where this bgpd does not ask for that, where
    /// the peer is known not to do it, and where an operator shut the peer, which tells it to drop
    /// everything. Without a session bgpd does not know whether the peer does it.
    public var retention: Duration?
    /// The families in which the peer was told, since the session is up, that it has everything.
    public var endOfRIBSent: Set<AddressFamily> = []
    /// The unicast families in which the peer is activated.
    public var families: [AddressFamily: Family] = [:]

    /// True when the peer may keep routes of before this session, because it was not told yet that
    /// it has everything.
    ///
    /// A family that only this side has activated is never told of, so a session that is older than
    /// the time for which the peer helps counts as told.
    public var awaitsEndOfRIB: Bool {
        guard isEstablished, let retention, uptime ?? .zero < retention else { return false }
        return !endOfRIBSent.isSuperset(of: families.keys)
    }

    /// True when routes can be exchanged.
    public var isEstablished: Bool { state == "Established" }

    /// A peer of which nothing is known yet.
    public init() {}

    /// The intervals between advertisements that RFC 4271 §10 suggests, for a peer of another AS
    /// and for one of ours: taken where the daemon does not say its own.
    public static let usualIntervals: (external: Duration, internal: Duration) = (
        .seconds(30), .seconds(5)
    )

    /// For how long after a change the peer may not have been told: its interval, and the second in
    /// whose turn bgpd looks at its timers; `asn` is that of the instance.
    func advertisementLag(toOurs asn: ASN?) -> Duration {
        let usual =
            self.asn == asn ? Self.usualIntervals.internal : Self.usualIntervals.external
        return (advertisementInterval ?? usual) + .seconds(1)
    }
}

extension BGPNeighbor: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        self.init()
        var asn: ASN?
        var state: String?
        var hasFamilies = false
        var notification: String?
        var sinceReset: Duration?
        var hold: Duration = .zero
        var help = GracefulHelp()
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "remoteAs") {
                asn = try cursor.asn()
            } else if cursor.isText(key, "bgpState") {
                state = try cursor.string()
            } else if cursor.isText(key, "bgpTimerUpMsec") {
                uptime = .milliseconds(try cursor.integer())
            } else if cursor.isText(key, "lastResetTimerMsecs") {
                sinceReset = .milliseconds(try cursor.integer())
            } else if cursor.isText(key, "lastResetDueTo") {
                lastReset = try cursor.string()
            } else if cursor.isText(key, "lastNotificationReason") {
                notification = try cursor.string()
            } else if cursor.isText(key, "adminShutDown") {
                isShut = try cursor.boolean()
            } else if cursor.isText(key, "connectionsEstablished") {
                established = try cursor.integer()
            } else if cursor.isText(key, "gracefulRestartInfo") {
                help = try GracefulHelp(json: &cursor)
                restart = help.waiting
                endOfRIBSent = help.endOfRIBSent
            } else if cursor.isText(key, "bgpTimerHoldTimeMsecs") {
                hold = .milliseconds(try cursor.integer())
            } else if cursor.isText(key, "addressFamilyInfo") {
                hasFamilies = true
                families = try Family.readAll(&cursor)
            } else {
                try cursor.skip()
            }
        }
        self.asn = try asn.required("remoteAs", cursor)
        self.state = try state.required("bgpState", cursor)
        guard hasFamilies else { throw cursor.fault("the key addressFamilyInfo is missing") }
        if !isEstablished { downtime = sinceReset }
        retention = isShut ? nil : help.retention(isEstablished: isEstablished).map { $0 + hold }
        // The notification is the more precise of the two: "OPEN Message Error/Bad Peer AS".
        lastReset = notification ?? lastReset
    }
}

extension BGPNeighbor.Family: JSONReadable {
    /// Reads the unicast families of a peer.
    static func readAll(_ cursor: inout JSONCursor) throws(JSONFault) -> [AddressFamily: Self] {
        var families: [AddressFamily: Self] = [:]
        try cursor.object { (cursor, key) throws(JSONFault) in
            if let family = AddressFamily(json: key, in: cursor) {
                families[family] = try Self(json: &cursor)
            } else {
                try cursor.skip()
            }
        }
        return families
    }

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        self.init()
        var accessList: String?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "outboundEbgpRequiresPolicy") {
                // Present only while it applies, with a sentence as its value.
                lacksOutboundPolicy = true
                try cursor.skip()
            } else if cursor.isText(key, "inboundEbgpRequiresPolicy") {
                lacksInboundPolicy = true
                try cursor.skip()
            } else if cursor.isText(key, "routeMapForOutgoingAdvertisements") {
                routeMap = try cursor.string()
            } else if cursor.isText(key, "outgoingUpdatePrefixFilterList") {
                prefixList = try cursor.string()
            } else if cursor.isText(key, "outgoingUpdateAsPathFilterList") {
                otherList = try cursor.string()
            } else if cursor.isText(key, "outgoingUpdateNetworkFilterList") {
                accessList = try cursor.string()
            } else if cursor.isText(key, "sentPrefixCounter") {
                sentPrefixes = try cursor.integer()
            } else if cursor.isText(key, "acceptedPrefixCounter") {
                acceptedPrefixes = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        otherList = otherList ?? accessList
    }
}

/// What `gracefulRestartInfo` says (bgpd/bgp_vty.c `bgp_show_neighbor_graceful_restart_info`).
private struct GracefulHelp {
    /// What is waited for; `nil` when nothing is.
    var waiting: BGPNeighbor.Restart?
    /// The families in which the peer was told that it has everything.
    var endOfRIBSent: Set<AddressFamily> = []
    /// What each side does about it, in bgpd's words: an asterisk says that it is so by default.
    private var localMode = ""
    private var remoteMode = ""
    private var restartTime: Duration?

    init() {}

    /// How long the peer helps; `nil` when it does not.
    func retention(isEstablished: Bool) -> Duration? {
        guard localMode.hasPrefix("Restart") else { return nil }
        let isHelping = remoteMode.hasPrefix("Helper") || remoteMode.hasPrefix("Restart")
        return isHelping || !isEstablished ? restartTime : nil
    }

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "timers") {
                try cursor.object { (cursor, key) throws(JSONFault) in
                    if cursor.isText(key, "restartTimerRemaining") {
                        // Printed only while it runs.
                        waiting = .helping(.seconds(try cursor.integer()))
                    } else if cursor.isText(key, "configuredRestartTimer") {
                        restartTime = .seconds(try cursor.integer())
                    } else {
                        try cursor.skip()
                    }
                }
            } else if cursor.isText(key, "localGrMode") {
                localMode = try cursor.string()
            } else if cursor.isText(key, "remoteGrMode") {
                remoteMode = try cursor.string()
            } else if cursor.isText(key, "endOfRibSend") {
                try cursor.object { (cursor, key) throws(JSONFault) in
                    guard let family = AddressFamily(json: key, in: cursor) else {
                        return try cursor.skip()
                    }
                    if try cursor.boolean() { endOfRIBSent.insert(family) }
                }
            } else if let family = AddressFamily(json: key, in: cursor) {
                try cursor.object { (cursor, key) throws(JSONFault) in
                    guard cursor.isText(key, "timers") else { return try cursor.skip() }
                    if let left = try Self.seconds("selectionDeferralTimerRemaining", &cursor) {
                        waiting = waiting ?? .restarting(family, left)
                    }
                }
            } else {
                try cursor.skip()
            }
        }
    }

    /// The number behind `name`, which is printed only while its timer runs.
    private static func seconds(
        _ name: String,
        _ cursor: inout JSONCursor
    ) throws(JSONFault) -> Duration? {
        var left: Duration?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, name) {
                left = .seconds(try cursor.integer())
            } else {
                try cursor.skip()
            }
        }
        return left
    }
}

/// All peers of an instance, by name.
struct BGPNeighbors: JSONReadable {
    /// The peers.
    var peers: [PeerName: BGPNeighbor] = [:]

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        try cursor.object { (cursor, key) throws(JSONFault) in
            // With `vrf X` the instance is named beside its peers, with a word or a number.
            guard cursor.next() == UInt8(ascii: "{") else { return try cursor.skip() }
            peers[try cursor.peer(key)] = try BGPNeighbor(json: &cursor)
        }
    }
}
