import Net

/// One prefix in bgpd's table: `show bgp … PREFIX json`.
///
/// See `route_vty_out_detail` in bgpd/bgp_route.c.
package struct BGPRoute: Hashable, Sendable {
    /// One way to the prefix.
    package struct Path: Hashable, Sendable {
        /// It originates here, from a `network` statement or by redistribution.
        package let isOwn: Bool
        /// It may be used at all.
        package let isValid: Bool
        /// It is the one that peers are sent.
        package let isBest: Bool
        /// Its next hop resolves; for an own path, the import check is content.
        package let isAccessible: Bool
    }

    /// Every path, the best or not.
    package let paths: [Path]
    /// The peers that bgpd decided to send the best path to.
    package let advertisedTo: Set<PeerName>

    /// The path that originates here.
    package var own: Path? { paths.first(where: \.isOwn) }
}

extension BGPRoute: Decodable {
    private enum Key: String, CodingKey {
        case paths, advertisedTo
    }

    private struct Row: Decodable {
        struct Best: Decodable {
            let overall: Bool?
        }
        struct NextHop: Decodable {
            let accessible: Bool?
        }
        let sourced: Bool?
        let valid: Bool?
        let bestpath: Best?
        let nexthops: [NextHop]
    }

    private struct Anything: Decodable {}

    /// Reads the object; an empty one (with status 0) says that the prefix is not in the table.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard try !decoder.container(keyedBy: AnyKey.self).allKeys.isEmpty else {
            paths = []
            advertisedTo = []
            return
        }
        paths = try container.decode([Row].self, forKey: .paths).map { row in
            Path(
                // These keys are printed only when true, in FRR 8 and 10 alike.
                isOwn: row.sourced ?? false,
                isValid: row.valid ?? false,
                isBest: row.bestpath?.overall ?? false,
                isAccessible: row.nexthops.contains { $0.accessible ?? false }
            )
        }
        let peers = try container.decodeIfPresent([String: Anything].self, forKey: .advertisedTo)
        advertisedTo = Set(try (peers ?? [:]).keys.map { try PeerName(parsing: $0) })
    }
}
