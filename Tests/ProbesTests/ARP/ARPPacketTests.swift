import Net
import TestSupport
import Testing

@testable import Probes

/// Packets of ARP: as a kernel writes them, and nothing else.
@Suite struct ARPPacketTests {
    /// 10.20.0.11 says to 10.20.0.1 where it is, as Linux 6.1 put it onto a veth.
    static let reply: [UInt8] =
        [0, 1, 8, 0]  // Ethernet, IPv4.
        + [6, 4]  // How long their addresses are.
        + [0, 2]  // A reply.
        + [0x02, 0, 0, 0, 0, 0x0b, 10, 20, 0, 11]  // Whose card and address it is.
        + [0x02, 0, 0, 0, 0, 0x01, 10, 20, 0, 1]  // Whom it is for.

    @Test func aReplyIsRead() throws {
        let packet = try #require(ARPPacket(Self.reply))
        #expect(packet.operation == .reply)
        #expect("\(packet.sender.hardware)" == "02:00:00:00:00:0b")
        #expect(packet.sender.address == IPAddress(v4: 0x0a14_000b))
        #expect("\(packet.target.hardware)" == "02:00:00:00:00:01")
        #expect(packet.target.address == IPAddress(v4: 0x0a14_0001))
        #expect(packet.bytes == Self.reply)
        // The smallest frame has 46 bytes of content.
        #expect(ARPPacket(Self.reply + [UInt8](repeating: 0, count: 18)) == packet)
    }

    @Test func aQuestionLeavesOpenWhatIsAsked() throws {
        let party = try #require(ARPPacket(Self.reply)).target
        let question = ARPPacket(asking: IPAddress(v4: 0xcb00_710a), as: party)
        #expect(
            question.bytes == [0, 1, 8, 0, 6, 4, 0, 1, 0x02, 0, 0, 0, 0, 0x01, 10, 20, 0, 1]
                + [0, 0, 0, 0, 0, 0, 203, 0, 113, 10]
        )
        #expect(ARPPacket(question.bytes) == question)
    }

    /// One byte at this place is another one.
    @Test(arguments: [
        (0, 1), (1, 6), (2, 0x86), (3, 1), (4, 8), (5, 16), (6, 1), (7, 0), (7, 3),
        // The card of a group.
        (8, 0x01), (8, 0xff),
    ])
    func whatIsNoneIsRefused(place: Int, byte: UInt8) {
        var bytes = Self.reply
        bytes[place] = byte
        #expect(ARPPacket(bytes) == nil)
    }

    @Test func nobodyHasTheCardThatMeansNone() {
        var bytes = Self.reply
        bytes.replaceSubrange(8..<14, with: [UInt8](repeating: 0, count: 6))
        #expect(ARPPacket(bytes) == nil)
    }

    @Test func whatIsCutShortIsRefused() {
        for count in 0..<ARPPacket.byteCount { #expect(ARPPacket(Self.reply.prefix(count)) == nil) }
    }

    @Test(arguments: UInt64(0)..<20)
    func whatIsReadIsWrittenAgain(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            var bytes = Self.reply
            for _ in 0..<4 {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = .random(in: 0...255, using: &generator)
            }
            guard let packet = ARPPacket(bytes) else { continue }
            #expect(packet.bytes == bytes, "seed \(seed)")
        }
    }
}
