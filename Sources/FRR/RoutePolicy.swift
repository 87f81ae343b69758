/// What an announcement carries besides its prefix, and how good it is meant to be.
///
/// Everything is kept in one order and once, so that equal policies are equal text on every
/// director.
public struct RoutePolicy: Hashable, Sendable {
    /// How good the path is meant to be.
    public enum Level: String, Hashable, Sendable, CaseIterable {
        /// As good as any.
        case normal = "N"
        /// Worse, so that routers prefer another director while this one drains.
        case soft = "S"
    }

    /// The most communities of each kind: well within a line, and far more than anybody needs.
    public static let mostCommunities = 32
    /// The most times the own number is put in front: longer paths are dropped by careful peers.
    public static let longestPrepend = 10

    /// How good the path is meant to be; it names the route-map and sets nothing by itself.
    public let level: Level
    /// The standard communities, in order.
    public let communities: [Community]
    /// The large communities, in order.
    public let largeCommunities: [LargeCommunity]
    /// The multi-exit discriminator.
    public let med: UInt32?
    /// How many times the own AS number is put in front of the path.
    public let prepend: Int
    /// The link bandwidth in Mbit/s, for weighted ECMP; bgpd sends it as bytes a second.
    public let bandwidth: UInt32?

    /// The policy of these attributes.
    ///
    /// What is beyond a limit is a bug of the caller, whose configuration has the same limits.
    public init(
        level: Level = .normal,
        communities: some Sequence<Community> = [],
        largeCommunities: some Sequence<LargeCommunity> = [],
        med: UInt32? = nil,
        prepend: Int = 0,
        bandwidth: UInt32? = nil
    ) {
        self.level = level
        self.communities = Set(communities).sorted()
        self.largeCommunities = Set(largeCommunities).sorted()
        precondition(
            self.communities.count <= Self.mostCommunities
                && self.largeCommunities.count <= Self.mostCommunities,
            "an announcement carries at most \(Self.mostCommunities) communities of each kind"
        )
        precondition(
            (0...Self.longestPrepend).contains(prepend),
            "an announcement is prepended at most \(Self.longestPrepend) times"
        )
        self.med = med
        self.prepend = prepend
        self.bandwidth = bandwidth
    }

    /// True when a plain statement says the same, so that no route-map is needed.
    public var isPlain: Bool {
        communities.isEmpty && largeCommunities.isEmpty && med == nil && prepend == 0
            && bandwidth == nil
    }

    /// Why `daemon` cannot carry this policy; `nil` when it can, or when nobody knows.
    ///
    /// Quagga has no link bandwidth, and FRR took 1 to 25600 Mbit/s before 10.3
    /// (bgpd/bgp_routemap.c `set_ecommunity_lb`).
    public func problem(on daemon: DaemonVersion?) -> FRRError? {
        guard let daemon, let bandwidth else { return nil }
        let most: UInt32 = 25_600
        if daemon.product == .quagga {
            return .unsupported(
                what: "a link bandwidth (set extcommunity bandwidth)",
                daemon: daemon,
                instead: "leave out bandwidth, or run FRR"
            )
        }
        guard (1...most).contains(bandwidth) || daemon.isAtLeast(10, 3) else {
            return .unsupported(
                what: "a link bandwidth of \(bandwidth) Mbit/s",
                daemon: daemon,
                instead: "use 1 to \(most), which is what it takes before 10.3"
            )
        }
        return nil
    }
}

/// A standard community (RFC 1997): two numbers of 16 bits, written `65001:100`.
public struct Community: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Both numbers in one, the first in the high half.
    public let rawValue: UInt32

    /// The community with this number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The community `high:low`.
    public init(_ high: UInt16, _ low: UInt16) { rawValue = UInt32(high) << 16 | UInt32(low) }

    /// GRACEFUL_SHUTDOWN (RFC 8326): prefer any other path, this one is about to go.
    public static let gracefulShutdown = Community(0xffff, 0)

    /// Reads `high:low`, or one of the names that a daemon prints in their place.
    public init?(_ text: some StringProtocol) {
        if let known = Self.names[String(text)] {
            self = known
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let high = decimal(parts[0], UInt16.self),
            let low = decimal(parts[1], UInt16.self)
        else { return nil }
        self.init(high, low)
    }

    /// The names of lib/… `community_str` in bgpd/bgp_community.c.
    private static let names: [String: Community] = [
        "graceful-shutdown": .gracefulShutdown, "accept-own": Community(0xffff, 1),
        "route-filter-translated-v4": Community(0xffff, 2),
        "route-filter-v4": Community(0xffff, 3),
        "route-filter-translated-v6": Community(0xffff, 4),
        "route-filter-v6": Community(0xffff, 5), "llgr-stale": Community(0xffff, 6),
        "no-llgr": Community(0xffff, 7), "accept-own-nexthop": Community(0xffff, 8),
        "blackhole": Community(0xffff, 666), "no-export": Community(0xffff, 0xff01),
        "no-advertise": Community(0xffff, 0xff02), "local-AS": Community(0xffff, 0xff03),
        "no-peer": Community(0xffff, 0xff04), "internet": Community(0, 0),
    ]

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var description: String { "\(rawValue >> 16):\(rawValue & 0xffff)" }
}

/// A large community (RFC 8092): three numbers of 32 bits, written `65001:1:2`.
public struct LargeCommunity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The AS that gives the other two their meaning.
    public let global: UInt32
    /// What that AS means by them.
    public let first: UInt32, second: UInt32

    /// The community `global:first:second`.
    public init(_ global: UInt32, _ first: UInt32, _ second: UInt32) {
        self.global = global
        self.first = first
        self.second = second
    }

    /// Reads three numbers with colons between them.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { decimal($0, UInt32.self) }
        guard parts.count == 3, numbers.count == 3 else { return nil }
        self.init(numbers[0], numbers[1], numbers[2])
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.global, left.first, left.second) < (right.global, right.first, right.second)
    }

    public var description: String { "\(global):\(first):\(second)" }
}

/// Digits and nothing else: the initialisers of integers also take a sign.
func decimal<Number: FixedWidthInteger>(
    _ text: some StringProtocol,
    _ type: Number.Type
) -> Number? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return nil
    }
    return Number(text)
}
