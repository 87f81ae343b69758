import CNetlink

/// An exchange that can also carry out several requests as one, or none of them.
///
/// Only nfnetlink can: rtnetlink and generic netlink carry out each message for itself.
package protocol TransactionalExchange: Exchange {
    /// Carries out all of `messages`, or nothing.
    ///
    /// They go out in one send, between the messages that begin and end a batch of `subsystem`.
    ///
    /// - Throws: `NetlinkError.refused` with the errno of the first that was refused, after which
    ///   nothing has changed; or why the exchange itself failed, after which what happened is
    ///   unknown. `.unavailable` with EMSGSIZE says that they do not fit in one send.
    func transaction(_ messages: [Message], subsystem: UInt16) async throws(NetlinkError)
}

extension NetlinkChannel: TransactionalExchange {
    /// Sends all at once, and waits for what the kernel says of the whole.
    package func transaction(
        _ messages: [Message],
        subsystem: UInt16
    ) async throws(NetlinkError) {
        guard !messages.isEmpty else { return }
        var socket = try takeSocket()
        let first = sequence &+ 1
        let bytes = TransactionFrames(messages, subsystem: subsystem, first: first).bytes
        sequence &+= UInt32(messages.count) + 2
        // More than that fits no buffer, and the kernel refuses it whole.
        guard bytes.count <= NetlinkLimits.bufferBytes - NetlinkLimits.sendReserve else {
            throw .unavailable(.tooLong, attempted: "send \(bytes.count) bytes to the kernel")
        }
        var answer = TransactionAnswer(first: first, count: messages.count)
        let deadline = ContinuousClock.now + patience
        try socket.send(bytes)
        while let frames = try socket.receive(before: deadline) {
            for frame in frames where try answer.take(frame) {
                // The kernel may still tell of others; those frames are of sequence numbers that
                // nobody waits for any more.
                self.socket = consume socket
                if let refusal = answer.refusal { throw refusal }
                return
            }
        }
        throw .timedOut(patience)
    }
}

/// The bytes of a transaction: a beginning, the messages, and an end.
struct TransactionFrames: Hashable, Sendable {
    /// What to send.
    let bytes: [UInt8]

    /// Frames whose sequence numbers begin with `first`.
    ///
    /// The last message asks for an acknowledgement, which the kernel sends once the whole was
    /// carried out or undone. The end of the batch cannot be asked for one before Linux 6.10.
    init(_ messages: [Message], subsystem: UInt16, first: UInt32) {
        // struct nfgenmsg: family, version, and the subsystem in network byte order.
        let mark = [0, 0] + AttributeWriter.hostOrder(subsystem.bigEndian)
        let begin = Message(type: UInt16(NFNL_MSG_BATCH_BEGIN), payload: mark)
        let end = Message(type: UInt16(NFNL_MSG_BATCH_END), payload: mark)
        var bytes: [UInt8] = []
        for (index, message) in ([begin] + messages + [end]).enumerated() {
            var message = message
            message.flags |= UInt16(NLM_F_REQUEST)
            if index == messages.count { message.flags |= UInt16(NLM_F_ACK) }
            bytes += Frame(message: message, sequence: first &+ UInt32(index)).bytes
        }
        self.bytes = bytes
    }
}

/// Collects what became of a transaction.
struct TransactionAnswer {
    /// Why nothing was carried out: what the kernel said of the first that it refused.
    private(set) var refusal: NetlinkError?
    private var refused: Int?
    private let first: UInt32
    private let count: Int

    /// Collects for `count` messages; the sequence number of the batch's beginning is `first`.
    init(first: UInt32, count: Int) {
        self.first = first
        self.count = count
    }

    /// Takes the next frame, and says whether the answer is complete.
    ///
    /// That is once the last message was answered, or the beginning refused: so the kernel answers
    /// when it could not even look at the messages (EPERM, no such subsystem), or not carry out
    /// the whole (ENOMEM).
    mutating func take(_ frame: Frame) throws(NetlinkError) -> Bool {
        let index = Int(frame.sequence &- first)
        guard index <= count, let verdict = try frame.message.verdict() else { return false }
        if let errno = verdict.errno, index < refused ?? .max {
            refused = index
            refusal = .refused(errno, words: verdict.words)
        }
        return index == count || (index == 0 && verdict.errno != nil)
    }
}
