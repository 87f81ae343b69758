public import Net

/// An instance as `show bgp summary json` shows it (bgpd/bgp_vty.c `bgp_show_summary`).
public struct BGPSummary: Hashable, Sendable {
    /// A peer in one address family.
    public struct Peer: Hashable, Sendable {
        /// The peer's AS; 0 while it is not known (`remote-as external`).
        public var asn: ASN
        /// The state of the session.
        ///
        /// One of `Idle`, `Connect`, `Active`, `OpenSent`, `OpenConfirm`,
        /// `Established`, `Idle (Admin)`, `Idle (PfxCt)`, `Clearing` or `Deleted`.
        public var state: String
        /// What keeps the session from working.
        ///
        /// One of `OK`, `Policy`, `Admin`, `PfxCt`, `Passive` and `NSF passive`.
        /// `Policy` says that one direction has no policy, and not which; `BGPNeighbor` does.
        public var peerState: String
        /// How many prefixes the peer is sent.
        public var sent: Int
        /// How many prefixes the peer sent, and were accepted.
        public var received: Int
        /// How often the session has come up since bgpd runs.
        public var established: Int
        /// Messages that wait to be written to the peer.
        public var outQueue: Int
    }

    /// One unicast family.
    public struct Family: Hashable, Sendable {
        /// Counts every change of a best path in this family's table.
        public var tableVersion: Int
        /// bgpd holds back everything until its peers have come up (`update-delay`), or until a
        /// delay of its own is over (`advertisement-delay`, FRR 10.7).
        public var isDelayed: Bool
        /// The peers that are activated in this family.
        public var peers: [PeerName: Peer]
    }

    /// The number of the instance; `nil` when there are no peers, since only they come with it.
    public let asn: ASN?
    /// The identifier of the instance; `nil` when there are no peers, or none is shown.
    public var routerID: String?
    /// Each unicast family that has any peer.
    public let families: [AddressFamily: Family]

    /// The summary of these families.
    public init(asn: ASN?, families: [AddressFamily: Family]) {
        self.asn = asn
        self.families = families
    }
}

extension BGPSummary: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var asn: ASN?
        var routerID: String?
        var families: [AddressFamily: Family] = [:]
        // A VPN family alone says the number too, so every family is looked at.
        try cursor.object { (cursor, key) throws(JSONFault) in
            let family = AddressFamily(json: key, in: cursor)
            let (number, id, found) = try Family.read(&cursor, isUnicast: family != nil)
            asn = number
            routerID = id ?? routerID
            if let family { families[family] = found }
        }
        self.asn = asn
        self.routerID = routerID
        self.families = families
    }
}

extension BGPSummary.Family {
    /// Reads the object behind a family's name, with the number of the instance in it.
    fileprivate static func read(
        _ cursor: inout JSONCursor,
        isUnicast: Bool
    ) throws(JSONFault) -> (ASN, String?, Self) {
        var asn: ASN?
        var routerID: String?
        var version: Int?
        var isDelayed = false
        var peers: [PeerName: BGPSummary.Peer]?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "as") {
                asn = try cursor.asn()
            } else if cursor.isText(key, "routerId") {
                routerID = try cursor.string()
            } else if cursor.isText(key, "tableVersion") {
                version = try cursor.integer()
            } else if cursor.isText(key, "updateDelayInProgress")
                || cursor.isText(key, "advertisementDelayInProgress")
            {
                isDelayed = try cursor.boolean() || isDelayed
            } else if cursor.isText(key, "peers"), isUnicast {
                var found: [PeerName: BGPSummary.Peer] = [:]
                try cursor.object { (cursor, key) throws(JSONFault) in
                    found[try cursor.peer(key)] = try BGPSummary.Peer(json: &cursor)
                }
                peers = found
            } else {
                try cursor.skip()
            }
        }
        let family = Self(
            tableVersion: isUnicast ? try version.required("tableVersion", cursor) : 0,
            isDelayed: isDelayed,
            peers: isUnicast ? try peers.required("peers", cursor) : [:]
        )
        return (try asn.required("as", cursor), routerID, family)
    }
}

extension BGPSummary.Peer: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var asn: ASN?
        var state: String?
        var peerState: String?
        var (sent, received, established, outQueue) = (0, 0, 0, 0)
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "remoteAs") {
                asn = try cursor.asn()
            } else if cursor.isText(key, "state") {
                state = try cursor.string()
            } else if cursor.isText(key, "peerState") {
                peerState = try cursor.string()
            } else if cursor.isText(key, "pfxSnt") {
                sent = try cursor.integer()
            } else if cursor.isText(key, "pfxRcd") {
                received = try cursor.integer()
            } else if cursor.isText(key, "connectionsEstablished") {
                established = try cursor.integer()
            } else if cursor.isText(key, "outq") {
                outQueue = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        self.init(
            asn: try asn.required("remoteAs", cursor),
            state: try state.required("state", cursor),
            peerState: try peerState.required("peerState", cursor),
            sent: sent,
            received: received,
            established: established,
            outQueue: outQueue
        )
    }
}

extension AddressFamily {
    /// The unicast family behind a key such as `ipv4Unicast`.
    init?(json key: JSONCursor.Text, in cursor: JSONCursor) {
        if cursor.isText(key, "ipv4Unicast") {
            self = .v4
        } else if cursor.isText(key, "ipv6Unicast") {
            self = .v6
        } else {
            return nil
        }
    }
}

/// How many instances there are: the end of `show bgp vrfs json`.
struct BGPInstanceCount: JSONReadable {
    let total: Int

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var total: Int?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "totalVrfs") {
                total = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        self.total = try total.required("totalVrfs", cursor)
    }
}
