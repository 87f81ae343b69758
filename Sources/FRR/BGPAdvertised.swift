package import Net

/// What one peer is really sent in one family: `advertised-routes json`
/// (bgpd/bgp_route.c `peer_adj_routes`).
package struct BGPAdvertised: Hashable, Sendable {
    /// The weight of what bgpd originates itself: `BGP_ATTR_DEFAULT_WEIGHT` of bgpd/bgp_attr.h.
    ///
    /// It tells our own routes from those of another director that are passed on, which carry
    /// the same prefix. (The AS path does not: it is empty for iBGP routes too, and a route-map
    /// may prepend.)
    package static let ownWeight = 32_768

    /// The prefixes sent that originate here.
    package let originated: Set<Prefix>
    /// The prefixes sent that were learnt from another peer: this router is in transit for them.
    package let relayed: Set<Prefix>
}

extension BGPAdvertised: Decodable {
    private enum Key: String, CodingKey {
        case advertisedRoutes, totalPrefixCounter
    }

    private struct Route: Decodable {
        let weight: Int
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let routes = try container.decode([String: Route].self, forKey: .advertisedRoutes)
        let total = try container.decode(Int.self, forKey: .totalPrefixCounter)
        // bgpd counts while it prints; a difference means a key stood there twice or was lost.
        guard routes.count == total else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "\(routes.count) routes, but its own count is \(total)"
                )
            )
        }
        var originated: Set<Prefix> = []
        var relayed: Set<Prefix> = []
        for (text, route) in routes {
            let prefix = try Prefix(parsing: text)
            if route.weight == Self.ownWeight {
                originated.insert(prefix)
            } else {
                relayed.insert(prefix)
            }
        }
        self.originated = originated
        self.relayed = relayed
    }
}
