import Logging
import Net
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import FRR

/// Daemons that lie, and names that would be commands.
@Suite(.timeLimit(.minutes(10))) struct HostileVTYTests {
    /// Changed replies of real daemons are read or refused.
    @Test(arguments: Transcript.all, UInt64(0)..<4)
    func readsChangedReplies(name: String, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for exchange in try Transcript(name).exchanges where exchange.reply.bytes.count < 4_096 {
            var bytes = Bool.random(using: &random) ? exchange.frame : exchange.reply.bytes
            for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.removeSubrange(index...)
                }
            }
            #expect(HostileVTY(bytes: bytes).read().isEmpty, "seed \(seed), \(exchange.command)")
        }
    }

    /// Text that would be another command, an output filter, a comment or a longer line.
    static let hostile = [
        "a\0no router bgp", "a\nno router bgp", "a\r", "a | include b", "a|b", "!a", "# a", "a b",
        " ", "", "\u{e4}", "\u{1}", "\u{7f}", "a;b", "a?", "$(reboot)", "`reboot`", "'a'", "\"a\"",
        "\\", String(repeating: "a", count: 4_096), "a\t", "a\u{2028}b", "\u{fffd}",
    ]

    @Test(arguments: hostile)
    func noNameOfThemIsTaken(text: String) {
        #expect(throws: (any Error).self) { try RouteMapName(parsing: text) }
        #expect(throws: (any Error).self) { try VRFName(parsing: text) }
        #expect(throws: (any Error).self) { try PeerName(parsing: text) }
        #expect(RouteMapName(owned: text) == nil && Community(text) == nil)
        // A line may have blanks between its words, and nothing else of all that.
        if text != "a b" { #expect(throws: FRRError.self) { try VTYLine(validating: text) } }
    }

    private func withBGP(
        _ behaviour: @escaping FakeDaemon.Behaviour,
        pipelining: VTYPipelining? = nil,
        deadline: Duration = .seconds(60),
        _ body: (BGP, FakeDaemon) async throws -> Void
    ) async throws {
        let daemon = FakeDaemon()
        try await daemon.start(behaviour)
        var allowances = VTYAllowances.patient
        allowances.configure.deadline = deadline
        let bgp = BGP(
            asn: 65102,
            socket: daemon.socket,
            pipelining: pipelining,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: allowances,
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await body(bgp, daemon)
        await bgp.close()
        try await daemon.kill()
    }

    /// What a daemon says is never said back to it, whatever it calls its peers and maps.
    @Test(arguments: hostile.filter { !$0.contains("\0") && !$0.contains("\n") })
    func nothingTheDaemonSaysComesBack(text: String) async throws {
        let escaped = text.flatMap { character in
            character.unicodeScalars.allSatisfy { $0.value < 0x20 } || "\"\\".contains(character)
                ? Array("\\u00" + (character.asciiValue ?? 0).hex) : [character]
        }
        let name = String(escaped)
        let behaviour: FakeDaemon.Behaviour = { command in
            switch command {
            case "show bgp summary json":
                .reply(
                    #"{"ipv4Unicast":{"as":65102,"tableVersion":1,"x":"\#(name)","peers":{}}}"#
                )
            case "show running-config":
                .reply(
                    """
                    hostname \(text)
                    router bgp 65102
                     neighbor 10.0.0.1 description \(text)
                     address-family ipv4 unicast
                      network 203.0.113.10/32 route-map \(text)
                     exit-address-family
                    exit
                    route-map \(text) permit 10
                    exit
                    """
                )
            case "show bgp neighbors json":
                .reply(
                    #"{"\#(name)":{"remoteAs":1,"bgpState":"Established","nbrDesc":"\#(name)","#
                        + #""addressFamilyInfo":{"ipv4Unicast":{}}}}"#
                )
            default: .reply("{}")
            }
        }
        try await withBGP(behaviour) { bgp, daemon in
            // It may be seen or refused; what counts is what was sent.
            _ = try? await bgp.observe(owned: [try Prefix(parsing: "203.0.113.0/24")])
            _ = try? await bgp.withdraw([IPAddress(v4: 1)])
            #expect(daemon.received.count > 3)
            for line in daemon.received {
                let sent = try VTYLine(validating: line)
                #expect(sent.text == line)
                // A blank or a letter stands in every line.
                #expect(text.utf8.count < 2 || !line.contains(text))
            }
        }
    }

    /// A peer for each way to break a conversation, and for mixtures that chance makes of them.
    static let peers: [[FakeDaemon.Act]] =
        [
            [.hangUp], [.silence], [.endless], [.write([[0, 0, 9, 0]])],
            [.write([[0x41], [0, 0]])],
            [.write([[0x25, 0x20], [0xff, 0, 0, 0], [0]])], [.reply("{"), .hangUp],
            [.reply("", status: 200)], [.reply(String(repeating: "[", count: 5_000)), .endless],
        ]
        + (UInt64(0)..<24).map { seed in
            var random = SeededGenerator(seed: seed)
            return (0..<4).map { _ in
                switch Int.random(in: 0..<6, using: &random) {
                case 0: return .reply("{}")
                case 1: return .reply()
                case 2: return .silence
                case 3: return .hangUp
                case 4: return .endless
                default:
                    let size = Int.random(in: 1..<40, using: &random)
                    return .write([
                        (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }, [0],
                    ])
                }
            }
        }

    /// What is left of a client when it has been used and closed.
    private final class Remains: Sendable {
        struct Links {
            weak var session: VTYSession?
            weak var channel: (any Channel)?
        }
        private let links = Mutex<[Links]>([])

        func add(_ session: VTYSession, _ vty: VTY?) {
            links.withLock { $0.append(Links(session: session, channel: vty?.channel)) }
        }

        var count: Int {
            links.withLock { $0.count { $0.session != nil || $0.channel != nil } }
        }
    }

    /// However a peer behaves, nothing of the client is left: no task, no connection in memory, no
    /// descriptor that the other end would see as open.
    @Test(arguments: peers)
    func nothingIsLeftOfAClientOfAHostilePeer(acts: [FakeDaemon.Act]) async throws {
        let daemon = FakeDaemon()
        let turn = Mutex(0)
        try await daemon.start { _ in
            turn.withLock { turn in
                defer { turn += 1 }
                return acts[turn % acts.count]
            }
        }
        let remains = Remains()
        await Self.use(daemon.socket, leaving: remains)
        await eventually { daemon.openConnections == 0 && remains.count == 0 }
        #expect(daemon.connections > 0)
        #expect(daemon.openConnections == 0)
        #expect(remains.count == 0)
        try await daemon.kill()
    }

    /// Does with a client what a controller does, and ends it; every task of it ends with this.
    private static func use(_ socket: String, leaving remains: Remains) async {
        var allowances = VTYAllowances()
        for path in [\VTYAllowances.greeting, \.configure, \.show] {
            allowances[keyPath: path].deadline = .milliseconds(30)
        }
        let bgp = BGP(
            asn: 65102,
            socket: socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: allowances,
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        for session in [bgp.writer, bgp.reader] {
            remains.add(session, try? await session.connection())
        }
        await withTaskGroup { group in
            group.addTask { await bgp.keep { _ in } }
            _ = try? await bgp.ping()
            _ = try? await bgp.observe(owned: [])
            _ = try? await bgp.advertise((0..<40).map { BGPAnnouncement(IPAddress(v4: $0)) })
            for session in [bgp.writer, bgp.reader] {
                remains.add(session, try? await session.connection())
            }
            group.cancelAll()
        }
        await bgp.close()
    }

    /// With many lines in flight, whatever the daemon does ends in an error and a closed
    /// connection, and never in a wait or a result.
    @Test(arguments: [
        (FakeDaemon.Act.hangUp, "F113"), (.write([[0, 0, 0, 0], [0x41, 0, 0x42]]), "F114"),
        (.write([[0, 0, 9, 0]]), "F114"), (.endless, "F114"), (.silence, "F104"),
        (.write([[0x41], [0], [0, 0]]), "F104"),
    ])
    func aBrokenDaemonEndsTheBatch(act: FakeDaemon.Act, code: String) async throws {
        let count = Mutex(0)
        let summary =
            #"{"ipv4Unicast":{"as":65102,"tableVersion":1,"peers":{}}}"#
        let behaviour: FakeDaemon.Behaviour = { command in
            switch command {
            case "show bgp summary json": return .reply(summary)
            case "show bgp vrfs json": return .reply(#"{"totalVrfs":1}"#)
            case let line where line.hasPrefix("network"):
                let number = count.withLock { value in
                    value += 1
                    return value
                }
                return number == 40 ? act : number < 40 ? .reply() : .silence
            default: return .reply()
            }
        }
        try await withBGP(
            behaviour,
            pipelining: VTYPipelining(64),
            // The silent ones are waited for; the others end by themselves.
            deadline: code == "F104" ? .milliseconds(50) : .seconds(60)
        ) { bgp, daemon in
            let vty = try await bgp.writer.connection()
            let error = await #expect(throws: FRRError.self) {
                try await bgp.advertise((0..<500).map { BGPAnnouncement(IPAddress(v4: $0)) })
            }
            #expect(error?.code == code)
            await vty.closed()
            #expect(!vty.isOpen)
            // It stopped: no more than a window behind the reply that never came.
            #expect(count.withLock { $0 } <= 40 + 64)
        }
    }
}

extension UInt8 {
    /// Two hexadecimal digits.
    fileprivate var hex: String {
        (self < 16 ? "0" : "") + String(self, radix: 16)
    }
}
