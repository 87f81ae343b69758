import Net
import TestSupport
import Testing

@testable import FRR

/// Policies as route-maps: the same text everywhere, and every change noticed.
@Suite struct RoutePolicyTests {
    private static let asn = ASN(65101)
    private static let soft = RoutePolicy(
        level: .soft,
        communities: [Community(65101, 100), .gracefulShutdown, Community(65101, 100)],
        largeCommunities: [LargeCommunity(65101, 3, 4), LargeCommunity(65101, 1, 2)],
        med: 50,
        prepend: 2,
        bandwidth: 100
    )

    @Test func isTheSameTextEverywhere() throws {
        let map = try #require(OwnedRouteMap(Self.soft, asn: Self.asn))
        #expect(map.name.description == "PENSTOCK-S-089560fa5a1cdae2")
        #expect(
            map.definition.map(\.text) == [
                "route-map \(map.name) permit 10",
                "set as-path prepend 65101 65101",
                "set community 65101:100 65535:0 additive",
                "set large-community 65101:1:2 65101:3:4 additive",
                "set metric 50",
                "set extcommunity bandwidth 100",
                "exit",
            ]
        )
    }

    /// The level is in the name even where it changes nothing else; a plain policy has no map.
    @Test func theNameTellsTheLevel() throws {
        let normal = try #require(OwnedRouteMap(RoutePolicy(med: 1), asn: Self.asn)).name
        let soft = try #require(OwnedRouteMap(RoutePolicy(level: .soft, med: 1), asn: Self.asn))
        #expect(normal.level == .normal && soft.name.level == .soft)
        #expect(OwnedRouteMap(RoutePolicy(level: .soft), asn: Self.asn) == nil)
    }

    @Test(arguments: [
        "PENSTOCK-", "PENSTOCK-S", "PENSTOCK-S-", "PENSTOCK-X-0123456789abcdef",
        "PENSTOCK-S-0123456789ABCDEF", "PENSTOCK-S-0123456789abcde", "penstock-s-0123456789abcdef",
        "PENSTOCK-S-0123456789abcdef-1", "PENSTOCK-SOFT", "PENSTOCK-S-0123456789abcde\n",
    ])
    func otherNamesAreNotOurs(text: String) {
        #expect(RouteMapName(owned: text) == nil)
    }

    /// What bgpd prints for a policy reads back as that policy, in whatever order it prints.
    private static func configuration(_ map: OwnedRouteMap, _ lines: [String]) -> String {
        let body = lines.map { " \($0)\n" }.joined()
        return "router bgp 65101\nexit\n!\nroute-map \(map.name) permit 10\n\(body)exit\n!\n"
    }

    private static func state(_ text: String) throws -> OwnedRouteMap.State? {
        let states = try BGPConfiguration(parsing: text).ownedRouteMaps
        #expect(states.count == 1)
        return states.values.first
    }

    @Test(arguments: UInt64(0)..<50)
    func readsBackWhatItWrote(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let policy = RoutePolicy(
            level: Bool.random(using: &random) ? .normal : .soft,
            communities: (0..<Int.random(in: 0...5, using: &random)).map { _ in
                Community(rawValue: UInt32.random(in: .min ... .max, using: &random))
            },
            largeCommunities: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                LargeCommunity(
                    UInt32.random(in: .min ... .max, using: &random),
                    UInt32.random(in: 0...9, using: &random),
                    7
                )
            },
            med: Bool.random(using: &random) ? UInt32.random(in: 0...9, using: &random) : nil,
            prepend: Int.random(in: 0...3, using: &random),
            bandwidth: Bool.random(using: &random) ? 25_600 : nil
        )
        guard let map = OwnedRouteMap(policy, asn: Self.asn) else {
            #expect(policy.isPlain)
            return
        }
        // FRR prints the names of some communities, and its own order of lines.
        let lines = map.lines.map(\.text).shuffled(using: &random)
            .map { $0.replacing("65535:0 ", with: "graceful-shutdown ") }
        #expect(try Self.state(Self.configuration(map, lines)) == .intact(policy))
    }

    @Test(arguments: [
        (["set metric 51"], "permit 10"), (["set metric 50", "set metric 50 extra"], "permit 10"),
        (["set metric 50"], "deny 10"), (["set metric 50"], "permit 20"),
        (["match ip address prefix-list X", "set metric 50"], "permit 10"),
        (["set metric 50", "on-match next"], "permit 10"), (["set metric +50"], "permit 10"),
        ([], "permit 10"), (["description \u{1}", "set metric 50"], "permit 10"),
        (["set metric 50", "set community 65101:1"], "permit 10"),
        (["set metric 50", "set community x additive"], "permit 10"),
    ])
    func noticesEveryChange(lines: [String], entry: String) throws {
        let map = try #require(OwnedRouteMap(RoutePolicy(med: 50), asn: Self.asn))
        let intact = Self.configuration(map, ["set metric 50"])
        #expect(try Self.state(intact) == .intact(RoutePolicy(med: 50)))
        let changed = Self.configuration(map, lines)
            .replacing("\(map.name) permit 10", with: "\(map.name) \(entry)")
        #expect(try Self.state(changed) == .tampered)
    }

    @Test func noticesASecondEntry() throws {
        let map = try #require(OwnedRouteMap(RoutePolicy(med: 50), asn: Self.asn))
        let text =
            Self.configuration(map, ["set metric 50"]) + "route-map \(map.name) permit 20\nexit\n"
        #expect(try Self.state(text) == .tampered)
    }

    /// A map is removed only when no statement, neighbour, redistribution or other map names it.
    @Test func knowsWhatIsInUse() throws {
        let map = try #require(OwnedRouteMap(RoutePolicy(med: 50), asn: Self.asn))
        let text = Self.configuration(map, ["set metric 50"])
        #expect(try BGPConfiguration(parsing: text).unusedRouteMaps == [map.name])
        for use in [
            "router bgp 1 vrf x\n address-family ipv4 unicast\n  network 10.0.0.1/32 route-map M\n",
            "router bgp 1 vrf x\n neighbor 10.0.0.1 route-map M out\n",
            "router bgp 1 vrf x\n address-family ipv4 unicast\n  redistribute kernel route-map M\n",
            "route-map OTHER permit 10\n call M\n",
        ] {
            let used =
                text
                + use.replacing("route-map M", with: "route-map \(map.name)")
                .replacing("call M", with: "call \(map.name)")
            #expect(try BGPConfiguration(parsing: used).unusedRouteMaps.isEmpty, "\(use)")
        }
    }

    @Test(
        arguments: [
            ("FRRouting 8.4.4 (x)", 25_600, true), ("FRRouting 8.4.4 (x)", 25_601, false),
            ("FRRouting 10.2.1 (x)", 0, false), ("FRRouting 10.3 (x)", 400_000, true),
            ("Quagga 1.2.4 (x)", 1, false),
        ] as [(String, UInt32, Bool)]
    )
    func refusesABandwidthThatTheDaemonDoesNotHave(
        version: String,
        bandwidth: UInt32,
        isFine: Bool
    ) throws {
        let daemon = try DaemonVersion(parsing: version)
        let problem = RoutePolicy(bandwidth: bandwidth).problem(on: daemon)
        #expect((problem == nil) == isFine)
        if !isFine { #expect(problem?.code == "F122") }
        #expect(RoutePolicy(med: 1).problem(on: daemon) == nil)
    }

    @Test func readsCommunities() {
        #expect(Community("65535:0") == .gracefulShutdown)
        #expect(Community("graceful-shutdown") == .gracefulShutdown)
        #expect(Community("65536:0") == nil && Community("1:-1") == nil && Community("1") == nil)
        #expect(LargeCommunity("1:2:3") == LargeCommunity(1, 2, 3))
        #expect(LargeCommunity("1:2") == nil && LargeCommunity("1:2:4294967296") == nil)
        #expect("\(LargeCommunity(1, 2, 3)) \(Community(1, 2))" == "1:2:3 1:2")
    }
}

