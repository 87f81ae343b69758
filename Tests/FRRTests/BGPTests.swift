import FRR
import Logging
import Net
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// The whole client against a bgpd that answers with real replies.
@Suite(.timeLimit(.minutes(10))) struct BGPTests {
    private static let owned = [Prefix(host: IPAddress(v4: 0xcb00_710a))]

    /// Runs `body` with a client of a daemon that has these replies, and accepts all other lines.
    private func withBGP(
        asn: ASN = 65102,
        vrf: VRFName? = nil,
        version: String = "FRRouting 8.4.4 (fake).\n",
        replies: [String: FakeDaemon.Act],
        _ body: (BGP, FakeDaemon) async throws -> Void
    ) async throws {
        let daemon = FakeDaemon(version: version)
        try await daemon.start { command in
            // No peer has another path, unless a test says so.
            let other = command.hasSuffix("longer-prefixes json") ? "{}" : ""
            return replies[command] ?? .reply(other)
        }
        let bgp = BGP(
            asn: asn,
            vrf: vrf,
            socket: daemon.socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await body(bgp, daemon)
        await bgp.close()
        try await daemon.kill()
    }

    /// The replies of a transcript by command: the one with this index, counted like an array's.
    private static func replies(_ name: String, _ index: Int = 0) throws -> [String: FakeDaemon.Act]
    {
        let transcript = try Transcript(name)
        var replies: [String: FakeDaemon.Act] = [:]
        for command in Set(transcript.exchanges.map(\.command)) where command.hasPrefix("show") {
            let reply = try transcript.reply(to: command, index)
            replies[command] = .reply(reply.text, status: reply.status.rawValue)
        }
        return replies
    }

    private func failure(_ body: () async throws -> Void) async throws -> FRRError {
        try #require(await #expect(throws: FRRError.self) { try await body() })
    }

    private static func address(_ text: String) throws -> IPAddress { try IPAddress(parsing: text) }

    /// bgpd is back, and one connection has noticed: the other does not wait on.
    @Test(arguments: [true, false])
    func oneConnectionBringsTheOther(isWriterFirst: Bool) async throws {
        let daemon = FakeDaemon()
        let bgp = BGP(
            asn: 65102,
            socket: daemon.socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            backoff: Backoff(first: .seconds(600), longest: .seconds(600)),
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        for session in [bgp.writer, bgp.reader] {
            await #expect(throws: FRRError.self) { try await session.connection() }
        }
        try await withThrowingTaskGroup { group in
            group.addTask { await bgp.keep { _ in } }
            try await daemon.start { _ in .reply() }
            await (isWriterFirst ? bgp.writer : bgp.reader).hurry()
            await eventually { await bgp.reader.openConnection == 1 }
            await eventually { await bgp.writer.openConnection == 1 }
            group.cancelAll()
        }
        #expect(daemon.connections == 2)
        await bgp.close()
        try await daemon.kill()
    }

    @Test func writesOnlyAfterALook() async throws {
        try await withBGP(replies: Self.replies("frr-8.4.4")) { bgp, daemon in
            let v4 = try Self.address("203.0.113.10")
            let batch = BGPBatch(
                withdraw: [v4],
                announce: [BGPAnnouncement(try Self.address("::9"))]
            )
            let outcomes = try await bgp.apply(batch)
            #expect(outcomes.count == 2 && outcomes.values.allSatisfy { $0 == .accepted })
            #expect(
                daemon.received == [
                    "show bgp summary json", "show bgp vrfs json", "end", "configure terminal",
                    "router bgp", "address-family ipv4 unicast", "no network 203.0.113.10/32",
                    "exit-address-family", "address-family ipv6 unicast", "network ::9/128", "end",
                ]
            )
        }
    }

    @Test func namesTheInstanceWhenThereAreSeveral() async throws {
        var replies = try Self.replies("frr-8.4.4")
        replies["show bgp vrfs json"] = .reply(#"{"vrfs":{},"totalVrfs":2}"#)
        try await withBGP(replies: replies) { bgp, daemon in
            _ = try await bgp.apply(BGPBatch(withdraw: [IPAddress(v4: 1)], announce: []))
            #expect(daemon.received.contains("router bgp 65102"))
            #expect(!daemon.received.contains("router bgp"))
        }
    }

    @Test func writesNothingToAnotherASN() async throws {
        try await withBGP(asn: 65009, replies: Self.replies("frr-8.4.4")) { bgp, daemon in
            let error = try await failure {
                _ = try await bgp.apply(BGPBatch(withdraw: [IPAddress(v4: 1)], announce: []))
            }
            #expect(error == .otherASN(configured: 65009, running: 65102))
            #expect(daemon.received == ["show bgp summary json"])
        }
    }

    /// bgpd has started and not read its configuration: it must not get an instance from us.
    @Test func writesNothingWithoutAnInstance() async throws {
        try await withBGP(asn: 65001, replies: Self.replies("frr-8.4.4-bare")) { bgp, daemon in
            let batch = BGPBatch(withdraw: [], announce: [BGPAnnouncement(IPAddress(v4: 1))])
            let none = try await failure { _ = try await bgp.apply(batch) }
            #expect(none == .noInstance)
            #expect(daemon.received == ["show bgp summary json"])
            let silent = try await failure { _ = try await bgp.summary() }
            #expect(silent == .noInstance)
            let seen = try await bgp.observe(owned: Self.owned)
            #expect(seen.instance == nil && seen.sent.isEmpty)
        }
    }

    /// An instance without peers is not in the summary; the configuration tells its number.
    @Test func looksIntoTheConfigurationWithoutPeers() async throws {
        var replies = try Self.replies("frr-8.4.4-bare", -1)
        replies["show running-config"] = .reply("frr version 8.4.4\nrouter bgp 65001\nexit\n")
        let batch = BGPBatch(withdraw: [IPAddress(v4: 1)], announce: [])
        try await withBGP(asn: 65001, replies: replies) { bgp, _ in
            let outcomes = try await bgp.apply(batch)
            #expect(outcomes.count == 1)
        }
        try await withBGP(asn: 65002, replies: replies) { bgp, daemon in
            let other = try await failure { _ = try await bgp.apply(batch) }
            #expect(other.code == "F108")
            #expect(!daemon.received.contains("configure terminal"))
        }
    }

    @Test(arguments: [
        (13, "% Can't find static route specified\n"),
        (1, "% Can't find specified static route configuration.\n"),
    ])
    func anAbsentWithdrawalIsDone(status: UInt8, words: String) async throws {
        var replies = try Self.replies("frr-8.4.4")
        replies["no network 203.0.113.11/32"] = .reply(words, status: status)
        replies["network 203.0.113.12/32"] = .reply(words, status: status)
        try await withBGP(replies: replies) { bgp, daemon in
            let absent = try Self.address("203.0.113.11")
            let refused = BGPAnnouncement(try Self.address("203.0.113.12"))
            let fine = BGPAnnouncement(try Self.address("203.0.113.13"))
            let outcomes = try await bgp.apply(
                BGPBatch(withdraw: [absent], announce: [refused, fine])
            )
            #expect(outcomes[.withdraw(absent)] == .alreadyAbsent)
            #expect(outcomes[.announce(fine)] == .accepted)
            guard case .refused(let error) = outcomes[.announce(refused)] else {
                Issue.record("an announcement that was refused counts as done")
                return
            }
            #expect(error.code == "F112" && error.because.contains("Can't find"))
            #expect(daemon.received.last == "end")
        }
    }

    @Test func stopsWhenTheWayInIsRefused() async throws {
        var replies = try Self.replies("frr-8.4.4")
        let words = "VTY configuration is locked by other VTY\n"
        replies["configure terminal"] = .reply(words, status: 13)
        try await withBGP(replies: replies) { bgp, daemon in
            let error = try await failure {
                _ = try await bgp.apply(BGPBatch(withdraw: [IPAddress(v4: 1)], announce: []))
            }
            #expect(error.because == "VTY configuration is locked by other VTY")
            #expect(daemon.received.suffix(3) == ["end", "configure terminal", "end"])
        }
    }

    @Test func aSlowShowDoesNotDelayAWithdrawal() async throws {
        var replies = try Self.replies("frr-8.4.4")
        replies["show running-config"] = .silence
        try await withBGP(replies: replies) { bgp, daemon in
            await withTaskGroup { group in
                group.addTask {
                    await #expect(throws: FRRError.self) { try await bgp.configuration() }
                }
                await eventually { daemon.received == ["show running-config"] }
                await #expect(throws: Never.self) {
                    try await bgp.apply(BGPBatch(withdraw: [IPAddress(v4: 1)], announce: []))
                }
                group.cancelAll()
            }
            #expect(daemon.connections == 2)
        }
    }

    @Test(arguments: ["frr-8.4.4", "frr-10.6.1"])
    func observesWhatIsSent(name: String) async throws {
        let peer = PeerName(IPAddress(v4: name == "frr-8.4.4" ? 0x0a07_0001 : 0x0a08_0001))
        var replies = try Self.replies(name, -1)
        replies["show bgp ipv6 unicast 2001:db8:113::10/128 json"] = .reply("{}")
        try await withBGP(replies: replies) { bgp, daemon in
            let owned = try [
                Prefix(parsing: "203.0.113.0/24"), Prefix(parsing: "2001:db8:113::/48"),
            ]
            let seen = try await bgp.observe(owned: owned)
            let vip = try Self.address("203.0.113.10")
            let vip6 = try Self.address("2001:db8:113::10")
            #expect(seen.sent == [vip: [peer]])
            #expect(seen.relayed == [vip6: [peer]])
            #expect(seen.peers[peer]?.isEstablished == true)
            #expect(seen.networks(within: owned)[vip]?.routeMap == "PENSTOCK-SOFT")
            let other = try Self.address("203.0.113.12")
            #expect(
                seen.obstacles == [
                    vip6: [.notOriginated], other: [.routeMapMissing("NO-SUCH-MAP")],
                ]
            )
            // One question per peer and family, whatever the number of prefixes.
            #expect(daemon.received.filter { $0.contains("advertised-routes") }.count == 2)
        }
    }

    @Test func observesAMissingPolicy() async throws {
        var replies = try Self.replies("frr-8.4.4-policy")
        let version = try Transcript("frr-8.4.4").reply(to: "show version")
        let none = try Transcript("frr-8.4.4-policy")
            .reply(to: "show bgp ipv4 unicast neighbors 10.9.0.2 advertised-routes json")
        replies["show version"] = .reply(version.text)
        replies["show bgp ipv6 unicast neighbors 10.9.0.2 advertised-routes json"] =
            .reply(none.text)
        try await withBGP(replies: replies) { bgp, _ in
            let seen = try await bgp.observe(owned: Self.owned)
            let peer = PeerName(try Self.address("10.9.0.2"))
            #expect(seen.sent.isEmpty)
            #expect(seen.obstacles == [Self.owned[0].address: [.policyMissing(peer, .v4)]])
        }
    }

    /// A failed look is not an empty look.
    @Test(arguments: [
        "show bgp summary json", "show running-config", "show bgp neighbors json",
        "show bgp ipv4 unicast neighbors 10.7.0.1 advertised-routes json",
    ])
    func anyFailureFailsTheObservation(command: String) async throws {
        for act in [
            FakeDaemon.Act.hangUp, .reply("{}", status: 1), .reply("\n"), .reply("{\"a\":1"),
            .write([[0xff, 0xfe], [0, 0, 0, 2]]), .write([[0, 0, 1, 0]]),
        ] {
            var replies = try Self.replies("frr-8.4.4", -1)
            replies[command] = act
            try await withBGP(replies: replies) { bgp, _ in
                await #expect(throws: FRRError.self) { try await bgp.observe(owned: Self.owned) }
            }
        }
    }

    @Test func pings() async throws {
        try await withBGP(replies: ["echo PING": .reply("PING\n")]) { bgp, _ in
            try await bgp.ping()
        }
        try await withBGP(replies: ["echo PING": .reply("PONG\n")]) { bgp, _ in
            let strange = try await failure { try await bgp.ping() }
            #expect(strange.code == "F115")
        }
    }

    /// Nobody who answers to other commands is written to.
    @Test func refusesAnotherDaemon() async throws {
        let unknown = FakeDaemon.Act.reply("% Unknown command.\n", status: 2)
        try await withBGP(replies: ["show bgp summary json": unknown]) { bgp, daemon in
            let unread = try await failure { _ = try await bgp.observe(owned: []) }
            #expect(unread.code == "F126")
            let batch = BGPBatch(withdraw: [IPAddress(v4: 1)], announce: [])
            let unwritten = try await failure { _ = try await bgp.apply(batch) }
            #expect(unwritten.code == "F126")
            #expect(!daemon.received.contains("configure terminal"))
        }
    }
}
