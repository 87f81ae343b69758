import Netlink
import Synchronization

/// A kernel with links and addresses, at the level of messages.
///
/// It knows as much of rtnetlink as the code under test speaks, and it decodes by offset rather
/// than with that code, so that both cannot be wrong in the same way.
final class FakeLinks: Sendable {
    struct State {
        var links: [(name: String, kind: String?, index: Int32, isUp: Bool)] = []
        var addresses: [(link: Int32, prefixLength: UInt8, scope: UInt8, bytes: [UInt8])] = []
        /// The routes, of whatever table and protocol.
        var routes: [FakeRoute] = []
        /// What is refused, by message type.
        var refusals: [UInt16: Errno] = [:]
        /// How many of the next dumps are disturbed.
        var disturbedDumps = 0
        /// The types of the messages that were carried out or refused, in order.
        var asked: [UInt16] = []
    }

    let state = Mutex(State())

    /// The kernel to hand to the code under test.
    var kernel: ScriptedKernel {
        ScriptedKernel { message throws(NetlinkError) in
            let result = self.state.withLock { state -> Result<[Message], NetlinkError> in
                do throws(NetlinkError) {
                    return .success(try state.answer(message))
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }
    }
}

extension FakeLinks.State {
    fileprivate mutating func answer(_ message: Message) throws(NetlinkError) -> [Message] {
        asked.append(message.type)
        if let errno = refusals[message.type] { throw .refused(errno, words: "") }
        switch message.type {
        case 16: try newLink(message)
        case 17: try deleteLink(message)
        case 18: return try getLink(message)
        case 20: try newAddress(message)
        case 21: try deleteAddress(message)
        case 22:
            if disturbedDumps > 0 {
                disturbedDumps -= 1
                throw .interrupted
            }
            return addresses.map(reply)
        case 24: try newRoute(message)
        case 25: try deleteRoute(message)
        case 26: return getRoutes(message)
        default: throw .refused(.notSupported, words: "")
        }
        return []
    }

    private mutating func newLink(_ message: Message) throws(NetlinkError) {
        let index = number(message, at: 4)
        if index > 0 {
            guard let place = links.firstIndex(where: { $0.index == index }) else {
                throw .refused(.noDevice, words: "")
            }
            links[place].isUp = number(message, at: 8) & 1 == 1
            return
        }
        guard let name = text(3, in: message.payload.dropFirst(16)) else {
            throw .refused(.invalid, words: "no name")
        }
        guard !links.contains(where: { $0.name == name }) else {
            throw .refused(.exists, words: "")
        }
        var reader = AttributeReader(message.payload.dropFirst(16))
        var kind: String?
        while let attribute = reader.next() {
            if attribute.type == 18 { kind = text(1, in: attribute.value) }
        }
        let isUp = number(message, at: 8) & number(message, at: 12) & 1 == 1
        links.append((name, kind, Int32(links.count + 10), isUp))
    }

    private mutating func deleteLink(_ message: Message) throws(NetlinkError) {
        let index = number(message, at: 4)
        guard let place = links.firstIndex(where: { $0.index == index }) else {
            throw .refused(.noDevice, words: "")
        }
        links.remove(at: place)
        addresses.removeAll { $0.link == index }
    }

    private func getLink(_ message: Message) throws(NetlinkError) -> [Message] {
        guard let name = text(3, in: message.payload.dropFirst(16)) else {
            return links.map(reply)
        }
        guard let link = links.first(where: { $0.name == name }) else {
            throw .refused(.noDevice, words: "")
        }
        return [reply(link)]
    }

    private mutating func newAddress(_ message: Message) throws(NetlinkError) {
        let new = try address(message)
        guard !addresses.contains(where: { $0 == new }) else { throw .refused(.exists, words: "") }
        addresses.append(new)
    }

    private mutating func deleteAddress(_ message: Message) throws(NetlinkError) {
        let old = try address(message)
        guard let place = addresses.firstIndex(where: { $0 == old }) else {
            throw .refused(.addressNotAvailable, words: "")
        }
        addresses.remove(at: place)
    }

    private func address(
        _ message: Message
    ) throws(NetlinkError) -> (link: Int32, prefixLength: UInt8, scope: UInt8, bytes: [UInt8]) {
        let index = number(message, at: 4)
        guard links.contains(where: { $0.index == index }) else {
            throw .refused(.noDevice, words: "")
        }
        // IFA_LOCAL
        var reader = AttributeReader(message.payload.dropFirst(8))
        while let attribute = reader.next() {
            guard attribute.type == 2 else { continue }
            return (index, message.payload[1], message.payload[3], Array(attribute.value))
        }
        throw .refused(.invalid, words: "no address")
    }

    private func reply(
        _ link: (name: String, kind: String?, index: Int32, isUp: Bool)
    ) -> Message {
        let flags = link.isUp ? [1, 0, 0, 0] : [0, 0, 0, 0] as [UInt8]
        let head = [0, 0, 1, 0] + AttributeWriter.hostOrder(link.index) + flags + [0, 0, 0, 0]
        var writer = AttributeWriter(after: head)
        writer.put(3, link.name)
        if let kind = link.kind { writer.nest(18) { $0.put(1, kind) } }
        return Message(type: 16, payload: writer.bytes)
    }

    private func reply(
        _ address: (link: Int32, prefixLength: UInt8, scope: UInt8, bytes: [UInt8])
    ) -> Message {
        let family: UInt8 = address.bytes.count == 4 ? 2 : 10
        let head = [family, address.prefixLength, 0, address.scope]
        var writer = AttributeWriter(after: head + AttributeWriter.hostOrder(address.link))
        writer.put(1, address.bytes)
        return Message(type: 20, payload: writer.bytes)
    }

    private func number(_ message: Message, at offset: Int) -> Int32 {
        Int32(hostOrder: message.payload.dropFirst(offset).prefix(4)) ?? 0
    }

    private func text(_ type: UInt16, in bytes: ArraySlice<UInt8>) -> String? {
        var reader = AttributeReader(bytes)
        while let attribute = reader.next() {
            if attribute.type == type { return reader.text(attribute) }
        }
        return nil
    }
}
