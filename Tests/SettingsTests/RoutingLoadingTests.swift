import Core
import Net
import Settings
import Testing

/// Speakers, routes and drains that are right, and what they come to.
@Suite struct RoutingLoadingTests {
    /// The sample, with `part` written as `new`.
    private func load(_ part: String, _ new: String) throws -> Intent {
        try Sample.load(Sample.replacing(part, with: new)).intent
    }

    @Test func aSpeakerIsReadInFull() throws {
        let intent = try load(
            "  asn: 65001\n",
            """
              asn: 65001
              method: kernel-route
              pipeline: 16
              kernel-route: { protocol: 202, metric: 50, soft-metric: 60 }

            """
        )
        #expect(
            intent.bgp.speakers == [
                Speaker(asn: 65001, method: .kernelRoute, pipeline: .window(16))
            ]
        )
        let expected = KernelRoutePolicy(routeProtocol: 202, metric: 50, softMetric: 60)
        #expect(intent.bgp.kernelRoute == expected)
        let red = try load("  asn: 65001\n", "  asn: 65001\n  vrf: red\n")
        #expect(red.bgp.speakers == [Speaker(asn: 65001, vrf: "red")])
        let plain = try load("  asn: 65001\n", "  asn: 65001\n  vrf: default\n  pipeline: auto\n")
        #expect(plain.bgp.speakers == [Speaker(asn: 65001)])
        #expect(plain.vips.first?.speaker == Speaker.usualName)
    }

    @Test func speakersTakeOverWhatTheyDoNotSay() throws {
        let text = Sample.replacing(
            "  asn: 65001\n",
            with: """
                  asn: 65001
                  pipeline: 8
                  speakers:
                    - { name: public }
                    - { name: inner, asn: 65002, vrf: inner, pipeline: 1 }
                    - { name: other, vty-socket: /run/frr/other/bgpd.vty, method: kernel-route }

                """
        ).replacing(
            "    address: 203.0.113.10\n",
            with: "    address: 203.0.113.10\n    advertise: { speaker: inner }\n"
        )
        let intent = try Sample.load(text).intent
        let (first, second) = (try Name(parsing: "public"), try Name(parsing: "inner"))
        #expect(
            intent.bgp.speakers == [
                Speaker(name: first, asn: 65001, pipeline: .window(8)),
                Speaker(name: second, asn: 65002, vrf: "inner", pipeline: .window(1)),
                Speaker(
                    name: try Name(parsing: "other"),
                    asn: 65001,
                    vtySocket: "/run/frr/other/bgpd.vty",
                    method: .kernelRoute,
                    pipeline: .window(8)
                ),
            ]
        )
        #expect(intent.vips.first?.speaker == second)
        let unsaid = text.replacing("    advertise: { speaker: inner }\n", with: "")
        #expect(try Sample.load(unsaid).intent.vips.first?.speaker == first)
    }

    @Test func whatARouteSaysIsReadInFull() throws {
        let text = Sample.replacing(
            "  asn: 65001\n",
            with: """
                  asn: 65001
                  communities: [65001:7, no-peer]
                  large-communities: [65001:1:2]

                """
        ).replacing(
            "    address: 203.0.113.10\n",
            with: """
                    address: 203.0.113.10
                    advertise:
                      communities: [65001:7, "65001:8"]
                      large-communities: [4200000000:0:4294967295]
                      med: 20
                      prepend: 2
                      bandwidth: { per-weight: 100, steps: 5 }

                """
        )
        let vip = try #require(try Sample.load(text).intent.vips.first)
        #expect(
            vip.attributes
                == RouteAttributes(
                    communities: [
                        Community(65001, 7), Community(65001, 8), Community(65535, 65284),
                    ],
                    largeCommunities: [
                        LargeCommunity(65001, 1, 2),
                        LargeCommunity(4_200_000_000, 0, 4_294_967_295),
                    ],
                    med: 20,
                    prepend: 2
                )
        )
        #expect(vip.bandwidth == BandwidthPolicy(perWeight: 100, steps: 5))
    }

    /// What `bgp` says and what a VIP says end up on one route, with what a drain adds.
    @Test(arguments: [("communities", ""), ("large-communities", ":1")])
    func bothListsTogetherAreBounded(key: String, rest: String) throws {
        func load(_ forAll: Range<Int>, _ own: Range<Int>) throws -> Intent {
            let list = { (range: Range<Int>) in
                "[" + range.map { "\"65001:\($0)\(rest)\"" }.joined(separator: ", ") + "]"
            }
            let text = Sample.replacing(
                "  asn: 65001\n",
                with: "  asn: 65001\n  \(key): \(list(forAll))\n"
            ).replacing(
                "    address: 203.0.113.10\n",
                with: "    address: 203.0.113.10\n    advertise: { \(key): \(list(own)) }\n"
            )
            return try Sample.load(text).intent
        }
        #expect(try load(0..<20, 20..<31).vips.first != nil)
        // One that is in both counts once.
        #expect(try load(0..<20, 19..<31).vips.first != nil)
        #expect(throws: Rejection.self) { try load(0..<20, 20..<32) }
        #expect(throws: Rejection.self) { try load(0..<32, 0..<1) }
    }

    @Test(arguments: [
        ("graceful-shutdown", DrainPolicy.SoftPath.gracefulShutdown), ("none", .none),
        ("{ prepend: 3 }", .prepend(3)), ("{ med: 1000 }", .med(1000)),
    ])
    func theWorsePathOfADrainIsRead(text: String, path: DrainPolicy.SoftPath) throws {
        let drain = try load("version: 1\n", "version: 1\ndrain: { announce: \(text) }\n").drain
        #expect(drain.announce == path)
    }

    @Test func theDrainFileIsRead() throws {
        let drain = try load(
            "version: 1\n",
            "version: 1\ndrain: { file: /etc/penstock/drain, settle: 30s }\n"
        ).drain
        #expect(drain.file == "/etc/penstock/drain")
        #expect(drain.settle == .seconds(30))
    }

    @Test(arguments: [
        ("settle: 30s", DrainPolicy.LastPath.ask), ("last-path: ask", .ask),
        ("last-path: ignore", .ignore),
    ])
    func whatBecomesOfALastPathIsRead(text: String, lastPath: DrainPolicy.LastPath) throws {
        let drain = try load("version: 1\n", "version: 1\ndrain: { \(text) }\n").drain
        #expect(drain.lastPath == lastPath)
    }

    @Test func whatRoutersAreGivenIsRead() throws {
        let bgp = try load(
            "  asn: 65001\n",
            """
              asn: 65001
              route-changes: { per-second: 50, burst: 100 }
              repairs: { at-most: 3, within: 5m }

            """
        ).bgp
        #expect(bgp.routeChanges == RouteChangePolicy(perSecond: 50, burst: 100))
        #expect(bgp.repairs == RepairPolicy(atMost: 3, within: .seconds(300)))
        let plain = try Sample.load().intent.bgp
        #expect(plain.routeChanges == RouteChangePolicy() && plain.repairs == .usual)
    }

    @Test(arguments: [
        ("hold-up: 1s", DampingPolicy.usual), ("damping: on", .usual), ("damping: off", nil),
        (
            "damping: { half-life: 2m, suppress: 3000, reuse: 500, longest: 10m }",
            DampingPolicy(
                halfLife: .seconds(120),
                suppress: 3000,
                reuse: 500,
                longest: .seconds(600)
            )
        ),
    ])
    func dampingIsRead(text: String, damping: DampingPolicy?) throws {
        let vip = try load(
            "    address: 203.0.113.10\n",
            "    address: 203.0.113.10\n    advertise: { \(text) }\n"
        ).vips.first
        #expect(try #require(vip).damping == damping)
    }
}
