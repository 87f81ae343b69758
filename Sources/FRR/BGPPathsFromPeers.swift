import Net

/// The prefixes of a table for which a peer has sent a path that may be used
/// (bgpd/bgp_route.c `route_vty_out`).
///
/// One in graceful shutdown is about to go, and is none to rely on: its local preference is 0, by
/// bgpd's own doing where it came with the community from another system (RFC 8326 §4,
/// bgpd/bgp_route.c `bgp_update`).
struct BGPPathsFromPeers: JSONReadable {
    /// The prefixes.
    var usable: Set<Prefix> = []

    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var usable: Set<Prefix> = []
        try cursor.object { (cursor, key) throws(JSONFault) in
            guard cursor.isText(key, "routes") else { return try cursor.skip() }
            try cursor.object { (cursor, key) throws(JSONFault) in
                let prefix = try cursor.prefix(of: key)
                try cursor.array { (cursor) throws(JSONFault) in
                    if try Self.isUsableFromPeer(&cursor) { usable.insert(prefix) }
                }
            }
        }
        // Without a single route there is no such key, and the object is empty.
        self.usable = usable
    }

    private static func isUsableFromPeer(_ cursor: inout JSONCursor) throws(JSONFault) -> Bool {
        var isValid = false
        var isFromPeer = false
        var isLeaving = false
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "valid") {
                isValid = try cursor.boolean()
            } else if cursor.isText(key, "peerId") {
                // What originates here has no peer, and bgpd prints its address as unspecified.
                let peer = try cursor.text()
                isFromPeer = !cursor.isText(peer, "(unspec)")
            } else if cursor.isText(key, "locPrf") {
                isLeaving = try cursor.integer() == 0
            } else {
                try cursor.skip()
            }
        }
        return isValid && isFromPeer && !isLeaving
    }
}
