/// A block of addresses: a network address and a prefix length, as in RFC 4632.
public struct Prefix: Hashable, Sendable {
    /// The first address of the block; every bit beyond `length` is zero.
    public let address: IPAddress
    /// The number of leading bits that are fixed: 0...32 or 0...128.
    public let length: Int

    /// The block of `length` fixed bits that holds `address`; `nil` for a length out of range.
    public init?(_ address: IPAddress, length: Int) {
        let width = address.family.bitWidth
        guard (0...width).contains(length) else { return nil }
        // Shifting by the full width gives zero in Swift, which is what length 0 needs.
        let bits = (address.bits >> (width - length)) << (width - length)
        self.address =
            switch address.family {
            case .v4: IPAddress(v4: UInt32(truncatingIfNeeded: bits))
            case .v6: IPAddress(v6: bits)
            }
        self.length = length
    }

    /// The block that holds just this address: a /32 or a /128.
    public init(host address: IPAddress) {
        self.address = address
        length = address.family.bitWidth
    }

    /// True for a /32 or a /128, the only lengths a VIP is announced with.
    public var isHost: Bool { length == address.family.bitWidth }

    /// True when `other` lies in this block.
    public func contains(_ other: IPAddress) -> Bool {
        guard other.family == address.family else { return false }
        let shift = address.family.bitWidth - length
        return other.bits >> shift == address.bits >> shift
    }

    /// True when every address of `other` lies in this block.
    public func contains(_ other: Prefix) -> Bool {
        other.length >= length && contains(other.address)
    }
}

extension Prefix: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}

extension Prefix: CustomStringConvertible {
    /// Reads `ADDRESS/LENGTH` or a bare address, which is its own host prefix.
    ///
    /// Bits set beyond the length are refused rather than dropped: 203.0.113.10/24 is more often
    /// a slip than a wish for 203.0.113.0/24.
    public init(parsing text: String) throws(ParseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address: IPAddress
        do {
            address = try IPAddress(parsing: String(parts[0]))
        } catch {
            throw ParseError(text, error.reason)
        }
        guard parts.count == 2 else {
            self.init(host: address)
            return
        }
        let digits = parts[1]
        guard (1...3).contains(digits.utf8.count), digits.first != "+",
            let length = Int(digits), let prefix = Prefix(address, length: length)
        else {
            throw ParseError(
                text,
                "has a prefix length outside 0...\(address.family.bitWidth)"
            )
        }
        guard prefix.address == address else {
            throw ParseError(text, "has bits set beyond its length; did you mean \(prefix)?")
        }
        self = prefix
    }

    public var description: String { "\(address)/\(length)" }
}
