import Core
import Net

/// The answer to an echo request.
struct EchoAnswer: Answer {
    private(set) var isStarted = false
    private let family: EchoMessage.Family
    private let sent: EchoMessage

    /// The answer to a request with `size` bytes, of which nobody can guess the first eight.
    init(size: Int, _ family: AddressFamily, chance: UInt64) {
        self.family = family == .v4 ? .v4 : .v6
        let secret = stride(from: UInt64(56), through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: chance >> $0)
        }
        let rest = (0..<max(0, size - secret.count)).map { UInt8(truncatingIfNeeded: $0) }
        sent = EchoMessage(
            identifier: UInt16(truncatingIfNeeded: chance >> 16),
            sequence: UInt16(truncatingIfNeeded: chance),
            data: secret + rest
        )
    }

    /// The request, as it goes onto the wire.
    var request: [UInt8] { sent.request(family) }

    mutating func read(_ piece: ArraySlice<UInt8>) -> Exchange.Step {
        // What others are told is heard here too, and is waited past.
        guard let reply = EchoMessage(reply: piece, family), reply.sequence == sent.sequence,
            // Not the identifier: that of a socket for echoes is the kernel's choice (icmp(7)).
            reply.data == sent.data
        else { return .wait }
        isStarted = true
        return .settle(.init(code: .l4ok, "answered the echo request"))
    }

    mutating func end() -> Exchange.Judgement {
        .init(code: .socketError, "the socket was closed")
    }
}
