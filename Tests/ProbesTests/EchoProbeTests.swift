import Core
import Net
import NIOCore
import NIOPosix
@testable import Probes
import Testing
import TestSupport

/// Echo requests and replies, as bytes and with the kernel of this host.
@Suite(.timeLimit(.minutes(10))) struct EchoProbeTests {
    /// As ping(8) got it on the loopback, cut to four bytes of data: an IP header without options,
    /// then type 0, the checksum, identifier, sequence number and data.
    private static let reply: [UInt8] = [
        0x45, 0, 0, 32, 0x12, 0x34, 0, 0, 64, 1, 0x6a, 0xa7, 127, 0, 0, 1, 127, 0, 0, 1,
        0, 0, 0x1a, 0x9b, 0x12, 0x34, 0, 7, 0xca, 0xfe, 0x08, 0x2b,
    ]

    @Test func readsWithAndWithoutTheHeader() {
        let expected = EchoMessage(identifier: 0x1234, sequence: 7, data: [0xca, 0xfe, 0x08, 0x2b])
        #expect(EchoMessage(reply: Self.reply[...], .v4) == expected)
        #expect(EchoMessage(reply: Self.reply[20...], .v4) == expected)
        var v6 = Array(Self.reply[20...])
        v6[0] = 129
        #expect(EchoMessage(reply: v6[...], .v6) == expected)
    }

    @Test func asks() {
        let message = EchoMessage(identifier: 0x1234, sequence: 7, data: [0xca, 0xfe, 0x08, 0x2b])
        #expect(
            message.request(.v4)
                == [8, 0, 0x12, 0x9b, 0x12, 0x34, 0, 7, 0xca, 0xfe, 0x08, 0x2b]
        )
        #expect(
            message.request(.v6) == [128, 0, 0, 0, 0x12, 0x34, 0, 7, 0xca, 0xfe, 0x08, 0x2b]
        )
        // An odd byte counts as the high half of its pair (RFC 1071 §4.1).
        let odd = EchoMessage(identifier: 0, sequence: 0, data: [0x01])
        #expect(odd.request(.v4) == [8, 0, 0xf6, 0xff, 0, 0, 0, 0, 1])
    }

    /// A request, an error, another code, a wrong sum, and what is too short.
    @Test(arguments: [
        (20, UInt8(8)), (20, 3), (21, 1), (22, 0x1b), (31, 0x2c), (0, 0x4f), (0, 0x44),
    ])
    func isNoReply(place: Int, byte: UInt8) {
        var bytes = Self.reply
        bytes[place] = byte
        #expect(EchoMessage(reply: bytes[...], .v4) == nil)
    }

    @Test func everyShorteningIsNoReply() {
        for count in Self.reply.indices {
            #expect(EchoMessage(reply: Self.reply[..<count], .v4) == nil)
        }
    }

    @Test(arguments: UInt64(0)..<50)
    func survivesNoise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            #expect(EchoMessage(reply: bytes[...], .v4) == nil, "seed \(seed)")
            _ = EchoMessage(reply: bytes[...], .v6)
        }
    }

    // MARK: A whole probe

    private static func exchange() -> Exchange {
        let check = Check(method: .icmp(size: 8), timeout: .milliseconds(500))
        let endpoint = Endpoint(IPAddress(v4: 0xc000_0201), 80)
        return Exchange(
            ProbeTarget(endpoint: endpoint, check: check),
            chance: 0x0102_0304_0506_0708
        )
    }

    @Test func onlyItsOwnReplyPasses() {
        var exchange = Self.exchange()
        #expect(exchange.carrier == .echoes)
        guard case .send(let request) = exchange.connected() else {
            Issue.record("nothing is asked")
            return
        }
        #expect(request.suffix(8) == [1, 2, 3, 4, 5, 6, 7, 8])
        // Its own request, which the loopback lets it hear, and the replies of others.
        #expect(exchange.received(request[...]) == .wait)
        for (sequence, data) in [
            (UInt16(0x0708), [UInt8(1), 2, 3, 4, 5, 6, 7, 9]),
            (0x0709, [1, 2, 3, 4, 5, 6, 7, 8]), (0x0708, []),
        ] {
            let other = Self.reply(sequence, data)
            #expect(exchange.received(other[...]) == .wait)
        }
        #expect(
            exchange.expired(late: .zero)
                == .settle(.init(code: .l4timeout, "no answer within 500ms"))
        )
        // With whatever identifier.
        #expect(
            exchange.received(Self.reply(0x0708, [1, 2, 3, 4, 5, 6, 7, 8])[...])
                == .settle(.init(code: .l4ok, "answered the echo request"))
        )
    }

    private static func reply(_ sequence: UInt16, _ data: [UInt8]) -> [UInt8] {
        var bytes = EchoMessage(identifier: 9, sequence: sequence, data: data).request(.v4)
        bytes[0] = 0
        // The type counts in the sum: 8 less there is 0x800 more here (RFC 1624).
        let sum = (UInt32(bytes[2]) << 8 | UInt32(bytes[3])) + 0x800
        let folded = UInt16(truncatingIfNeeded: (sum & 0xffff) + (sum >> 16))
        return bytes[..<2] + folded.bigEndianBytes + bytes[4...]
    }

    /// The kernel answers for itself, with whatever socket we get.
    ///
    /// Without any right to one, nothing is said about the server.
    @Test(arguments: ["127.0.0.1", "::1"])
    func thisHostAnswers(host: String) async throws {
        let endpoint = Endpoint(try IPAddress(parsing: host), 80)
        let loopback = ProbeOrigin(v4: IPAddress(v4: 0x7f00_0002), v6: IPAddress(v6: 1))
        for origin in [ProbeOrigin(), loopback] {
            let outcome = await Trial.patient(endpoint, .icmp(size: 1400), from: origin)
            #expect(outcome.code == .l4ok || outcome.code == .socketError, "\(outcome)")
            if outcome.code == .socketError {
                #expect(outcome.detail.hasPrefix("no right to send echoes"))
            }
        }
    }

    /// Where ping sockets are not permitted there are raw ones, for those who may have them.
    @Test(arguments: ["127.0.0.1", "::1"])
    func rawSocketsHearTheSame(host: String) async throws {
        let address = try IPAddress(parsing: host)
        let origins = [
            ProbeOrigin(), ProbeOrigin(v4: IPAddress(v4: 0x7f00_0001), v6: IPAddress(v6: 1)),
        ]
        for origin in origins {
            let check = Check(method: .icmp(size: 56), origin: origin)
            let target = ProbeTarget(endpoint: Endpoint(address, Port(0)), check: check)
            let answer = EchoAnswer(size: 56, address.family, chance: 0x1122_3344_5566_7788)
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let (heard, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            do {
                let channel = try await ProbeSocket.rawEchoes(target, on: loop) { channel in
                    try channel.pipeline.syncOperations.addHandler(Hearing(continuation))
                }.get()
                let envelope = AddressedEnvelope(
                    remoteAddress: try ProbeSocket.portless(target),
                    data: ByteBuffer(bytes: answer.request)
                )
                try await channel.writeAndFlush(envelope).get()
                var reader = answer
                var step = Exchange.Step.wait
                for await bytes in heard {
                    step = reader.read(bytes[...])
                    if step != .wait { break }
                }
                #expect(step == .settle(.init(code: .l4ok, "answered the echo request")))
                try await channel.close()
            } catch let error as ProbeSocket.NoRight {
                #expect("\(error)".contains("CAP_NET_RAW"))
            }
        }
    }

    /// Passes on the datagrams of a channel.
    private final class Hearing: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let continuation: AsyncStream<[UInt8]>.Continuation

        init(_ continuation: AsyncStream<[UInt8]>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(buffer: unwrapInboundIn(data).data))
        }
    }
}
