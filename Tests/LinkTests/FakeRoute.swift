import Netlink

/// A route of a kernel that is played, read from messages by offset: `struct rtmsg` is 12 bytes.
struct FakeRoute: Equatable {
    var family: UInt8
    var table: UInt8
    var owner: UInt8
    var scope: UInt8
    var type: UInt8
    var destination: [UInt8]
    var metric: UInt32
    var link: Int32?

    init(
        destination: [UInt8],
        metric: UInt32,
        owner: UInt8 = 112,
        table: UInt8 = 254,
        type: UInt8 = 6,
        link: Int32? = nil
    ) {
        family = destination.count == 4 ? 2 : 10
        scope = 0
        self.destination = destination
        self.metric = metric
        self.owner = owner
        self.table = table
        self.type = type
        self.link = link
    }

    init(_ message: Message) throws(NetlinkError) {
        let header = message.payload
        self.init(destination: [], metric: 0)
        (family, table, owner) = (header[0], header[4], header[5])
        (scope, type) = (header[6], header[7])
        var reader = AttributeReader(header.dropFirst(12))
        while let attribute = reader.next() {
            switch attribute.type {
            case 1: destination = Array(attribute.value)
            case 4: link = Int32(hostOrder: attribute.value)
            case 6: metric = UInt32(hostOrder: attribute.value) ?? 0
            default: throw .refused(.invalid, words: "attribute \(attribute.type)")
            }
        }
        // A list is refused with a length that fits the whole; a change needs it.
        guard Int(header[1]) == destination.count * 8, [4, 16].contains(destination.count) else {
            throw .refused(.invalid, words: "length")
        }
    }

    var message: Message {
        let length = UInt8(destination.count * 8)
        var writer = AttributeWriter(
            after: [family, length, 0, 0, table, owner, scope, type, 0, 0, 0, 0]
        )
        writer.put(15, UInt32(table))
        writer.put(1, destination)
        writer.put(6, metric)
        if let link { writer.put(4, link) }
        return Message(type: 24, flags: 0x22, payload: writer.bytes)
    }
}

extension FakeLinks.State {
    mutating func newRoute(_ message: Message) throws(NetlinkError) {
        let new = try FakeRoute(message)
        // The kernel asks for destination, table and metric, and not for whose it is.
        guard !routes.contains(where: { new.isPlace(of: $0) }) else {
            throw .refused(.exists, words: "")
        }
        routes.append(new)
    }

    mutating func deleteRoute(_ message: Message) throws(NetlinkError) {
        let old = try FakeRoute(message)
        let place = routes.firstIndex {
            old.isPlace(of: $0) && (old.owner == 0 || old.owner == $0.owner)
        }
        guard let place else { throw .refused(.noProcess, words: "") }
        routes.remove(at: place)
    }

    func getRoutes(_ message: Message) -> [Message] {
        let header = message.payload
        // As a kernel before 4.20 does: only the family counts.
        return routes.filter { $0.family == header[0] }.map(\.message)
    }
}

extension FakeRoute {
    fileprivate func isPlace(of other: FakeRoute) -> Bool {
        destination == other.destination && table == other.table && metric == other.metric
    }
}
