/// What routers are told of a VIP: how much it is preferred, and what goes with the route.
///
/// Wanted or seen, the type is the same. The attributes are the effective ones: what a soft
/// announcement adds is among them, so that two announcements that look the same to a router are
/// equal.
package struct Announcement: Hashable, Sendable {
    /// How much the path is preferred.
    package enum Level: String, Hashable, Sendable, CaseIterable {
        /// As configured.
        case normal
        /// Worse than any other path, so that routers leave it while it still works.
        case soft
    }

    /// How much it is preferred; `normal` for one seen in a form that is not ours.
    package let level: Level
    /// What goes with it.
    package let attributes: RouteAttributes
    /// The form it was seen in, such as the name of a route-map, when that is none of ours.
    ///
    /// What has one differs from everything wanted.
    package let foreignForm: String?

    /// An announcement of ours.
    package init(_ level: Level = .normal, _ attributes: RouteAttributes = RouteAttributes()) {
        self.level = level
        self.attributes = attributes
        foreignForm = nil
    }

    /// An announcement seen in the form `foreignForm`, which we never give one.
    package init(foreignForm: String) {
        level = .normal
        attributes = RouteAttributes()
        self.foreignForm = foreignForm
    }
}

extension Announcement: CustomStringConvertible {
    /// In words: `normal`, `soft, community 65535:0`, or `as FOREIGN has it`.
    package var description: String {
        if let foreignForm { return "as \(foreignForm) has it" }
        let attributes = "\(attributes)"
        return attributes.isEmpty ? level.rawValue : "\(level.rawValue), \(attributes)"
    }
}

/// What goes with a route, as far as Penstock says it.
package struct RouteAttributes: Hashable, Sendable {
    /// The communities, sorted and each once.
    package let communities: [Community]
    /// The large communities, sorted and each once.
    package let largeCommunities: [LargeCommunity]
    /// The metric for neighbouring systems; `nil` leaves it to bgpd.
    package var med: UInt32?
    /// How often the own AS is put before the path, beside the once that it always is.
    package var prepend: Int
    /// What a link-bandwidth extended community says, in Mbit/s; `nil` for no such community.
    package var bandwidth: UInt32?

    /// The longest prepend: bgpd takes ten in `set as-path prepend last-as`, and routers cut longer
    /// paths off.
    package static let mostPrepends = 10

    /// Attributes of these parts; none unless said.
    package init(
        communities: [Community] = [],
        largeCommunities: [LargeCommunity] = [],
        med: UInt32? = nil,
        prepend: Int = 0,
        bandwidth: UInt32? = nil
    ) {
        self.communities = Set(communities).sorted()
        self.largeCommunities = Set(largeCommunities).sorted()
        self.med = med
        self.prepend = prepend
        self.bandwidth = bandwidth
    }

    /// Whether nothing is said: such a route needs no route-map.
    package var isEmpty: Bool { self == RouteAttributes() }

    /// These with `community` among them.
    func adding(_ community: Community) -> RouteAttributes {
        RouteAttributes(
            communities: communities + [community],
            largeCommunities: largeCommunities,
            med: med,
            prepend: prepend,
            bandwidth: bandwidth
        )
    }
}

extension RouteAttributes: CustomStringConvertible {
    /// In words, parts separated by commas; empty when nothing is said.
    package var description: String {
        var parts: [String] = []
        if !communities.isEmpty {
            let list = communities.map(\.description).joined(separator: " ")
            parts.append("\(communities.count == 1 ? "community" : "communities") \(list)")
        }
        if !largeCommunities.isEmpty {
            let list = largeCommunities.map(\.description).joined(separator: " ")
            parts.append("large \(list)")
        }
        if let med { parts.append("MED \(med)") }
        if prepend > 0 { parts.append("prepended \(prepend)") }
        if let bandwidth { parts.append("bandwidth \(bandwidth) Mbit/s") }
        return parts.joined(separator: ", ")
    }
}
