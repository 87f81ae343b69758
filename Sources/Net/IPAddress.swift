/// An IPv4 or IPv6 address, without a zone and without a prefix length.
///
/// It is plain data: hashing, ordering and comparing are integer operations, which
/// matters because it is the key of most tables here. The order is by family, then numerically.
public struct IPAddress: Hashable, Sendable {
    /// The address as a number: an IPv4 address fills the low 32 bits.
    ///
    /// It stands first because it is aligned to 16 bytes: what follows fills the gap behind it, so
    /// that an endpoint takes 32 bytes and not 48.
    public let bits: UInt128
    /// The family, which also says how many of `bits` count.
    public let family: AddressFamily

    /// The IPv4 address with this value in host order: `0x7f00_0001` is 127.0.0.1.
    public init(v4 bits: UInt32) {
        family = .v4
        self.bits = UInt128(bits)
    }

    /// The IPv6 address with this value in host order: `1` is ::1.
    public init(v6 bits: UInt128) {
        family = .v6
        self.bits = bits
    }

    /// The address in these 4 or 16 bytes of network order; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: family = .v4
        case 16: family = .v6
        default: return nil
        }
        bits = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// The 4 or 16 bytes of the address in network order.
    public var bytes: [UInt8] {
        // Written out: it is asked for with every connection.
        guard family == .v4 else {
            return [UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits)]
                .flatMap { half in
                    stride(from: 56, through: 0, by: -8).map {
                        UInt8(truncatingIfNeeded: half >> UInt64($0))
                    }
                }
        }
        let bits = UInt32(truncatingIfNeeded: bits)
        return [
            UInt8(truncatingIfNeeded: bits >> 24), UInt8(truncatingIfNeeded: bits >> 16),
            UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits),
        ]
    }

    /// True for 127.0.0.0/8 and ::1.
    public var isLoopback: Bool {
        switch family {
        case .v4: bits >> 24 == 127
        case .v6: bits == 1
        }
    }

    /// True for 224.0.0.0/4 and ff00::/8.
    public var isMulticast: Bool {
        switch family {
        case .v4: bits >> 28 == 0xe
        case .v6: bits >> 120 == 0xff
        }
    }

    /// True for 169.254.0.0/16 and fe80::/10.
    public var isLinkLocal: Bool {
        switch family {
        case .v4: bits >> 16 == 0xa9fe
        case .v6: bits >> 118 == 0xfe80 >> 6
        }
    }

    /// True for 0.0.0.0 and ::.
    public var isUnspecified: Bool { bits == 0 }
}

extension IPAddress: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        (left.family, left.bits) < (right.family, right.bits)
    }
}
