public import Net

/// An exact model of the lookup table that the kernel's `mh` scheduler builds for one service, so
/// that what a director answers can be known without asking it.
///
/// The kernel never shows that table. It follows from the destinations in the order of the
/// kernel's list, their weights and the flags (net/netfilter/ipvs/ip_vs_mh.c, Linux 4.18 to 6.12),
/// and from nothing else: neither the service's address and port nor the host. So two directors
/// send every client to the same server if and only if their tables are the same. Held true for
/// 64-bit little-endian machines; a 32-bit kernel hashes with another function.
public struct MaglevTable: Hashable, Sendable {
    /// The family of the service: addresses are folded by it, those of destinations too.
    public let family: AddressFamily
    /// What the table was built from, in the order of the kernel's list.
    public let members: [Member]
    /// Of the service's flags, those that mean something to the lookup.
    public let flags: ServiceFlags
    /// How many slots there are.
    public let size: Size

    /// Which member owns each slot, as an index into `members`; empty when none owns any.
    let owners: [UInt32]

    /// The flags that mean something to the lookup: `mh-fallback` and `mh-port`.
    public static let meaningful: ServiceFlags = [.fallback, .port]

    /// The table that a kernel would build; `nil` for more members than slots, which the kernel
    /// refuses as well: it keeps the table that it had.
    ///
    /// - Parameters:
    ///   - family: the family of the service; that of a tunnel's destination may differ.
    ///   - members: its destinations in the order of the kernel's list, which is the order of
    ///     `/proc/net/ip_vs` and of a dump: the one added last comes first.
    ///   - flags: the service's flags, of which `mh-fallback` and `mh-port` count.
    ///   - size: how many slots the kernel was built with.
    public init?(
        family: AddressFamily,
        members: [Member],
        flags: ServiceFlags,
        size: Size = .standard
    ) {
        guard members.count <= size.slotCount else { return nil }
        self.family = family
        self.members = members
        self.flags = flags.intersection(Self.meaningful)
        self.size = size
        owners = Self.populated(by: members, family: family, size: size)
    }

    /// The endpoint that owns each slot, whether or not it takes new flows now; empty when no
    /// member ever had a weight.
    public var slots: [Endpoint] { owners.map { members[Int($0)].endpoint } }
}

extension MaglevTable {
    /// A destination, as far as the table depends on it.
    public struct Member: Hashable, Sendable {
        /// Where it is.
        public let endpoint: Endpoint
        /// Its weight now, 0...65535; with 0 it takes no new flows.
        public private(set) var weight: Int
        /// Its last weight that was not 0, by which it has slots; 0 when it was added at 0.
        public private(set) var lastWeight: Int
        /// Whether it has reached its upper threshold, and so takes no new flows either.
        public var isOverloaded: Bool

        /// A destination that was just added with `weight`.
        ///
        /// - Parameters:
        ///   - endpoint: where it is.
        ///   - weight: its weight, 0...65535.
        ///   - lastWeight: its last weight that was not 0, for one whose weight was changed since.
        ///   - isOverloaded: whether it has reached its upper threshold.
        public init(
            _ endpoint: Endpoint,
            weight: Int,
            lastWeight: Int? = nil,
            isOverloaded: Bool = false
        ) {
            self.endpoint = endpoint
            self.weight = weight
            self.lastWeight = weight != 0 ? weight : lastWeight ?? 0
            self.isOverloaded = isOverloaded
        }

        /// Changes the weight as `SET_DEST` does: at 0 it keeps the slots that it had.
        public mutating func set(weight: Int) {
            self.weight = weight
            if weight != 0 { lastWeight = weight }
        }

        /// Whether it takes new flows (`is_unavailable` in the kernel, the other way round).
        public var isAvailable: Bool { weight > 0 && !isOverloaded }
    }

    /// The sizes a kernel can be built with: `CONFIG_IP_VS_MH_TAB_INDEX`, 8...17.
    ///
    /// No running kernel tells which; distributions leave it at 12.
    public enum Size: Int, CaseIterable, Sendable {
        case index8 = 8
        case index9, index10, index11, index12, index13, index14, index15, index16, index17

        /// What a kernel has that nobody configured otherwise: 4093 slots.
        public static let standard = Size.index12

        /// How many slots: the largest prime below the power of two of the index, nearly.
        public var slotCount: Int {
            switch self {
            case .index8: 251
            case .index9: 509
            case .index10: 1021
            case .index11: 2039
            case .index12: 4093
            case .index13: 8191
            case .index14: 16_381
            case .index15: 32_749
            case .index16: 65_521
            case .index17: 131_071
            }
        }

        /// How many bits the weight of a member may have after scaling (`IP_VS_MH_TAB_BITS`).
        var weightBits: Int { rawValue / 2 }
    }
}
