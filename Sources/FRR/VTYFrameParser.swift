/// Finds where replies end: the framing of lib/vty.c (`vtysh_read`, `vtysh_flush`), without I/O.
///
/// A reply is text, a NUL, and exactly three more bytes, of which the first two are zero and the
/// third is the status. The text never holds a NUL, because the daemon prints it with `printf`,
/// so the first NUL ends it and nothing has to be searched from the end; success is four NULs.
/// There is no length and no sequence number: whoever loses count stays wrong for ever. So the
/// parser knows how many replies are due, and anything else is an error after which it is of no
/// use.
package struct VTYFrameParser: Sendable {
    /// Where in a reply the next byte belongs.
    private enum State {
        /// Before the first NUL. Can transition to: `trailer`, `broken`.
        case text
        /// This many of the three bytes behind the NUL are here. Can transition to: `text`,
        /// `broken`.
        case trailer(Int)
        /// Count is lost. Can transition to: nothing.
        case broken(VTYFrameError)
    }

    private var state = State.text
    private var text: [UInt8] = []
    private var limit = 0

    /// How many commands wait for their replies.
    package private(set) var due = 0

    /// A parser for a connection on which nothing was sent yet.
    package init() {}

    /// Commands were sent, whose replies may have up to `limit` bytes of text each.
    package mutating func commandsSent(_ count: Int = 1, replyLimit limit: Int) {
        precondition(
            due == 0 || limit == self.limit,
            "commands that are in flight together have one allowance"
        )
        self.limit = limit
        due += count
    }

    /// These bytes arrived, however the kernel happened to cut them.
    ///
    /// - Parameters:
    ///   - bytes: What arrived.
    ///   - replies: Gets the replies they complete, in order, also those before an error.
    /// - Throws: `VTYFrameError` when the stream cannot be a VTY's; then, and for every later call.
    package mutating func received(
        _ bytes: some Collection<UInt8>,
        _ replies: inout [VTYReply]
    ) throws(VTYFrameError) {
        var index = bytes.startIndex
        let end = bytes.endIndex
        while index != end {
            switch state {
            case .broken(let error): throw error
            case .text:
                guard due > 0 else { throw fail(.unsolicited) }
                let stop = bytes[index...].firstIndex(of: 0) ?? end
                let chunk = bytes[index..<stop]
                guard text.count + chunk.count <= limit else { throw fail(.tooLong(limit: limit)) }
                text.append(contentsOf: chunk)
                index = stop
                if stop != end {
                    bytes.formIndex(after: &index)
                    state = .trailer(0)
                }
            case .trailer(let count):
                let byte = bytes[index]
                bytes.formIndex(after: &index)
                if count == 2 {
                    replies.append(VTYReply(bytes: text, status: VTYStatus(rawValue: byte)))
                    text = []
                    due -= 1
                    state = .text
                } else if byte == 0 {
                    state = .trailer(count + 1)
                } else {
                    throw fail(.trailer(byte))
                }
            }
        }
    }

    private mutating func fail(_ error: VTYFrameError) -> VTYFrameError {
        state = .broken(error)
        text = []
        return error
    }
}

/// Why a byte stream cannot be that of a VTY.
public enum VTYFrameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Bytes came although no command was outstanding.
    case unsolicited
    /// A byte of the trailer that must be zero is this one.
    case trailer(UInt8)
    /// The text went on beyond the limit in bytes.
    case tooLong(limit: Int)

    public var description: String {
        switch self {
        case .unsolicited: "it sent bytes nobody asked for"
        case .trailer(let byte): "byte \(byte) stands where the end of a reply has a zero"
        case .tooLong(let limit): "its reply is longer than \(limit) bytes"
        }
    }
}
