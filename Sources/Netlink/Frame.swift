import CNetlink

/// One message with its header, as it lies in a datagram.
struct Frame: Hashable, Sendable {
    /// The bytes of `struct nlmsghdr`: length, type, flags, sequence, port id.
    static let headerBytes = 16

    /// The message without what belongs to the exchange.
    var message: Message
    /// Which request this is, or which one it answers.
    var sequence: UInt32
    /// Whom the kernel answers, or 0 for a notification and for a request.
    var port: UInt32 = 0

    /// The bytes to send, padded so that another frame may follow.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + message.payload.count + 3)
        let length = UInt64(Self.headerBytes + message.payload.count)
        HostOrder.append(length, count: 4, to: &bytes)
        HostOrder.append(UInt64(message.type), count: 2, to: &bytes)
        HostOrder.append(UInt64(message.flags), count: 2, to: &bytes)
        HostOrder.append(UInt64(sequence), count: 4, to: &bytes)
        HostOrder.append(UInt64(port), count: 4, to: &bytes)
        bytes += message.payload
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
        return bytes
    }

    /// The frames of one datagram.
    ///
    /// - Throws: `NetlinkError.malformed` when a length does not fit in what is left.
    static func frames(in datagram: ArraySlice<UInt8>) throws(NetlinkError) -> [Frame] {
        var frames: [Frame] = []
        var start = datagram.startIndex
        while start < datagram.endIndex {
            let left = datagram.endIndex - start
            let length =
                left < headerBytes ? 0 : Int(HostOrder.number(datagram, at: start, as: UInt32.self))
            guard length >= headerBytes, length <= left else {
                throw .malformed("a message's length does not fit in what is left of its datagram")
            }
            frames.append(
                Frame(
                    message: Message(
                        type: HostOrder.number(datagram, at: start + 4, as: UInt16.self),
                        flags: HostOrder.number(datagram, at: start + 6, as: UInt16.self),
                        payload: Array(datagram[(start + headerBytes)..<(start + length)])
                    ),
                    sequence: HostOrder.number(datagram, at: start + 8, as: UInt32.self),
                    port: HostOrder.number(datagram, at: start + 12, as: UInt32.self)
                )
            )
            start += min((length + 3) & ~3, left)
        }
        return frames
    }
}

extension Message {
    /// Whether this asks for a dump.
    ///
    /// Both bits must be set: alone they mean `NLM_F_REPLACE` and `NLM_F_EXCL` of a request that
    /// creates something.
    var isDump: Bool { flags & UInt16(NLM_F_DUMP) == UInt16(NLM_F_DUMP) }

    /// How the kernel ended what it was asked, if this message is such an end.
    ///
    /// That is an errno of 0 in `NLMSG_ERROR` for an acknowledgement, another one for a refusal,
    /// and the same number at the end of a dump, in `NLMSG_DONE`.
    func verdict() throws(NetlinkError) -> Verdict? {
        let carried: Int
        switch Int32(type) {
        case NLMSG_ERROR:
            // The header of the refused request follows the number, and the rest of that request
            // unless the kernel says that it cut it off (NETLINK_CAP_ACK).
            let isCapped = flags & UInt16(NLM_F_CAPPED) != 0
            let inner = UInt32(hostOrder: payload.dropFirst(4).prefix(4)).map(Int.init) ?? 0
            carried = 4 + (isCapped ? Frame.headerBytes : max(inner, Frame.headerBytes))
        case NLMSG_DONE:
            carried = 4
        default:
            return nil
        }
        // Old kernels end some dumps without a number.
        if payload.isEmpty, Int32(type) == NLMSG_DONE { return Verdict(errno: nil, words: "") }
        guard let number = Int32(hostOrder: payload.prefix(4)), number <= 0, number > .min else {
            throw .malformed("an acknowledgement without an error number")
        }
        guard number != 0 else { return Verdict(errno: nil, words: "") }
        var words = ""
        if flags & UInt16(NLM_F_ACK_TLVS) != 0 {
            var reader = AttributeReader(payload.dropFirst((carried + 3) & ~3))
            while let attribute = reader.next() {
                guard attribute.type == Verdict.wordsAttribute else { continue }
                words = reader.text(attribute)
            }
        }
        return Verdict(errno: Errno(-number), words: words)
    }
}

/// How the kernel ended what it was asked.
struct Verdict: Hashable, Sendable {
    /// `NLMSGERR_ATTR_MSG`: the kernel's own words about a refusal.
    static let wordsAttribute: UInt16 = 1

    /// `nil` for success.
    let errno: Errno?
    /// The kernel's words about a refusal, where it has any.
    let words: String
}
