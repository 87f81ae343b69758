import Core
import Glibc
import Net
import NIOCore
import NIOPosix
@testable import Probes
import Testing

/// Where the packets of probes come from, and the mark that they carry.
@Suite(.timeLimit(.minutes(10))) struct ProbeSocketTests {
    private static let origin = ProbeOrigin(v4: IPAddress(v4: 0x7f00_0002), v6: IPAddress(v6: 1))

    /// All of 127.0.0.0/8 is this host, so the source can be told from the one it would be.
    @Test(arguments: [("127.0.0.1", "127.0.0.2"), ("::1", "::1")])
    func connectionsComeFromTheSource(host: String, seen: String) async throws {
        let method = Check.Method.conversation(Dialogue(sent: [7], expected: Array(seen.utf8)))
        let outcome = try await LoopbackServer.run(.tellPeer, on: host) {
            await Trial.patient($0, method, from: Self.origin)
        }
        #expect(outcome.code == .l7ok, "\(outcome)")
    }

    @Test(arguments: [("127.0.0.1", "127.0.0.2"), ("::1", "::1")])
    func datagramsComeFromTheSource(host: String, seen: String) async throws {
        let method = Check.Method.datagram(Dialogue(sent: [7], expected: Array(seen.utf8)))
        let outcome = try await LoopbackServer.runDatagrams(
            on: host,
            reply: { _, peer in [Array((peer.ipAddress ?? "nobody").utf8)] }
        ) { await Trial.patient($0, method, from: Self.origin) }
        #expect(outcome.code == .l7ok, "\(outcome)")
    }

    /// A source that this host does not have is no fault of the server.
    @Test func aSourceThatIsNotOursSaysNothing() async throws {
        let foreign = ProbeOrigin(v4: IPAddress(v4: 0xc000_0201))
        for method in [.tcp, Check.Method.datagram(Dialogue(sent: [7]))] {
            let outcome = try await LoopbackServer.run(.mute) {
                await Trial.patient($0, method, from: foreign)
            }
            #expect(outcome.code == .socketError)
            #expect(outcome.detail.hasPrefix("no source port or address free"))
        }
    }

    /// What the kernel says of the sockets themselves; setting a mark needs a capability.
    @Test(arguments: [UInt32(7), .max])
    func socketsAreMarked(mark: UInt32) async throws {
        let check = Check(
            method: .tcp,
            timeout: Trial.patience,
            origin: ProbeOrigin(v4: Self.origin.v4, mark: mark)
        )
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await LoopbackServer.run(.mute) { endpoint in
            let target = ProbeTarget(endpoint: endpoint, check: check)
            do {
                let marked = [
                    try await ProbeSocket.connect(target, on: loop) { _ in }.get(),
                    try await ProbeSocket.datagrams(target, on: loop) { _ in }.get(),
                ]
                for channel in marked {
                    let option = ChannelOptions.Types.SocketOption(
                        level: .socket,
                        name: NIOBSDSocket.Option(rawValue: SO_MARK)
                    )
                    let value = try await channel.getOption(option).get()
                    // The kernel writes the four bytes of an int.
                    #expect(UInt32(truncatingIfNeeded: value) == mark)
                    try await channel.close()
                }
            } catch let error as IOError where error.errnoCode == EPERM {
                let outcome = await Prober(civilNow: { Trial.now }).probe(target)
                #expect(outcome.code == .socketError)
                #expect(outcome.detail == "not permitted here (firewall or policy of this host)")
            }
        }
    }
}
