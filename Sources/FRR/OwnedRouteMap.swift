public import Net

/// A route-map of ours: a policy in bgpd's words, under a name that follows from the words.
///
/// Since the name is a digest of the content, another content is another map, and none is edited
/// while it is in use but one that somebody has changed, which is made anew. Two directors with the
/// same policy have the same map, and whoever reads `network X route-map PENSTOCK-S-…` back knows
/// what X is announced with, or that somebody has tampered with it.
public struct OwnedRouteMap: Hashable, Sendable {
    /// What the names of all our maps begin with; no other is ever written or removed.
    public static let namePrefix = "PENSTOCK-"

    /// The policy of which this is the text.
    public let policy: RoutePolicy
    /// The name that follows from the text.
    public let name: RouteMapName
    /// The `set` lines, in the order in which they are sent.
    let lines: [VTYLine]

    /// The map for `policy` in an instance with this number, which is what a path is prepended
    /// with; `nil` for a policy that needs no map.
    public init?(_ policy: RoutePolicy, asn: ASN) {
        guard !policy.isPlain else { return nil }
        self.policy = policy
        lines = VTYLine.sets(of: policy, asn: asn)
        name = RouteMapName(policy.level, digest: Self.digest(lines))
    }

    /// FNV-1a over the lines (its offset basis and prime are those of its authors, 64 bits).
    ///
    /// It need not resist anybody: a map whose content is not what its name says is noticed.
    private static func digest(_ lines: [VTYLine]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for line in lines {
            for byte in line.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            hash = (hash ^ 0x0a) &* 0x0000_0100_0000_01b3
        }
        return hash
    }

    /// The lines that make the map, in a configuration node; each is idempotent.
    ///
    /// `permit 10` is the one entry: with no `match` every prefix passes, and nothing follows it.
    var definition: [VTYLine] { [.routeMap(name)] + lines + [.exit] }
}

extension VTYLine {
    /// Opens the only entry of a map of ours, making it if need be.
    static func routeMap(_ name: RouteMapName) -> VTYLine {
        VTYLine(trusted: "route-map \(name) permit 10")
    }

    /// Removes a map with all its entries.
    static func noRouteMap(_ name: RouteMapName) -> VTYLine {
        VTYLine(trusted: "no route-map \(name)")
    }

    /// What `policy` sets.
    ///
    /// Communities are added and not replaced: what the operator's own maps set stays.
    fileprivate static func sets(of policy: RoutePolicy, asn: ASN) -> [VTYLine] {
        func words(_ values: [some CustomStringConvertible]) -> String {
            values.map(\.description).joined(separator: " ")
        }
        var lines: [VTYLine] = []
        if policy.prepend > 0 {
            let path = Array(repeating: asn, count: policy.prepend)
            lines.append(VTYLine(trusted: "set as-path prepend \(words(path))"))
        }
        if !policy.communities.isEmpty {
            lines.append(VTYLine(trusted: "set community \(words(policy.communities)) additive"))
        }
        if !policy.largeCommunities.isEmpty {
            let all = words(policy.largeCommunities)
            lines.append(VTYLine(trusted: "set large-community \(all) additive"))
        }
        if let med = policy.med { lines.append(VTYLine(trusted: "set metric \(med)")) }
        if let bandwidth = policy.bandwidth {
            lines.append(VTYLine(trusted: "set extcommunity bandwidth \(bandwidth)"))
        }
        return lines
    }
}

extension OwnedRouteMap {
    /// What a map with a name of ours turned out to be.
    public enum State: Hashable, Sendable {
        /// Its content is what its name says.
        case intact(RoutePolicy)
        /// Somebody has changed it, and announcements through it carry something else.
        case tampered
    }

    /// What the map called `name` is, by its entries in the running configuration.
    static func state(of name: RouteMapName, _ entries: [RunningConfiguration.Block]) -> State {
        guard let level = name.level, entries.count == 1, let entry = entries.first,
            Array(entry.words.dropFirst(2)) == ["permit", "10"],
            let (policy, asn) = RoutePolicy.read(level, entry.lines.map(\.words)),
            OwnedRouteMap(policy, asn: asn)?.name == name
        else { return .tampered }
        return .intact(policy)
    }
}

extension RouteMapName {
    fileprivate init(_ level: RoutePolicy.Level, digest: UInt64) {
        let hex = String(digest, radix: 16)
        let zeros = String(repeating: "0", count: 16 - hex.count)
        self.init(trusted: "\(OwnedRouteMap.namePrefix)\(level.rawValue)-\(zeros)\(hex)")
    }

    /// The name, if it is one of ours.
    init?(owned text: String) {
        self.init(trusted: text)
        guard level != nil else { return nil }
    }

    /// The level that a name of ours tells; `nil` for every other name.
    public var level: RoutePolicy.Level? {
        guard description.hasPrefix(OwnedRouteMap.namePrefix) else { return nil }
        let rest = description.dropFirst(OwnedRouteMap.namePrefix.count)
        let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 16,
            parts[1].utf8.allSatisfy({ Set("0123456789abcdef".utf8).contains($0) })
        else { return nil }
        return RoutePolicy.Level(rawValue: String(parts[0]))
    }
}

extension RoutePolicy {
    /// The policy that these `set` lines make, and the number they prepend; `nil` when there is
    /// any line that we never write.
    fileprivate static func read(_ level: Level, _ lines: [[String]]) -> (RoutePolicy, ASN)? {
        var communities: [Community] = []
        var largeCommunities: [LargeCommunity] = []
        var (med, bandwidth): (UInt32?, UInt32?)
        var path: [ASN] = []
        var kinds: Set<String> = []
        for words in lines {
            guard words.count > 2, words[0] == "set", kinds.insert(words[1]).inserted else {
                return nil
            }
            let values = words.dropFirst(words[1] == "metric" ? 2 : 3)
            switch (words[1], words[2]) {
            case ("as-path", "prepend"): path = values.compactMap { asn($0) }
            case ("community", _):
                communities = words.dropFirst(2).dropLast().compactMap { Community($0) }
                guard communities.count == words.count - 3, words.last == "additive" else {
                    return nil
                }
            case ("large-community", _):
                largeCommunities = words.dropFirst(2).dropLast().compactMap { LargeCommunity($0) }
                guard largeCommunities.count == words.count - 3, words.last == "additive" else {
                    return nil
                }
            case ("metric", let value) where words.count == 3: med = decimal(value, UInt32.self)
            case ("extcommunity", "bandwidth"):
                bandwidth = values.first.flatMap { decimal($0, UInt32.self) }
                guard values.count == 1 else { return nil }
            default: return nil
            }
        }
        guard path.count <= longestPrepend, Set(path).count <= 1,
            Set(communities).count <= mostCommunities,
            Set(largeCommunities).count <= mostCommunities
        else { return nil }
        let policy = RoutePolicy(
            level: level,
            communities: communities,
            largeCommunities: largeCommunities,
            med: med,
            prepend: path.count,
            bandwidth: bandwidth
        )
        return (policy, path.first ?? ASN(0))
    }

    private static func asn(_ text: String) -> ASN? {
        do {
            return try ASN(parsing: text)
        } catch {
            return nil
        }
    }
}
