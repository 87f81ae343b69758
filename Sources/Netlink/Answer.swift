import CNetlink

/// Collects the answer to one request, frame by frame.
struct Answer {
    /// What came so far.
    private(set) var messages: [Message] = []
    private let sequence: UInt32
    private let isDump: Bool
    private var bytes = 0
    private var wasInterrupted = false

    /// Collects what answers the request with this sequence number.
    init(to request: Message, sequence: UInt32) {
        self.sequence = sequence
        isDump = request.isDump
    }

    /// Takes the next frame, and says whether the answer is complete.
    ///
    /// A dump ends with `NLMSG_DONE`, another request with its acknowledgement; either with a
    /// refusal. Frames of another sequence number are late answers to somebody's earlier request.
    ///
    /// - Throws: `NetlinkError.refused`, `.interrupted` or `.malformed`.
    mutating func take(_ frame: Frame) throws(NetlinkError) -> Bool {
        guard frame.sequence == sequence else { return false }
        if frame.message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { wasInterrupted = true }
        if let verdict = try frame.message.verdict() {
            if let errno = verdict.errno { throw .refused(errno, words: verdict.words) }
            let isDone = Int32(frame.message.type) == NLMSG_DONE
            // A reply in parts to a request that is no dump has its own end before the
            // acknowledgement.
            guard isDone == isDump else { return false }
            if wasInterrupted { throw .interrupted }
            return true
        }
        // Below NLMSG_MIN_TYPE are only control messages, of which NLMSG_NOOP says nothing.
        guard Int32(frame.message.type) >= NLMSG_MIN_TYPE else { return false }
        bytes += Frame.headerBytes + frame.message.payload.count
        guard bytes <= NetlinkLimits.answerBytes else {
            throw .malformed("an answer of more than \(NetlinkLimits.answerBytes) bytes")
        }
        messages.append(frame.message)
        return false
    }
}

/// Collects what became of the messages of one send.
struct BatchAnswer {
    /// What became of each message: `nil` while nothing else is known.
    private(set) var refusals: [Errno?]
    private let first: UInt32

    /// Collects for `count` messages whose sequence numbers begin with `first`.
    init(first: UInt32, count: Int) {
        self.first = first
        refusals = Array(repeating: nil, count: count)
    }

    /// Takes the next frame, and says whether the last message was answered.
    ///
    /// Only that one asked for an acknowledgement. The kernel works in order, so with it all
    /// refusals of the others have come.
    mutating func take(_ frame: Frame) throws(NetlinkError) -> Bool {
        // The numbers may wrap around between the first and the last.
        let index = Int(frame.sequence &- first)
        guard index < refusals.count, let verdict = try frame.message.verdict() else {
            return false
        }
        refusals[index] = verdict.errno
        return index == refusals.count - 1
    }
}
