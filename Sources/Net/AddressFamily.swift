/// The two address families a VIP or a real server can have.
public enum AddressFamily: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case v4 = 4
    case v6 = 6

    /// The number of bits in an address of this family: 32 or 128.
    public var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The number of bytes in an address of this family: 4 or 16.
    public var byteCount: Int { bitWidth / 8 }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
