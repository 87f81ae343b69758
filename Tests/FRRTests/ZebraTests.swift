import FRR
import Logging
import Net
import NIOPosix
import Testing

/// zebra read through a fake that answers with what FRR 8.4.4 said, and with what the sources of
/// other versions print.
@Suite(.timeLimit(.minutes(10))) struct ZebraTests {
    /// A zebra that answers with these replies, and its client.
    private struct Pair {
        let daemon = FakeDaemon()
        let zebra: Zebra

        init(vrf: String? = nil, _ replies: [String: FakeDaemon.Act]) async throws {
            try await daemon.start { command in
                // As a daemon answers to what it does not know.
                replies[command]
                    ?? (command == "enable"
                        ? .reply() : .reply("% [ZEBRA] Unknown command: \(command)\n", status: 2))
            }
            zebra = Zebra(
                socket: daemon.socket,
                vrf: vrf,
                group: MultiThreadedEventLoopGroup.singleton,
                allowances: .patient,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        func end() async throws {
            await zebra.close()
            try await daemon.kill()
        }
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
        let pair = try await Pair(Self.captured())
        #expect(try await pair.zebra.version().version == "8.4.4")
        let found = try await pair.zebra.routes(to: Self.prefix("203.0.113.2"))
        #expect(found.map(\.metric) == [200, 100])
        #expect(found.map(\.isSelected) == [false, true])
        #expect(found.map(\.description).last == "kernel, metric 100, blackhole")
        #expect(found.allSatisfy { $0.table == 254 && $0.isInstalled })

        // The address is also on a link, and zebra prefers what that connects.
        let beaten = try await pair.zebra.routes(to: Self.prefix("203.0.113.5"))
        #expect(beaten.filter(\.isSelected).map(\.description) == ["connected, vip0"])
        #expect(beaten.filter { !$0.isSelected }.map(\.source) == ["kernel"])

        let six = try await pair.zebra.routes(to: Self.prefix("2001:db8:113::2"))
        #expect(six.map(\.isSelected) == [true])
        #expect(try await pair.zebra.routes(to: Self.prefix("203.0.113.77")) == [])
        try await pair.end()
    }

    @Test func asksAboutItsOwnVRF() async throws {
        var pair = try await Pair(vrf: "nope", Self.captured())
        let error = try await failure {
            _ = try await pair.zebra.routes(to: Self.prefix("203.0.113.2"))
        }
        #expect(
            "\(error)" == "zebra cannot be asked: it refused \"show ip route vrf nope "
                + "203.0.113.2/32 json\" (status 1): % VRF nope not found"
        )
        try await pair.end()
        pair = try await Pair(["show vrf": .reply("vrf red id 5 table 100\nvrf blue inactive\n")])
        let vrfs = try await pair.zebra.vrfs()
        #expect(vrfs.map(\.name) == ["red", "blue"])
        #expect(vrfs.map(\.table) == [100, nil])
        try await pair.end()
    }

    @Test func readsTrackingAsTextWhereThereIsNoJSON() async throws {
        let pair = try await Pair(Self.captured())
        let resolved = try await pair.zebra.tracking(of: Self.address("203.0.113.9"))
        #expect(resolved == .resolved(source: "kernel"))
        #expect(
            pair.daemon.received == ["show ip nht 203.0.113.9 json", "show ip nht 203.0.113.9"]
        )
        #expect(
            try await pair.zebra.tracking(of: Self.address("203.0.113.10")) == .unresolved
        )
        #expect(
            try await pair.zebra.tracking(of: Self.address("2001:db8:113::10")) == .unresolved
        )
        #expect(try await pair.zebra.tracking(of: Self.address("203.0.113.11")) == .unknown)
        try await pair.end()
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
        var pair = try await Pair([line: .reply(reply)])
        let tracking = try await pair.zebra.tracking(of: address)
        #expect(tracking == .resolved(source: "connected"))
        #expect(pair.daemon.received == [line])
        try await pair.end()
        let gone = reply.replacing(#""resolvedProtocol":"connected""#, with: #""unresolved":true"#)
        pair = try await Pair([line: .reply(gone)])
        let end = try await pair.zebra.tracking(of: address)
        #expect(end == .unresolved)
        try await pair.end()
        let neither = reply.replacing(#""resolvedProtocol":"connected""#, with: #""x":true"#)
        pair = try await Pair([line: .reply(neither)])
        _ = try await failure { _ = try await pair.zebra.tracking(of: address) }
        try await pair.end()
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
        let pair = try await Pair(["show ip nht 203.0.113.9": .reply(text)])
        let tracking = try await pair.zebra.tracking(of: address)
        #expect(tracking == expected)
        try await pair.end()
    }

    @Test func refusesTextThatSaysNothing() async throws {
        let line = "show ip nht 203.0.113.9"
        let pair = try await Pair([line: .reply("203.0.113.9\n pending\n")])
        _ = try await failure { _ = try await pair.zebra.tracking(of: Self.address("203.0.113.9")) }
        try await pair.end()
    }

    @Test func readsALink() async throws {
        let pair = try await Pair(Self.captured())
        let link = try #require(try await pair.zebra.interface("vip0"))
        #expect(link.isUp && link.isOperational)
        #expect(link.vrf == "default")
        #expect(link.addresses.contains(Self.prefix("203.0.113.5")))
        #expect(try await pair.zebra.interface("nope") == nil)
        _ = try await failure { _ = try await pair.zebra.interface("a | b") }
        try await pair.end()
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

/// `BGPRedistribution`: how kernel routes are taken over, by family.
@Suite struct BGPRedistributionTests {
    private static let configuration = """
        router bgp 65001
         bgp router-id 10.0.0.11
         !
         address-family ipv4 unicast
          network 203.0.113.9/32
          redistribute connected route-map LINKS
          redistribute kernel metric 5 route-map VIPS
         exit-address-family
         !
         address-family ipv6 unicast
          redistribute kernel
         exit-address-family
        exit
        !
        router bgp 65001 vrf red
         address-family ipv4 unicast
          redistribute static
         exit-address-family
        exit

        """

    @Test func readsThoseOfKernelRoutes() throws {
        let configuration = try BGPConfiguration(parsing: Self.configuration)
        #expect(
            configuration.main?.kernelRoutes == [
                .v4: BGPRedistribution(routeMap: "VIPS"), .v6: BGPRedistribution(routeMap: nil),
            ]
        )
        #expect(configuration.instances.last?.kernelRoutes == [:])
    }

    /// Quagga prints those of IPv4 in the instance itself.
    @Test func readsQuaggas() throws {
        let text = "router bgp 65001\n redistribute kernel route-map VIPS\n"
        let configuration = try BGPConfiguration(parsing: text)
        #expect(configuration.main?.kernelRoutes == [.v4: BGPRedistribution(routeMap: "VIPS")])
    }
}
