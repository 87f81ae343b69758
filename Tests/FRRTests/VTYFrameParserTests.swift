import FRR
import TestSupport
import Testing

/// Where a reply ends, however the kernel cuts the bytes.
@Suite struct VTYFrameParserTests {
    private static func parser(limit: Int = 1 << 20) -> VTYFrameParser {
        var parser = VTYFrameParser()
        parser.commandsSent(replyLimit: limit)
        return parser
    }

    @Test(arguments: Transcript.all)
    func readsEveryFixtureAtEverySplit(name: String) throws {
        for exchange in try Transcript(name).exchanges {
            // Long texts are cut at every byte near their ends, where the framing is.
            let frame = exchange.frame
            let cuts = (0...frame.count).filter { $0 < 40 || $0 > frame.count - 40 }
            for cut in cuts {
                var parser = Self.parser()
                let early = try parser.received(frame[..<cut])
                let late = try parser.received(frame[cut...])
                #expect([early, late].compactMap { $0 } == [exchange.reply], "cut at \(cut)")
            }
        }
    }

    @Test(arguments: Transcript.all)
    func readsEveryFixtureByteByByte(name: String) throws {
        var parser = VTYFrameParser()
        for exchange in try Transcript(name).exchanges {
            parser.commandsSent(replyLimit: 1 << 20)
            var replies: [VTYReply] = []
            for byte in exchange.frame {
                if let reply = try parser.received([byte]) { replies.append(reply) }
            }
            #expect(replies == [exchange.reply])
        }
    }

    @Test func readsEveryStatus() throws {
        for status in UInt8.min...UInt8.max {
            var parser = Self.parser()
            let reply = try parser.received([0x78, 0, 0, 0, status])
            #expect(reply == VTYReply(bytes: [0x78], status: VTYStatus(rawValue: status)))
        }
    }

    @Test func successIsFourZerosAndNotOneMore() throws {
        var parser = Self.parser()
        #expect(try parser.received([0, 0, 0]) == nil)
        #expect(try parser.received([0])?.status == .success)
        #expect(throws: VTYFrameError.unsolicited) { try parser.received([0]) }
    }

    @Test func refusesWhatCannotBeATrailer() {
        for (bytes, culprit) in [([0, 1], 1), ([0, 0, 9], 9), ([0x41, 0, 0x42], 0x42)] {
            var parser = Self.parser()
            let frame = bytes.map { UInt8($0) }
            #expect(throws: VTYFrameError.trailer(UInt8(culprit))) { try parser.received(frame) }
        }
    }

    @Test func refusesBytesBehindTheReplyInOneRead() {
        var parser = Self.parser()
        #expect(throws: VTYFrameError.unsolicited) { try parser.received([0, 0, 0, 0, 0x41]) }
    }

    @Test func refusesBytesBeforeAnyCommand() {
        var parser = VTYFrameParser()
        #expect(throws: VTYFrameError.unsolicited) { try parser.received([0x41]) }
    }

    @Test func boundsTheText() throws {
        var parser = Self.parser(limit: 4)
        #expect(try parser.received([1, 2, 3, 4]) == nil)
        #expect(try parser.received([0, 0, 0, 0])?.bytes == [1, 2, 3, 4])
        parser.commandsSent(replyLimit: 4)
        #expect(try parser.received([1, 2, 3]) == nil)
        #expect(throws: VTYFrameError.tooLong(limit: 4)) { try parser.received([4, 5]) }
    }

    /// Replies to commands in flight may come in one read, and none too many.
    @Test func countsTheRepliesInFlight() throws {
        var parser = VTYFrameParser()
        parser.commandsSent(3, replyLimit: 8)
        var replies: [VTYReply] = []
        try parser.received([0x41, 0, 0, 0, 0, 0, 0, 0, 13, 0x42], &replies)
        #expect(replies.map(\.text) == ["A", ""] && parser.due == 1)
        try parser.received([0, 0, 0, 1], &replies)
        #expect(replies.map(\.status.rawValue) == [0, 13, 1] && parser.due == 0)
        #expect(throws: VTYFrameError.unsolicited) { try parser.received([0], &replies) }
    }

    @Test func staysBroken() {
        var parser = Self.parser()
        #expect(throws: VTYFrameError.trailer(7)) { try parser.received([0, 7]) }
        #expect(throws: VTYFrameError.trailer(7)) { try parser.received([0, 0, 0, 0]) }
    }

    @Test(arguments: UInt64(0)..<20)
    func survivesRandomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var parser = Self.parser(limit: Int.random(in: 0...64, using: &random))
            var isBroken = false
            for _ in 0..<8 {
                // Zeros are as likely as everything else together, or no trailer ever comes.
                let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                    Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 0
                }
                do {
                    let reply = try parser.received(bytes)
                    #expect(!isBroken || bytes.isEmpty, "a broken parser gave no error")
                    if reply != nil { parser.commandsSent(replyLimit: 64) }
                } catch {
                    isBroken = true
                }
            }
        }
    }
}

extension VTYFrameParser {
    /// Hands in bytes that complete one reply at most.
    fileprivate mutating func received(
        _ bytes: some Collection<UInt8>
    ) throws(VTYFrameError) -> VTYReply? {
        var replies: [VTYReply] = []
        try received(bytes, &replies)
        return replies.first
    }
}
