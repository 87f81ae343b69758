package import Net
package import Netlink

/// Word of the kernel that something on the way to other machines is cut off.
package enum PathLoss: Hashable, Sendable {
    /// Nobody answers for this address on the link (`NUD_FAILED`).
    case neighbor(IPAddress, link: Int32)
    /// The link has no carrier, was set down, or is gone.
    case link(Int32)

    /// `struct ndmsg`: family, padding, index of the link, state, flags, type.
    private static let neighborHeaderBytes = 12
    /// `IFF_LOWER_UP` of linux/if.h: there is a carrier; a link that is down has none either.
    private static let carrier: UInt32 = 0x1_0000

    /// The loss in a message of the kernel; `nil` for one about anything else, or about what works.
    package init?(_ message: Message) {
        let payload = message.payload
        switch message.type {
        case RouteNumber.newLink, RouteNumber.deleteLink:
            guard let index = Int32(hostOrder: payload.dropFirst(4).prefix(4)),
                let flags = UInt32(hostOrder: payload.dropFirst(8).prefix(4)),
                message.type == RouteNumber.deleteLink || flags & Self.carrier == 0
            else { return nil }
            self = .link(index)
        case RouteNumber.newNeighbor:
            guard payload.count >= Self.neighborHeaderBytes,
                let index = Int32(hostOrder: payload.dropFirst(4).prefix(4)),
                let state = UInt16(hostOrder: payload.dropFirst(8).prefix(2)),
                state & RouteNumber.neighborFailed != 0
            else { return nil }
            var reader = AttributeReader(payload.dropFirst(Self.neighborHeaderBytes))
            while let attribute = reader.next() {
                guard attribute.type == RouteNumber.neighborAddress,
                    let address = IPAddress(bytes: attribute.value)
                else { continue }
                self = .neighbor(address, link: index)
                return
            }
            return nil
        default: return nil
        }
    }
}

extension PathLoss: CustomStringConvertible {
    /// A few words for an operator.
    package var description: String {
        switch self {
        case .neighbor(let address, _): "the neighbour \(address) does not answer"
        case .link(let index): "the link number \(index) was lost"
        }
    }
}
