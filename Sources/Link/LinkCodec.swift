import Net
import Netlink

/// A link as the kernel describes it.
struct LinkDescription: Hashable, Sendable {
    /// `struct ifinfomsg`: family, padding, hardware type, index, flags, change mask.
    static let headerBytes = 16

    /// `IFF_UP` of net/if.h.
    static let up: UInt32 = 1
    /// `IFF_LOOPBACK` of net/if.h.
    static let loopback: UInt32 = 8
    /// `IFF_NOARP` of net/if.h.
    static let noARP: UInt32 = 0x80

    /// The number that addresses refer to; another one each time a link is made.
    var index: Int32
    var flags: UInt32
    var name: String
    /// The driver's own word, such as `dummy`; `nil` for hardware and for the loopback.
    var kind: String?

    var isUp: Bool { flags & Self.up != 0 }
    var isLoopback: Bool { flags & Self.loopback != 0 }
    var hasARP: Bool { flags & Self.noARP == 0 }

    /// The link in a message of the kernel; `nil` for a message of another type.
    init?(_ message: Message) throws(NetlinkError) {
        guard message.type == RouteNumber.newLink else { return nil }
        guard let index = Int32(hostOrder: message.payload.dropFirst(4).prefix(4)),
            let flags = UInt32(hostOrder: message.payload.dropFirst(8).prefix(4)),
            message.payload.count >= Self.headerBytes
        else { throw .malformed("a link shorter than its header") }
        self.index = index
        self.flags = flags
        name = ""
        var reader = AttributeReader(message.payload.dropFirst(Self.headerBytes))
        while let attribute = reader.next() {
            switch attribute.type {
            case RouteNumber.linkName: name = reader.text(attribute)
            case RouteNumber.linkInfo:
                var inner = AttributeReader(attribute.value)
                while let attribute = inner.next() {
                    guard attribute.type == RouteNumber.linkInfoKind else { continue }
                    kind = inner.text(attribute)
                }
                if let error = inner.error { throw error }
            default: break
            }
        }
        if let error = reader.error { throw error }
    }

    /// Asks for the link of this name.
    static func get(_ name: LinkName) -> Message {
        var writer = AttributeWriter(after: header())
        writer.put(RouteNumber.linkName, name.text)
        return Message(type: RouteNumber.getLink, payload: writer.bytes)
    }

    /// Asks for all links.
    static func getAll() -> Message {
        Message(type: RouteNumber.getLink, flags: RequestFlag.dump, payload: header())
    }

    /// Makes a link of this name and kind, and sets it up; refused when the name is taken.
    static func create(_ name: LinkName, kind: String) -> Message {
        var writer = AttributeWriter(after: header(flags: up, change: up))
        writer.put(RouteNumber.linkName, name.text)
        writer.nest(RouteNumber.linkInfo) { $0.put(RouteNumber.linkInfoKind, kind) }
        return Message(
            type: RouteNumber.newLink,
            flags: RequestFlag.create | RequestFlag.exclusive,
            payload: writer.bytes
        )
    }

    /// Sets up the link with this index.
    static func setUp(_ index: Int32) -> Message {
        Message(type: RouteNumber.newLink, payload: header(index: index, flags: up, change: up))
    }

    /// Sets down the link with this index.
    static func setDown(_ index: Int32) -> Message {
        Message(type: RouteNumber.newLink, payload: header(index: index, change: up))
    }

    /// Removes the link with this index.
    static func delete(_ index: Int32) -> Message {
        Message(type: RouteNumber.deleteLink, payload: header(index: index))
    }

    private static func header(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
        [0, 0, 0, 0] + AttributeWriter.hostOrder(index) + AttributeWriter.hostOrder(flags)
            + AttributeWriter.hostOrder(change)
    }
}

/// An address of a link as the kernel describes it.
struct AddressDescription: Hashable, Sendable {
    /// `struct ifaddrmsg`: family, prefix length, flags, scope, index.
    static let headerBytes = 8

    var link: Int32
    var address: IPAddress
    /// 32 or 128 for ours; an operator may have added another.
    var prefixLength: UInt8
    /// True where the address is valid everywhere, rather than on this link or host only.
    var isGlobal: Bool
    /// Who put it there (`IFA_PROTO`); 0 for nobody in particular, and before Linux 5.18.
    var owner: UInt8 = 0
    /// The name of an IPv4 address, which is the link's unless somebody chose another.
    var label = ""

    /// This address for all the world, as we add it: of full length, for no network comes with it.
    init(_ address: IPAddress, link: Int32) {
        self.link = link
        self.address = address
        prefixLength = UInt8(address.family.bitWidth)
        isGlobal = true
    }

    /// The address in a message of the kernel; `nil` for a message of another type or family.
    init?(_ message: Message) throws(NetlinkError) {
        guard message.type == RouteNumber.newAddress else { return nil }
        let payload = message.payload
        guard payload.count >= Self.headerBytes,
            let index = UInt32(hostOrder: payload.dropFirst(4).prefix(4))
        else { throw .malformed("an address shorter than its header") }
        guard [RouteNumber.inet, RouteNumber.inet6].contains(payload[0]) else { return nil }
        link = Int32(truncatingIfNeeded: index)
        prefixLength = payload[1]
        isGlobal = payload[3] == RouteNumber.globalScope
        var peer: IPAddress?
        var local: IPAddress?
        var reader = AttributeReader(payload.dropFirst(Self.headerBytes))
        while let attribute = reader.next() {
            switch attribute.type {
            case RouteNumber.address: peer = IPAddress(bytes: attribute.value)
            case RouteNumber.localAddress: local = IPAddress(bytes: attribute.value)
            case RouteNumber.addressProtocol: owner = reader.number(attribute)
            case RouteNumber.addressLabel: label = reader.text(attribute)
            default: break
            }
        }
        if let error = reader.error { throw error }
        guard let address = local ?? peer else { throw .malformed("an address without its bytes") }
        self.address = address
    }

    /// Asks for all addresses of both families.
    static func getAll() -> Message {
        // A whole header: the kernel may be told to look at every field of it.
        Message(
            type: RouteNumber.getAddress,
            flags: RequestFlag.dump,
            payload: [UInt8](repeating: 0, count: headerBytes)
        )
    }

    /// Adds this address; refused with EEXIST when it is there.
    func add() -> Message {
        Message(
            type: RouteNumber.newAddress,
            flags: RequestFlag.create | RequestFlag.exclusive,
            payload: payload
        )
    }

    /// Removes this address; refused with EADDRNOTAVAIL when it is not there.
    func remove() -> Message {
        Message(type: RouteNumber.deleteAddress, payload: payload)
    }

    private var payload: [UInt8] {
        let isV4 = address.family == .v4
        // Another director of the fabric has the same address; looking for it would only make
        // ours wait, or refuse it.
        let flags = isV4 ? 0 : RouteNumber.noDuplicateDetection
        let family = isV4 ? RouteNumber.inet : RouteNumber.inet6
        var writer = AttributeWriter(
            after: [family, prefixLength, flags, RouteNumber.globalScope]
                + AttributeWriter.hostOrder(link)
        )
        writer.put(RouteNumber.localAddress, address.bytes)
        writer.put(RouteNumber.address, address.bytes)
        return writer.bytes
    }
}
