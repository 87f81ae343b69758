public import Net

/// What one peer is really sent in one family: `advertised-routes json`
/// (bgpd/bgp_route.c `peer_adj_routes`).
public struct BGPAdvertised: Hashable, Sendable {
    /// The weight of what bgpd originates itself: `BGP_ATTR_DEFAULT_WEIGHT` of bgpd/bgp_attr.h.
    ///
    /// It tells our own routes from those of another director that are passed on, which carry
    /// the same prefix. (The AS path does not: it is empty for iBGP routes too, and a route-map
    /// may prepend.)
    public static let ownWeight = 32_768

    /// The prefixes sent that originate here.
    public let originated: Set<Prefix>
    /// The prefixes sent that were learnt from another peer: this router is in transit for them.
    public let relayed: Set<Prefix>

    /// The list of these prefixes.
    public init(originated: Set<Prefix>, relayed: Set<Prefix>) {
        self.originated = originated
        self.relayed = relayed
    }
}

extension BGPAdvertised: JSONReadable {
    init(json cursor: inout JSONCursor) throws(JSONFault) {
        var originated: Set<Prefix> = []
        var relayed: Set<Prefix> = []
        var hasRoutes = false
        var total: Int?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "advertisedRoutes") {
                hasRoutes = true
                try cursor.object { (cursor, key) throws(JSONFault) in
                    let prefix = try cursor.prefix(of: key)
                    if try Self.weight(&cursor) == Self.ownWeight {
                        originated.insert(prefix)
                    } else {
                        relayed.insert(prefix)
                    }
                }
            } else if cursor.isText(key, "totalPrefixCounter") {
                total = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        guard hasRoutes else { throw cursor.fault("the key advertisedRoutes is missing") }
        let counted = try total.required("totalPrefixCounter", cursor)
        // bgpd counts while it prints; a difference means a key stood there twice or was lost.
        guard originated.count + relayed.count == counted else {
            let found = originated.count + relayed.count
            throw cursor.fault("\(found) routes, but its own count is \(counted)")
        }
        self.originated = originated
        self.relayed = relayed
    }

    private static func weight(_ cursor: inout JSONCursor) throws(JSONFault) -> Int {
        var weight: Int?
        try cursor.object { (cursor, key) throws(JSONFault) in
            if cursor.isText(key, "weight") {
                weight = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        return try weight.required("weight", cursor)
    }
}
