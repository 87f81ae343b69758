import FRR
import Logging
import Net
import NIOPosix
import Testing

/// zebra read through a fake that answers with what FRR 8.4.4 said, and with what the sources of
/// other versions print.
@Suite(.timeLimit(.minutes(2))) struct ZebraTests {
    private func withZebra(
        vrf: String? = nil,
        _ replies: [String: FakeDaemon.Act],
        _ body: (Zebra, FakeDaemon) async throws -> Void
    ) async throws {
        let daemon = FakeDaemon()
        try await daemon.start { command in
            // As a daemon answers to what it does not know.
            replies[command]
                ?? (command == "enable"
                    ? .reply() : .reply("% [ZEBRA] Unknown command: \(command)\n", status: 2))
        }
        let zebra = Zebra(
            socket: daemon.socket,
            vrf: vrf,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await body(zebra, daemon)
        await zebra.close()
        try await daemon.kill()
    }

    private func failure(_ body: () async throws -> Void) async throws -> ZebraError {
        try #require(await #expect(throws: ZebraError.self) { try await body() })
    }

    private static func captured() throws -> [String: FakeDaemon.Act] {
        let exchanges = try Transcript("zebra-8.4.4").exchanges
        return Dictionary(
            exchanges.map {
                ($0.command, .reply($0.reply.text, status: $0.reply.status.rawValue))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private static func prefix(_ text: String) -> Prefix { Prefix(host: address(text)) }
    private static func address(_ text: String) -> IPAddress {
        IPAddress(text) ?? IPAddress(v4: 0)
    }

    @Test func saysWhichOfSeveralRoutesIsSelected() async throws {
        try await withZebra(Self.captured()) { zebra, _ in
            #expect(try await zebra.version().version == "8.4.4")
            let pair = try await zebra.routes(to: Self.prefix("203.0.113.2"))
            #expect(pair.map(\.metric) == [200, 100])
            #expect(pair.map(\.isSelected) == [false, true])
            #expect(pair.map(\.description).last == "kernel, metric 100, blackhole")
            #expect(pair.allSatisfy { $0.table == 254 && $0.isInstalled })

            // The address is also on a link, and zebra prefers what that connects.
            let beaten = try await zebra.routes(to: Self.prefix("203.0.113.5"))
            #expect(beaten.filter(\.isSelected).map(\.description) == ["connected, vip0"])
            #expect(beaten.filter { !$0.isSelected }.map(\.source) == ["kernel"])

            let six = try await zebra.routes(to: Self.prefix("2001:db8:113::2"))
            #expect(six.map(\.isSelected) == [true])
            #expect(try await zebra.routes(to: Self.prefix("203.0.113.77")) == [])
        }
    }

    @Test func asksAboutItsOwnVRF() async throws {
        try await withZebra(vrf: "nope", Self.captured()) { zebra, _ in
            let error = try await failure {
                _ = try await zebra.routes(to: Self.prefix("203.0.113.2"))
            }
            #expect(
                "\(error)" == "zebra cannot be asked: it refused \"show ip route vrf nope "
                    + "203.0.113.2/32 json\" (status 1): % VRF nope not found"
            )
        }
        try await withZebra(["show vrf": .reply("vrf red id 5 table 100\nvrf blue inactive\n")]) {
            zebra,
            _ in
            let vrfs = try await zebra.vrfs()
            #expect(vrfs.map(\.name) == ["red", "blue"])
            #expect(vrfs.map(\.table) == [100, nil])
        }
    }

    @Test func readsTrackingAsTextWhereThereIsNoJSON() async throws {
        try await withZebra(Self.captured()) { zebra, daemon in
            let resolved = try await zebra.tracking(of: Self.address("203.0.113.9"))
            #expect(resolved == .resolved(source: "kernel"))
            #expect(
                daemon.received == ["show ip nht 203.0.113.9 json", "show ip nht 203.0.113.9"]
            )
            #expect(
                try await zebra.tracking(of: Self.address("203.0.113.10")) == .unresolved
            )
            #expect(
                try await zebra.tracking(of: Self.address("2001:db8:113::10")) == .unresolved
            )
            #expect(try await zebra.tracking(of: Self.address("203.0.113.11")) == .unknown)
        }
    }

    /// The shapes of FRR 8.5, of 9.1 and of 10.6, from `print_rnh` of each.
    @Test(
        arguments: [
            #"{"203.0.113.9":{"nexthops":[],"resolvedProtocol":"connected"}}"#,
            #"{"resolveViaDefault":true,"203.0.113.9":{"resolvedProtocol":"connected"}}"#,
            #"{"203.0.113.9":{"resolutions":[{"resolvedProtocol":"connected"}]}}"#,
        ]
    )
    func readsTrackingAsJSON(table: String) async throws {
        let reply = #"{"default":{"ipv4":\#(table)}}"#
        let line = "show ip nht 203.0.113.9 json"
        let address = Self.address("203.0.113.9")
        try await withZebra([line: .reply(reply)]) { zebra, daemon in
            let tracking = try await zebra.tracking(of: address)
            #expect(tracking == .resolved(source: "connected"))
            #expect(daemon.received == [line])
        }
        let gone = reply.replacing(#""resolvedProtocol":"connected""#, with: #""unresolved":true"#)
        try await withZebra([line: .reply(gone)]) { zebra, _ in
            let tracking = try await zebra.tracking(of: address)
            #expect(tracking == .unresolved)
        }
        let neither = reply.replacing(#""resolvedProtocol":"connected""#, with: #""x":true"#)
        try await withZebra([line: .reply(neither)]) { zebra, _ in
            _ = try await failure { _ = try await zebra.tracking(of: address) }
        }
    }

    @Test(
        arguments: [
            (
                "VRF default:\n Resolve via default: on\n203.0.113.9(Connected)\n unresolved\n",
                ZebraTracking.unresolved
            ),
            (
                "203.0.113.9\n resolved via static, prefix 203.0.113.9/32\n via 10.0.0.1, eth0\n",
                .resolved(source: "static")
            ),
            (
                "203.0.113.90\n resolved via static\n203.0.113.9\n unresolved(Connected)\n",
                .unresolved
            ),
        ]
    )
    func readsTheTextOfOtherVersions(text: String, expected: ZebraTracking) async throws {
        let address = Self.address("203.0.113.9")
        try await withZebra(["show ip nht 203.0.113.9": .reply(text)]) { zebra, _ in
            let tracking = try await zebra.tracking(of: address)
            #expect(tracking == expected)
        }
    }

    @Test func refusesTextThatSaysNothing() async throws {
        let line = "show ip nht 203.0.113.9"
        try await withZebra([line: .reply("203.0.113.9\n pending\n")]) { zebra, _ in
            _ = try await failure { _ = try await zebra.tracking(of: Self.address("203.0.113.9")) }
        }
    }

    @Test func readsALink() async throws {
        try await withZebra(Self.captured()) { zebra, _ in
            let link = try #require(try await zebra.interface("vip0"))
            #expect(link.isUp && link.isOperational)
            #expect(link.vrf == "default")
            #expect(link.addresses.contains(Self.prefix("203.0.113.5")))
            #expect(try await zebra.interface("nope") == nil)
            _ = try await failure { _ = try await zebra.interface("a | b") }
        }
    }

    @Test func saysOfWhomItSpeaksWhenNobodyAnswers() async throws {
        let zebra = Zebra(
            socket: "/tmp/there-is-no-such-folder/zebra.vty",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let error = try await failure { _ = try await zebra.version() }
        #expect(
            "\(error)" == "zebra cannot be asked: its VTY socket is not there: "
                + "/tmp/there-is-no-such-folder/zebra.vty"
        )
    }

    @Test(arguments: [
        ("/run/frr/bgpd.vty", "/run/frr/zebra.vty"),
        ("/run/frr/a/bgpd-2.vty", "/run/frr/a/zebra.vty"),
        ("bgpd.vty", "/run/frr/zebra.vty"),
    ])
    func isBesideBGPD(bgpd: String, zebra: String) {
        #expect(Zebra.socket(besides: bgpd) == zebra)
    }
}
