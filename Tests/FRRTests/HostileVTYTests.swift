import Logging
import Net
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
