import Net
import Netlink

/// The value of an attribute that must be there.
func require<Value>(_ value: Value?, _ what: String) throws(NetlinkError) -> Value {
    guard let value else { throw .malformed("\(what) is missing") }
    return value
}

extension AddressFamily {
    /// The kernel's number of the family.
    var number: UInt16 {
        switch self {
        case .v4: FamilyNumber.v4
        case .v6: FamilyNumber.v6
        }
    }

    init(number: UInt16) throws(NetlinkError) {
        switch number {
        case FamilyNumber.v4: self = .v4
        case FamilyNumber.v6: self = .v6
        default: throw .malformed("\(number) is neither AF_INET nor AF_INET6")
        }
    }
}

extension IPAddress {
    /// `union nf_inet_addr`, in network order: always 16 bytes, of which an IPv4 address fills the
    /// first four.
    var union: UInt128 { family == .v4 ? bits << 96 : bits }

    /// The address in a `union nf_inet_addr`, or in just the bytes of its family.
    init(union value: ArraySlice<UInt8>, _ family: AddressFamily) throws(NetlinkError) {
        guard [family.byteCount, 16].contains(value.count) else {
            throw .malformed("an address has \(value.count) bytes")
        }
        switch family {
        case .v4:
            // Nearly all of them, and a hundred thousand in a large table.
            var bits: UInt32 = 0
            for byte in value.prefix(4) { bits = bits << 8 | UInt32(byte) }
            self.init(v4: bits)
        case .v6:
            var bits: UInt128 = 0
            for byte in value.prefix(16) { bits = bits << 8 | UInt128(byte) }
            self.init(v6: bits)
        }
    }
}
