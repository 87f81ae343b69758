import CNetlink
import TestSupport
import Testing

@testable import Netlink

@Suite struct FrameTests {
    @Test(arguments: UInt64(0)..<50)
    func readsWhatWasWritten(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let frames = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            Frame(
                message: Message(
                    type: .random(in: 0...UInt16.max, using: &random),
                    flags: .random(in: 0...UInt16.max, using: &random),
                    payload: (0..<Int.random(in: 0...40, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                ),
                sequence: .random(in: 0...UInt32.max, using: &random),
                port: .random(in: 0...UInt32.max, using: &random)
            )
        }
        let datagram = frames.flatMap(\.bytes)
        #expect(try Frame.frames(in: datagram[...]) == frames)
    }

    @Test(arguments: UInt64(0)..<20)
    func endsOnAnyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = (0..<Int.random(in: 1...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // Half of them with a plausible length, to get past the first check.
            if bytes.count >= 4, Bool.random(using: &random) {
                let length = UInt32.random(in: 0...90, using: &random)
                bytes.replaceSubrange(0..<4, with: AttributeWriter.hostOrder(length))
            }
            do throws(NetlinkError) {
                for frame in try Frame.frames(in: bytes[...]) { _ = try frame.message.verdict() }
            } catch {
                guard case .malformed = error else {
                    Issue.record("seed \(seed): \(error)")
                    continue
                }
            }
        }
    }

    @Test func readsARefusalWithWords() throws {
        // NLMSG_ERROR with -ENODEV, the header of the request, and NLMSGERR_ATTR_MSG "no".
        var writer = AttributeWriter(
            after: AttributeWriter.hostOrder(Int32(-19)) + [UInt8](repeating: 0, count: 16)
        )
        writer.put(1, "no")
        let flags = UInt16(NLM_F_CAPPED | NLM_F_ACK_TLVS)
        let message = Message(type: UInt16(NLMSG_ERROR), flags: flags, payload: writer.bytes)
        #expect(try message.verdict() == Verdict(errno: .noDevice, words: "no"))
    }

    @Test func findsTheWordsBehindARequestThatWasSentBack() throws {
        let request = Frame(message: Message(type: 20, payload: [1, 2, 3, 4, 5]), sequence: 1)
        var writer = AttributeWriter(after: AttributeWriter.hostOrder(Int32(-22)) + request.bytes)
        writer.put(1, "bad")
        let flags = UInt16(NLM_F_ACK_TLVS)
        let message = Message(type: UInt16(NLMSG_ERROR), flags: flags, payload: writer.bytes)
        #expect(try message.verdict() == Verdict(errno: .invalid, words: "bad"))
    }

    @Test(arguments: [[1, 0, 0, 0], [0, 0, 0, 0x80], [0, 0], []] as [[UInt8]])
    func takesNoOtherNumberForAVerdict(payload: [UInt8]) {
        #expect(throws: NetlinkError.malformed("an acknowledgement without an error number")) {
            _ = try Message(type: UInt16(NLMSG_ERROR), payload: payload).verdict()
        }
    }
}

@Suite struct AnswerTests {
    private let dump = Message(type: 18, flags: UInt16(NLM_F_DUMP), payload: [])
    private let get = Message(type: 18, payload: [])

    private func frame(
        _ type: Int32,
        flags: Int32 = 0,
        sequence: UInt32 = 7,
        _ payload: [UInt8] = [0, 0, 0, 0]
    ) -> Frame {
        let message = Message(type: UInt16(type), flags: UInt16(flags), payload: payload)
        return Frame(message: message, sequence: sequence)
    }

    @Test func ofADumpEndsWithDone() throws {
        var answer = Answer(to: dump, sequence: 7)
        #expect(try !answer.take(frame(16, flags: NLM_F_MULTI)))
        #expect(try !answer.take(frame(16, flags: NLM_F_MULTI)))
        #expect(try answer.take(frame(NLMSG_DONE, flags: NLM_F_MULTI)))
        #expect(answer.messages.count == 2)
    }

    @Test func ofARequestEndsWithTheAcknowledgement() throws {
        var answer = Answer(to: get, sequence: 7)
        #expect(try !answer.take(frame(16)))
        #expect(try answer.take(frame(NLMSG_ERROR)))
        #expect(answer.messages.count == 1)
    }

    @Test func leavesOutWhatBelongsToAnotherRequest() throws {
        var answer = Answer(to: get, sequence: 7)
        #expect(try !answer.take(frame(16, sequence: 6)))
        #expect(try !answer.take(frame(NLMSG_ERROR, sequence: 6, [0xff, 0xff, 0xff, 0xff])))
        #expect(try !answer.take(frame(NLMSG_NOOP)))
        #expect(answer.messages.isEmpty)
    }

    @Test func isNotTrustedWhenTheDumpWasDisturbed() throws {
        var answer = Answer(to: dump, sequence: 7)
        #expect(try !answer.take(frame(16, flags: NLM_F_MULTI | NLM_F_DUMP_INTR)))
        // It is read to its end, or its rest would be in the way of the next.
        #expect(throws: NetlinkError.interrupted) {
            _ = try answer.take(frame(NLMSG_DONE, flags: NLM_F_MULTI))
        }
    }

    @Test func ofADumpMayEndWithARefusal() {
        var answer = Answer(to: dump, sequence: 7)
        let done = frame(NLMSG_DONE, AttributeWriter.hostOrder(Int32(-95)))
        #expect(throws: NetlinkError.refused(.notSupported, words: "")) {
            _ = try answer.take(done)
        }
    }

    @Test func ofABatchIsCompleteWithItsLast() throws {
        // The numbers wrap around in the middle.
        var answer = BatchAnswer(first: .max, count: 3)
        let refused = AttributeWriter.hostOrder(Int32(-17))
        #expect(try !answer.take(frame(NLMSG_ERROR, sequence: 0, refused)))
        #expect(try !answer.take(frame(NLMSG_ERROR, sequence: 2, refused)))
        #expect(try answer.take(frame(NLMSG_ERROR, sequence: 1)))
        #expect(answer.refusals == [nil, .exists, nil])
    }
}

@Suite struct DatagramTests {
    @Test(arguments: UInt64(0)..<50)
    func sendsAllInOrderWithinItsLimits(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let messages = (0..<Int.random(in: 1...60, using: &random)).map { _ in
            let length = Int.random(in: 0...100, using: &random)
            return Message(type: 20, payload: [UInt8](repeating: 1, count: length))
        }
        let bytes = Int.random(in: 1...400, using: &random)
        let count = Int.random(in: 1...10, using: &random)
        var list = MessageList()
        for message in messages { list.append(message) }
        #expect(list.messages == messages)
        var sent: [Frame] = []
        while sent.count < messages.count {
            let first = UInt32(sent.count)
            let datagram = list.send(from: sent.count, first: first, bytes: bytes, count: count)
            #expect(datagram.count >= 1 && datagram.count <= count)
            #expect(datagram.bytes.count <= bytes || datagram.count == 1)
            let frames = try Frame.frames(in: datagram.bytes)
            let asked = frames.map { $0.message.flags & UInt16(NLM_F_ACK) != 0 }
            #expect(asked == Array(repeating: false, count: datagram.count - 1) + [true])
            sent += frames
        }
        #expect(sent.map(\.message.payload) == messages.map(\.payload))
        #expect(sent.map(\.sequence) == (0..<UInt32(messages.count)).map { $0 })
        #expect(sent.allSatisfy { $0.message.flags & UInt16(NLM_F_REQUEST) != 0 })
    }
}
