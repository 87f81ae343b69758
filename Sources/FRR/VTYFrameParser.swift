/// Finds where a reply ends: the framing of lib/vty.c (`vtysh_read`, `vtysh_flush`), without I/O.
///
/// A reply is text, a NUL, and exactly three more bytes, of which the first two are zero and the
/// third is the status. The text never holds a NUL, because the daemon prints it with `printf`,
/// so the first NUL ends it and nothing has to be searched from the end; success is four NULs.
/// There is no length and no sequence number: whoever loses count stays wrong for ever. So the
/// parser knows whether a reply is due, and anything else is an error after which it is of no use.
package struct VTYFrameParser: Sendable {
    /// Where in a reply the next byte belongs.
    private enum State {
        /// No command is outstanding, so no byte may come. Can transition to: `text`.
        case idle
        /// Before the first NUL. Can transition to: `trailer`, `broken`.
        case text(limit: Int)
        /// This many of the three bytes behind the NUL are here. Can transition to: `idle`,
        /// `broken`.
        case trailer(Int)
        /// Count is lost. Can transition to: nothing.
        case broken(VTYFrameError)
    }

    private var state = State.idle
    private var text: [UInt8] = []

    /// A parser for a connection on which nothing was sent yet.
    package init() {}

    /// A command was sent, whose reply may have up to `limit` bytes of text.
    package mutating func commandSent(replyLimit limit: Int) {
        guard case .idle = state else {
            preconditionFailure("a VTY has one command in flight; the next waits for the reply")
        }
        state = .text(limit: limit)
    }

    /// These bytes arrived, however the kernel happened to cut them.
    ///
    /// - Returns: The reply when they complete it, otherwise `nil`.
    /// - Throws: `VTYFrameError` when the stream cannot be a VTY's; then, and for every later call.
    package mutating func received(
        _ bytes: some Collection<UInt8>
    ) throws(VTYFrameError) -> VTYReply? {
        var rest = bytes[...]
        var reply: VTYReply?
        while !rest.isEmpty {
            switch state {
            case .idle: throw fail(.unsolicited)
            case .broken(let error): throw error
            case .text(let limit):
                let chunk = rest.prefix { $0 != 0 }
                guard text.count + chunk.count <= limit else { throw fail(.tooLong(limit: limit)) }
                text += chunk
                rest = rest[chunk.endIndex...]
                if rest.popFirst() != nil { state = .trailer(0) }
            case .trailer(let count):
                guard let byte = rest.popFirst() else { continue }
                if count == 2 {
                    reply = VTYReply(bytes: text, status: VTYStatus(rawValue: byte))
                    text = []
                    state = .idle
                } else if byte == 0 {
                    state = .trailer(count + 1)
                } else {
                    throw fail(.trailer(byte))
                }
            }
        }
        return reply
    }

    private mutating func fail(_ error: VTYFrameError) -> VTYFrameError {
        state = .broken(error)
        text = []
        return error
    }
}

/// Why a byte stream cannot be that of a VTY.
package enum VTYFrameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Bytes came although no command was outstanding.
    case unsolicited
    /// A byte of the trailer that must be zero is this one.
    case trailer(UInt8)
    /// The text went on beyond the limit in bytes.
    case tooLong(limit: Int)

    package var description: String {
        switch self {
        case .unsolicited: "it sent bytes nobody asked for"
        case .trailer(let byte): "byte \(byte) stands where the end of a reply has a zero"
        case .tooLong(let limit): "its reply is longer than \(limit) bytes"
        }
    }
}
