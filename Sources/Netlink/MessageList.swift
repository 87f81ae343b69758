import CNetlink

/// Many requests of generic netlink, each answered with an acknowledgement only, as they lie one
/// after the other in what is sent.
///
/// A load is ten thousand of them. Written where they belong they cost no memory of their own
/// each, and a send is a part of this.
package struct MessageList: Sendable {
    /// What room is made for ahead, for each: those of IPVS take some 150 bytes.
    private static let usualBytes = 160

    private var writer: AttributeWriter
    /// Where each begins, and where the next one would.
    private var starts: [Int] = [0]

    /// An empty list with room for so many.
    package init(room count: Int = 0) {
        writer = AttributeWriter(room: count * Self.usualBytes)
        starts.reserveCapacity(count + 1)
    }

    /// How many there are.
    package var count: Int { starts.count - 1 }

    /// Adds a request to a family: the header of generic netlink (`struct genlmsghdr`), and the
    /// attributes that `body` writes.
    package mutating func append(
        type: UInt16,
        command: UInt8,
        version: UInt8,
        _ body: (inout AttributeWriter) -> Void
    ) {
        begin(type: type, flags: 0, room: 4)
        writer.append(command)
        writer.append(version)
        writer.append(UInt16(0))
        body(&writer)
        end()
    }

    /// Adds a message as it is.
    package mutating func append(_ message: Message) {
        precondition(!message.isDump, "a batch has no place for a dump's answer")
        begin(type: message.type, flags: message.flags, room: message.payload.count + 3)
        for byte in message.payload { writer.append(byte) }
        let padding = -message.payload.count & 3
        end(padding: padding)
    }

    /// The messages one by one, for who works on them and not on bytes.
    package var messages: [Message] {
        (0..<count).map { index in
            var bytes = writer[starts[index]..<starts[index + 1]]
            let length = UInt32(hostOrder: bytes.prefix(4)).map(Int.init) ?? bytes.count
            bytes = bytes.prefix(length)
            let type = UInt16(hostOrder: bytes.dropFirst(4).prefix(2)) ?? 0
            let flags = UInt16(hostOrder: bytes.dropFirst(6).prefix(2)) ?? 0
            return Message(
                type: type,
                flags: flags & ~UInt16(NLM_F_REQUEST),
                payload: Array(bytes.dropFirst(Frame.headerBytes))
            )
        }
    }

    /// What the next send takes from the message at `index` on.
    ///
    /// Their sequence numbers are set, and only the last asks for an acknowledgement: it is the
    /// fence behind which all refusals, which the kernel sends unasked, have come.
    ///
    /// - Parameters:
    ///   - index: The first message; there must be one.
    ///   - first: The sequence number that it gets.
    ///   - limit: The bytes that a send may have; one message that is longer goes alone.
    ///   - most: The messages that a send may have.
    /// - Returns: As many as fit, and at least one.
    mutating func send(
        from index: Int,
        first: UInt32,
        bytes limit: Int,
        count most: Int
    ) -> Datagram {
        precondition(index < count, "an empty send has no answer")
        var end = index + 1
        while end < count, end - index < most, starts[end + 1] - starts[index] <= limit { end += 1 }
        for place in index..<end {
            writer.replace(at: starts[place] + 8, with: first &+ UInt32(place - index))
        }
        let last = starts[end - 1]
        let flags = UInt16(hostOrder: writer[(last + 6)..<(last + 8)]) ?? 0
        writer.replace(at: last + 6, with: flags | UInt16(NLM_F_ACK))
        return Datagram(bytes: writer[starts[index]..<starts[end]], count: end - index)
    }

    /// `struct nlmsghdr`; the length comes when it is known, the sequence number with the send.
    private mutating func begin(type: UInt16, flags: UInt16, room: Int) {
        writer.makeRoom(for: Frame.headerBytes + room)
        writer.append(UInt32(0))
        writer.append(type)
        writer.append(flags | UInt16(NLM_F_REQUEST))
        writer.append(UInt64(0))
    }

    private mutating func end(padding: Int = 0) {
        let start = starts[count]
        writer.replace(at: start, with: UInt32(writer.count - start))
        for _ in 0..<padding { writer.append(UInt8(0)) }
        starts.append(writer.count)
    }
}

/// As many requests as one send may have, one after the other.
struct Datagram: Hashable, Sendable {
    /// What to send.
    let bytes: ArraySlice<UInt8>
    /// How many messages are in it.
    let count: Int
}
