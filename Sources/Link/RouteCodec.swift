import Net
import Netlink

/// A route to a single address as the kernel describes it.
struct RouteDescription: Hashable, Sendable {
    /// `struct rtmsg`: family, the lengths of destination and source, TOS, table, protocol, scope,
    /// type, flags.
    static let headerBytes = 12

    var address: IPAddress
    /// Below this one, others to the same address are preferred; the kernel's word is priority.
    var metric: UInt32
    /// Who put it there (`rtm_protocol`).
    var owner: UInt8
    /// What becomes of a packet (`rtm_type`).
    var type: UInt8
    var table: UInt32
    /// The link that it belongs to; `nil` for one that leads nowhere.
    var link: Int32?

    /// A route that leads nowhere, by which nothing is ever forwarded.
    static func blackhole(_ route: HostRoute, owner: UInt8) -> RouteDescription {
        RouteDescription(
            address: route.address,
            metric: route.metric,
            owner: owner,
            type: RouteNumber.blackholeRoute,
            table: RouteNumber.mainTable
        )
    }

    /// A route that makes an address local without being an address of any link.
    static func local(_ address: IPAddress) -> RouteDescription {
        RouteDescription(
            address: address,
            metric: DirectorLink.localMetric,
            owner: HostAddress.owner,
            type: RouteNumber.localRoute,
            table: RouteNumber.localTable,
            link: DirectorLink.loopback
        )
    }

    private init(
        address: IPAddress,
        metric: UInt32,
        owner: UInt8,
        type: UInt8,
        table: UInt32,
        link: Int32? = nil
    ) {
        self.address = address
        self.metric = metric
        self.owner = owner
        self.type = type
        self.table = table
        self.link = link
    }

    /// The route in a message of the kernel; `nil` for a message of another type or family, and
    /// for a route to more than one address.
    init?(_ message: Message) throws(NetlinkError) {
        guard message.type == RouteNumber.newRoute else { return nil }
        let payload = message.payload
        guard payload.count >= Self.headerBytes else {
            throw .malformed("a route shorter than its header")
        }
        let family: AddressFamily
        switch payload[0] {
        case RouteNumber.inet: family = .v4
        case RouteNumber.inet6: family = .v6
        default: return nil
        }
        guard Int(payload[1]) == family.bitWidth else { return nil }
        table = UInt32(payload[4])
        owner = payload[5]
        type = payload[7]
        metric = 0
        var destination: IPAddress?
        var reader = AttributeReader(payload.dropFirst(Self.headerBytes))
        while let attribute = reader.next() {
            switch attribute.type {
            case RouteNumber.routeDestination: destination = IPAddress(bytes: attribute.value)
            case RouteNumber.routeMetric: metric = reader.number(attribute)
            case RouteNumber.routeTable: table = reader.number(attribute)
            case RouteNumber.routeLink: link = reader.number(attribute)
            default: break
            }
        }
        if let error = reader.error { throw error }
        guard let destination, destination.family == family else {
            throw .malformed("a route without its destination")
        }
        address = destination
    }

    /// Asks for the routes of one family, table, protocol and type.
    ///
    /// A kernel before 4.20 answers with all routes of the family.
    static func getAll(
        _ family: AddressFamily,
        table: UInt32,
        owner: UInt8,
        type: UInt8
    ) -> Message {
        Message(
            type: RouteNumber.getRoute,
            flags: RequestFlag.dump,
            payload: [family.number, 0, 0, 0, UInt8(table), owner, 0, type, 0, 0, 0, 0]
        )
    }

    /// Asks which route a packet to `address` would take.
    static func lookUp(_ address: IPAddress) -> Message {
        let family = address.family
        var writer = AttributeWriter(
            after: [family.number, UInt8(family.bitWidth)] + [UInt8](repeating: 0, count: 10)
        )
        writer.put(RouteNumber.routeDestination, address.bytes)
        return Message(type: RouteNumber.getRoute, payload: writer.bytes)
    }

    /// Adds this route; refused with EEXIST when one with its metric is there, whoever's it is.
    func add() -> Message {
        Message(
            type: RouteNumber.newRoute,
            flags: RequestFlag.create | RequestFlag.exclusive,
            payload: payload
        )
    }

    /// Removes this route, and no other's; refused with ESRCH when it is not there.
    func remove() -> Message { Message(type: RouteNumber.deleteRoute, payload: payload) }

    private var payload: [UInt8] {
        let isLocal = type == RouteNumber.localRoute
        let scope =
            isLocal && address.family == .v4 ? RouteNumber.hostScope : RouteNumber.globalScope
        // Both tables have numbers of a byte, so the header alone names them.
        var writer = AttributeWriter(
            after: [
                address.family.number, UInt8(address.family.bitWidth), 0, 0, UInt8(table), owner,
                scope, type, 0, 0, 0, 0,
            ]
        )
        writer.put(RouteNumber.routeDestination, address.bytes)
        writer.put(RouteNumber.routeMetric, metric)
        if let link { writer.put(RouteNumber.routeLink, link) }
        return writer.bytes
    }
}

extension AddressFamily {
    /// The family in the width that rtnetlink uses.
    fileprivate var number: UInt8 { self == .v4 ? RouteNumber.inet : RouteNumber.inet6 }
}
