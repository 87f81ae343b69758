import Net
import Netlink

/// A VIP as a real server has it: local, silent, and recognisable as ours.
///
/// Nobody but this machine is to know of it, so IPv4 gives it the scope of the host, which keeps
/// the kernel from choosing it as the source of the server's own connections. IPv6 has no such
/// scope for a global address; there a preferred lifetime of 0 does the same (RFC 6724, rule 3).
struct HostAddress: Hashable, Sendable {
    /// `IFA_PROTO` of an address of ours; the kernel's own are 1 to 3 (linux/if_addr.h).
    static let owner: UInt8 = 0x70
    /// What follows the link's name in the label of an IPv4 address of ours.
    static let labelSuffix = ":vip"
    /// `INFINITY_LIFE_TIME` of net/addrconf.h, in seconds.
    private static let forEver: UInt32 = .max

    let address: IPAddress
    let link: Int32
    let linkName: LinkName

    /// Adds it; refused with EEXIST when it is there.
    func add() -> Message {
        let isV4 = address.family == .v4
        var writer = AttributeWriter(
            after: header(flags: isV4 ? 0 : RouteNumber.noDuplicateDetection)
        )
        putAddress(into: &writer)
        if isV4 {
            if let label { writer.put(RouteNumber.addressLabel, label) }
        } else {
            let lifetimes = [0, Self.forEver, 0, 0].flatMap { AttributeWriter.hostOrder($0) }
            writer.put(RouteNumber.addressLifetimes, lifetimes)
        }
        writer.put(RouteNumber.addressProtocol, Self.owner)
        return Message(
            type: RouteNumber.newAddress,
            flags: RequestFlag.create | RequestFlag.exclusive,
            payload: writer.bytes
        )
    }

    /// Removes it, whoever added it; refused with EADDRNOTAVAIL when it is not there.
    func remove() -> Message {
        var writer = AttributeWriter(after: header(flags: 0))
        putAddress(into: &writer)
        return Message(type: RouteNumber.deleteAddress, payload: writer.bytes)
    }

    /// Whether an address that was seen is one of ours.
    static func isOurs(_ seen: AddressDescription) -> Bool {
        seen.owner == owner || seen.label.hasSuffix(labelSuffix)
    }

    /// The label; one longer than a link's name may be is left out.
    private var label: String? {
        let text = linkName.text + Self.labelSuffix
        return text.utf8.count <= LinkName.maximumBytes ? text : nil
    }

    private func header(flags: UInt8) -> [UInt8] {
        let isV4 = address.family == .v4
        return [
            isV4 ? RouteNumber.inet : RouteNumber.inet6, UInt8(address.family.bitWidth), flags,
            isV4 ? RouteNumber.hostScope : RouteNumber.globalScope,
        ] + AttributeWriter.hostOrder(link)
    }

    private func putAddress(into writer: inout AttributeWriter) {
        writer.put(RouteNumber.localAddress, address.bytes)
        writer.put(RouteNumber.address, address.bytes)
    }
}
