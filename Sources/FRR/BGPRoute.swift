import Net

/// One prefix in bgpd's table: `show bgp … PREFIX json`.
///
/// See `route_vty_out_detail` in bgpd/bgp_route.c.
public struct BGPRoute: Hashable, Sendable {
    /// One way to the prefix.
    public struct Path: Hashable, Sendable {
        /// It originates here, from a `network` statement or by redistribution.
        public var isOwn: Bool
        /// It may be used at all.
        public var isValid: Bool
        /// It is the one that peers are sent.
        public var isBest: Bool
        /// Its next hop resolves; for an own path, the import check is content.
        public var isAccessible: Bool
    }

    /// Every path, the best or not.
    public let paths: [Path]
    /// The peers that bgpd decided to send the best path to.
    public let advertisedTo: Set<PeerName>

    /// The path that originates here.
    public var own: Path? { paths.first(where: \.isOwn) }

    /// True when a path from elsewhere would serve, were ours to go.
    public var hasOtherUsablePath: Bool {
        paths.contains { !$0.isOwn && $0.isValid && $0.isAccessible }
    }

    /// The route with these paths.
    public init(paths: [Path], advertisedTo: Set<PeerName>) {
        self.paths = paths
        self.advertisedTo = advertisedTo
    }
}

extension BGPRoute: JSONReadable {
    /// Reads the object; an empty one (with status 0) says that the prefix is not in the table.
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var paths: [Path]?
        var peers: Set<PeerName> = []
        var isEmpty = true
        try cursor.object { (cursor, key) throws(JSONFault) in
            isEmpty = false
            if cursor.isText(key, "paths") {
                var found: [Path] = []
                try cursor.array { (cursor) throws(JSONFault) in
                    found.append(try Path(json: &cursor))
                }
                paths = found
            } else if cursor.isText(key, "advertisedTo") {
                try cursor.object { (cursor, key) throws(JSONFault) in
                    peers.insert(try cursor.peer(key))
                    try cursor.skip()
                }
            } else {
                try cursor.skip()
            }
        }
        self.paths = isEmpty ? [] : try paths.required("paths", cursor)
        advertisedTo = peers
    }
}

extension BGPRoute.Path: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        // These keys are printed only when true, in FRR 8 and 10 alike.
        self.init(isOwn: false, isValid: false, isBest: false, isAccessible: false)
        var hasNextHops = false
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "sourced") {
                isOwn = try cursor.boolean()
            } else if cursor.isText(key, "valid") {
                isValid = try cursor.boolean()
            } else if cursor.isText(key, "bestpath") {
                isBest = try Self.flag("overall", &cursor)
            } else if cursor.isText(key, "nexthops") {
                hasNextHops = true
                try cursor.array { (cursor) throws(JSONFault) in
                    isAccessible = try Self.flag("accessible", &cursor) || isAccessible
                }
            } else {
                try cursor.skip()
            }
        }
        guard hasNextHops else { throw cursor.fault("the key nexthops is missing") }
    }

    /// True when the object says so under this key.
    private static func flag(
        _ name: String,
        _ cursor: inout JSONCursor
    ) throws(JSONFault) -> Bool {
        var flag = false
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, name) {
                flag = try cursor.boolean()
            } else {
                try cursor.skip()
            }
        }
        return flag
    }
}
