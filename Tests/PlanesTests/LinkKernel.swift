import Netlink
import Synchronization

/// A kernel with one link of our name, at the level of messages; what it does is told by a test.
///
/// It reads by offset, not with the code under test: `struct ifinfomsg` is 16 bytes long, and
/// `struct ifaddrmsg` 8, with the index of the link in its last four.
final class LinkKernel: Sendable {
    struct State {
        /// The kind of the link; `nil` while there is none.
        var kind: String?
        var isUp = true
        /// The addresses on it, as the kernel writes them.
        var addresses: [[UInt8]] = []
        /// The routes, as `KernelRoute` keeps them.
        var routes: [KernelRoute] = []
        /// What is answered to every message of a type, instead of carrying it out.
        var refusals: [UInt16: Errno] = [:]
    }

    static let newLink: UInt16 = 16
    static let getLink: UInt16 = 18
    static let newAddress: UInt16 = 20
    static let deleteAddress: UInt16 = 21
    static let getAddress: UInt16 = 22
    private static let index: Int32 = 7

    private let state = Mutex(State())

    init(kind: String? = "dummy") { with { $0.kind = kind } }

    func with<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value {
        state.withLock { body(&$0) }
    }

    var exchange: ScriptedKernel {
        ScriptedKernel { message throws(NetlinkError) in
            try self.state.withLock { state throws(NetlinkError) in
                try Self.answer(message, &state)
            }
        }
    }

    private static func answer(
        _ message: Message,
        _ state: inout State
    ) throws(NetlinkError) -> [Message] {
        if let errno = state.refusals[message.type] { throw .refused(errno, words: "") }
        switch message.type {
        case newLink:
            state.kind = state.kind ?? "dummy"
            state.isUp = true
            return []
        case getLink:
            guard state.kind != nil else {
                if message.flags & RequestFlag.dump == RequestFlag.dump { return [] }
                throw .refused(.noDevice, words: "")
            }
            return [link(state)]
        case newAddress:
            let address = try local(message)
            guard !state.addresses.contains(address) else { throw .refused(.exists, words: "") }
            state.addresses.append(address)
            return []
        case deleteAddress:
            let address = try local(message)
            state.addresses.removeAll { $0 == address }
            return []
        case getAddress: return state.addresses.map(reply)
        case 24:
            let route = try KernelRoute(message)
            guard !state.routes.contains(route) else { throw .refused(.exists, words: "") }
            state.routes.append(route)
            return []
        case 25:
            let route = try KernelRoute(message)
            guard let place = state.routes.firstIndex(of: route) else {
                throw .refused(.noProcess, words: "")
            }
            state.routes.remove(at: place)
            return []
        case 26 where message.flags & RequestFlag.dump != RequestFlag.dump:
            // Where a packet to one address would go.
            let asked = try KernelRoute(message)
            let isLocal = state.routes.contains {
                $0.header[4] == 255 && $0.destination == asked.destination
            }
            guard isLocal || state.isUp && state.addresses.contains(asked.destination) else {
                throw .refused(Errno(101), words: "Network is unreachable")
            }
            var header = asked.header
            header[4] = 255
            header[7] = 2
            return [KernelRoute(header: header, destination: asked.destination).message]
        case 26:
            return state.routes.filter { $0.header[0] == message.payload[0] }.map(\.message)
        default: throw .refused(.notSupported, words: "")
        }
    }

    private static func link(_ state: State) -> Message {
        let flags: [UInt8] = state.isUp ? [1, 0, 0, 0] : [0, 0, 0, 0]
        let head = [0, 0, 1, 0] + AttributeWriter.hostOrder(index) + flags + [0, 0, 0, 0]
        var writer = AttributeWriter(after: head)
        writer.put(3, "vip0")
        if let kind = state.kind { writer.nest(18) { $0.put(1, kind) } }
        return Message(type: newLink, payload: writer.bytes)
    }

    private static func reply(_ address: [UInt8]) -> Message {
        let isV4 = address.count == 4
        let head: [UInt8] = [isV4 ? 2 : 10, isV4 ? 32 : 128, 0, 0]
        var writer = AttributeWriter(after: head + AttributeWriter.hostOrder(index))
        writer.put(1, address)
        return Message(type: newAddress, payload: writer.bytes)
    }

    private static func local(_ message: Message) throws(NetlinkError) -> [UInt8] {
        var reader = AttributeReader(message.payload.dropFirst(8))
        while let attribute = reader.next() {
            // IFA_LOCAL
            if attribute.type == 2 { return Array(attribute.value) }
        }
        throw .refused(.invalid, words: "no address")
    }
}

/// A route of the kernel that is played: `struct rtmsg`, where it leads, and its metric.
struct KernelRoute: Equatable, Sendable {
    let header: [UInt8]
    let destination: [UInt8]
    let metric: UInt32

    init(header: [UInt8], destination: [UInt8]) {
        (self.header, self.destination, metric) = (header, destination, 0)
    }

    init(_ message: Message) throws(NetlinkError) {
        header = Array(message.payload.prefix(12))
        var (destination, metric): ([UInt8], UInt32) = ([], 0)
        var reader = AttributeReader(message.payload.dropFirst(12))
        while let attribute = reader.next() {
            if attribute.type == 1 { destination = Array(attribute.value) }
            if attribute.type == 6 { metric = UInt32(hostOrder: attribute.value) ?? 0 }
        }
        (self.destination, self.metric) = (destination, metric)
    }

    /// In the main table, leading nowhere, with the number 112.
    var isOurs: Bool { header[4] == 254 && header[5] == 112 && header[7] == 6 }

    var message: Message {
        var writer = AttributeWriter(after: header)
        writer.put(1, destination)
        writer.put(6, metric)
        return Message(type: 24, flags: 2, payload: writer.bytes)
    }
}