/// A batch makes its maps before it uses them.
@Suite struct BGPBatchPolicyTests {
    @Test func makesMapsOnceAndFirst() throws {
        let asn = ASN(65101)
        let policy = RoutePolicy(level: .soft, communities: [.gracefulShutdown])
        let map = try #require(OwnedRouteMap(policy, asn: asn))
        let other = try #require(OwnedRouteMap(RoutePolicy(med: 5), asn: asn))
        let batch = BGPBatch(
            withdraw: [IPAddress(v4: 9)],
            announce: [
                BGPAnnouncement(IPAddress(v4: 1), policy, asn: asn),
                BGPAnnouncement(IPAddress(v4: 2), policy, asn: asn),
                BGPAnnouncement(IPAddress(v4: 3), RoutePolicy(med: 5), asn: asn),
                BGPAnnouncement(IPAddress(v4: 4), RoutePolicy(level: .soft), asn: asn),
            ],
            remake: [other.name, try RouteMapName(parsing: "OPERATORS")]
        )
        let allowance = VTYAllowance(deadline: .seconds(1), replyBytes: 10)
        let script = try #require(batch.definitions(allowance: allowance))
        let made = [map, other].sorted { $0.name < $1.name }.flatMap { map in
            (map == other ? ["no route-map \(map.name)"] : []) + map.definition.map(\.text)
        }
        #expect(script.steps.map(\.line.text) == ["end", "configure terminal"] + made)
        #expect(script.steps.allSatisfy(\.isRequired) && script.closing == .end)
        // Withdrawals wait for no map.
        let chunks = batch.chunks(of: 100)
        #expect(chunks.map(\.announces) == [false, true])
        #expect(
            chunks[1].statements.map(\.line.text) == [
                "network 0.0.0.1/32 route-map \(map.name)",
                "network 0.0.0.2/32 route-map \(map.name)",
                "network 0.0.0.3/32 route-map \(other.name)", "network 0.0.0.4/32",
            ]
        )
    }
}
