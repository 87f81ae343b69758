import CNetlink

/// As many requests as one send may have, one after the other.
struct Datagram: Hashable, Sendable {
    /// What to send.
    let bytes: [UInt8]
    /// How many of the messages are in it.
    let count: Int

    /// Takes from the front of `messages` what fits, and at least one.
    ///
    /// Only the last asks for an acknowledgement: it is the fence behind which all refusals, which
    /// the kernel sends unasked, have come.
    ///
    /// - Parameters:
    ///   - messages: What is to be sent; not empty.
    ///   - first: The sequence number of the first.
    ///   - limit: The bytes that a send may have; one message that is longer goes alone.
    ///   - count: The messages that a send may have.
    init(_ messages: ArraySlice<Message>, first: UInt32, bytes limit: Int, count: Int) {
        precondition(!messages.isEmpty, "an empty send has no answer")
        var all: [UInt8] = []
        var taken = 0
        var last = 0
        for var message in messages.prefix(count) {
            message.flags |= UInt16(NLM_F_REQUEST)
            let frame = Frame(message: message, sequence: first &+ UInt32(taken)).bytes
            guard taken == 0 || all.count + frame.count <= limit else { break }
            last = all.count
            all += frame
            taken += 1
        }
        let flags = messages[messages.startIndex + taken - 1].flags
        let acknowledged = flags | UInt16(NLM_F_REQUEST) | UInt16(NLM_F_ACK)
        HostOrder.replace(at: last + 6, in: &all, with: acknowledged)
        bytes = all
        self.count = taken
    }
}
