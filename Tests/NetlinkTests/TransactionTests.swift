import CNetlink
import Testing

@testable import Netlink

/// Several messages that are carried out together or not at all.
@Suite struct TransactionTests {
    private let first: UInt32 = .max
    private let messages = [
        Message(type: 0xa00, flags: 0x400, payload: [1, 0, 0, 0]),
        Message(type: 0xa02, payload: [1, 0, 0, 0]),
    ]

    private func frame(_ index: UInt32, errno: Int32) -> Frame {
        // The header of the message that is answered follows the number.
        let payload = AttributeWriter.hostOrder(-errno) + [UInt8](repeating: 0, count: 16)
        return Frame(
            message: Message(
                type: UInt16(NLMSG_ERROR),
                flags: UInt16(NLM_F_CAPPED),
                payload: payload
            ),
            // The numbers wrap around between the beginning and the first message.
            sequence: first &+ index
        )
    }

    @Test func beginsAndEndsABatchAndAsksOnceForAnAnswer() throws {
        let sent = TransactionFrames(messages, subsystem: 10, first: first)
        let frames = try Frame.frames(in: sent.bytes[...])
        #expect(frames.map(\.message.type) == [16, 0xa00, 0xa02, 17])
        #expect(frames.map(\.sequence) == [.max, 0, 1, 2])
        // NLM_F_REQUEST everywhere, NLM_F_ACK on the last message, which is not the batch's end.
        #expect(frames.map(\.message.flags) == [1, 0x401, 5, 1])
        #expect(frames[0].message.payload == [0, 0, 0, 10])
        #expect(frames[3].message.payload == [0, 0, 0, 10])
    }

    @Test func isCompleteWithTheAnswerToItsLastMessage() throws {
        var answer = TransactionAnswer(first: first, count: 2)
        #expect(try answer.take(frame(2, errno: 0)))
        #expect(answer.refusal == nil)
    }

    @Test func tellsTheFirstRefusalWhateverTheOrder() throws {
        var answer = TransactionAnswer(first: first, count: 2)
        #expect(try answer.take(frame(1, errno: 2)) == false)
        #expect(try answer.take(frame(2, errno: 17)))
        #expect(answer.refusal == .refused(.noEntry, words: ""))
    }

    /// So the kernel answers when it could not look at the messages at all.
    @Test func isCompleteWhenItsBeginningIsRefused() throws {
        var answer = TransactionAnswer(first: first, count: 2)
        #expect(try answer.take(frame(0, errno: 0)) == false)
        #expect(try answer.take(frame(0, errno: 1)))
        #expect(answer.refusal == .refused(.notPermitted, words: ""))
    }

    @Test func overhearsWhatIsNotItsOwn() throws {
        var answer = TransactionAnswer(first: first, count: 2)
        #expect(try answer.take(frame(3, errno: 1)) == false)
        #expect(try answer.take(frame(.max, errno: 1)) == false)
        #expect(answer.refusal == nil)
    }
}
