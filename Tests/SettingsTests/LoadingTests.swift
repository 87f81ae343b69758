import Core
import Net
import Settings
import Testing

/// Files that are right, and what they come to.
@Suite struct LoadingTests {
    /// The sample, with `part` written as `new`.
    private func load(_ part: String, _ new: String) throws -> Intent {
        try Sample.load(Sample.replacing(part, with: new)).intent
    }

    private func service(_ text: String) throws -> VirtualService {
        let sample = "{ name: https, listen: 443/tcp, pool: web }"
        return try #require(try load(sample, text).vips.first?.services.first)
    }

    @Test func theSampleComesToItsParts() throws {
        let loaded = try Sample.load()
        let endpoints = try ["10.20.0.11:443", "10.20.0.12:443"].map { try Endpoint(parsing: $0) }
        let https = VirtualService(
            name: try Name(parsing: "https"),
            id: ServiceID(.tcp, 443),
            checks: [NamedCheck(name: "alive", Check(method: .tcp))],
            backends: endpoints.map { Backend($0) }
        )
        let web = VIP(
            name: try Name(parsing: "web"),
            address: try IPAddress(parsing: "203.0.113.10"),
            services: [https]
        )
        let owned = try ["203.0.113.0/24", "2001:db8:113::/48"].map { try Prefix(parsing: $0) }
        let expected = Intent(
            node: Node(name: "host"),
            bgp: BGPPolicy(asn: 65001, ownedPrefixes: owned),
            vips: [web]
        )
        #expect(loaded.intent == expected)
        #expect(loaded.control == ControlSettings())
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.warningText.isEmpty)
    }

    @Test func theDirectorIsReadInFull() throws {
        let intent = try load(
            "bgp:\n  asn: 65001\n",
            """
            node: { name: Dir-A.example, labels: { site: ams1, rack_2: "42" } }
            ipvs:
              { manage: all, interface: lb-vips, reconcile-every: 1m, audit-every: 250ms, sysctl: apply }
            drain:
              wait: { packets-below: 20/s, for: 5s, at-most: 1h }
              on-stop: withdraw
            bgp:
              asn: 1.10
              vty-socket: /run/frr/blue/bgpd.vty
              min-peers: 2
              verify-every: 1500ms

            """
        )
        #expect(
            intent.node == Node(name: "Dir-A.example", labels: ["site": "ams1", "rack_2": "42"])
        )
        #expect(intent.bgp.asn == ASN(65546))
        #expect(intent.bgp.vtySocket == "/run/frr/blue/bgpd.vty")
        #expect(intent.bgp.minimumPeers == 2)
        #expect(intent.bgp.verifyEvery == .milliseconds(1500))
        let ipvs = IPVSPolicy(
            management: .all,
            interface: "lb-vips",
            reconcileEvery: .seconds(60),
            auditEvery: .milliseconds(250),
            settings: .apply
        )
        #expect(intent.ipvs == ipvs)
        let drain = DrainPolicy(
            packetsBelow: 20,
            quietFor: .seconds(5),
            atMost: .seconds(3600),
            onStop: .withdraw
        )
        #expect(intent.drain == drain)
    }

    @Test func controlIsRead() throws {
        let text = Sample.replacing(
            "version: 1\n",
            with: "version: 1\ncontrol: { socket: /tmp/p.sock, group: net-ops }\n"
        )
        var expected = ControlSettings()
        expected.socket = "/tmp/p.sock"
        expected.group = "net-ops"
        #expect(try Sample.load(text).control == expected)
    }

    @Test(arguments: [
        ("control: { http: 10.1.2.3:80 }\n", "10.1.2.3:80"),
        ("control: { http: '[2001:db8::1]:9477' }\n", "[2001:db8::1]:9477"),
        ("control: { http: 0.0.0.0:9477 }\n", "0.0.0.0:9477"),
        ("control: { http: off }\n", "none"),
        ("", "127.0.0.1:9477"),
    ])
    func theReadersListenerIsRead(line: String, expected: String) throws {
        let text = Sample.replacing("version: 1\n", with: "version: 1\n\(line)")
        let http = try Sample.load(text).control.http
        #expect(http.map { "\($0)" } ?? "none" == expected)
    }

    @Test func anHTTPCheckIsReadInFull() throws {
        let service = try service(
            """
            { name: a, listen: 80/tcp, backends: [10.20.0.11], checks: [{ type: http, port: 8080, \
            path: "/ready?x=%20", host: "www.example.org:80", every: 10s, timeout: 3s, rise: 1, \
            fall: 5, fast-every: 1s, sentinel: true, expect: { status: [200-299, 304] } }] }
                  - { name: https, listen: 443/tcp, pool: web }
            """
        )
        let expectation = HTTPExpectation(
            path: "/ready?x=%20",
            host: "www.example.org:80",
            statuses: [200...299, 304...304]
        )
        let check = Check(
            method: .http(expectation),
            port: 8080,
            every: .seconds(10),
            fastEvery: .seconds(1),
            timeout: .seconds(3),
            rise: 1,
            fall: 5,
            hasSentinel: true
        )
        #expect(service.checks == [NamedCheck(name: "http-ready-x-20-8080", check)])
    }

    @Test func aCheckTakesOverTheDefaultsWhereverTheyStand() throws {
        let intent = try load(
            "  alive: { type: tcp }",
            """
              alive: { type: tcp, fall: 7 }
              defaults: { every: 4s, timeout: 2s, rise: 3, fall: 5, fast-every: 250ms,
                          sentinel: true }
            """
        )
        let check = try #require(intent.vips.first?.services.first?.checks.first?.check)
        #expect(check.every == .seconds(4))
        #expect(check.timeout == .seconds(2))
        #expect(check.fastEvery == .milliseconds(250))
        #expect(check.rise == 3)
        #expect(check.fall == 7)
        #expect(check.hasSentinel)
    }

    @Test func timesNobodyWroteGiveWay() throws {
        let intent = try load("{ type: tcp }", "{ type: tcp, every: 200ms }")
        let check = try #require(intent.vips.first?.services.first?.checks.first?.check)
        #expect(check.timeout == .milliseconds(200))
        #expect(check.fastEvery == .milliseconds(200))
    }

    @Test func checksOfAServiceReplaceThoseOfItsPool() throws {
        let service = try service(
            """
            { name: a, listen: 80/tcp, pool: web, checks: [{ type: http }] }
                  - { name: https, listen: 443/tcp, pool: web }
            """
        )
        #expect(service.checks.map(\.name) == ["http"])
    }

    @Test func inlineChecksGetNamesThatTellThemApart() throws {
        let intent = try load(
            "{ name: https, listen: 443/tcp, pool: web }",
            """
            { name: a, listen: 1/tcp, pool: web, checks: [{ type: tcp }, { type: tcp, fall: 9 }] }
                  - { name: b, listen: 2/tcp, pool: web, checks: [{ type: tcp }, alive-2] }
                  - { name: c, listen: 3/tcp, pool: web }
            """.replacing("alive-2", with: "{ type: http, path: /A/b.c }")
        )
        let names = intent.vips.first?.services.map { $0.checks.map(\.name) }
        #expect(names == [["tcp", "tcp-2"], ["tcp", "http-a-b-c"], ["alive"]])
    }

    @Test func aNameOfTheFileIsNotGivenToAnInlineCheck() throws {
        let intent = try load(
            "  alive: { type: tcp }\n",
            "  tcp: { type: http }\n  alive: { type: tcp }\n"
        )
        #expect(intent == (try Sample.load().intent))
        let text = Sample.replacing("alive: { type: tcp }", with: "tcp: { type: http }")
            .replacing("[alive]", with: "[tcp, { type: tcp }]")
        let checks = try Sample.load(text).intent.vips.first?.services.first?.checks
        #expect(checks?.map(\.name) == ["tcp", "tcp-2"])
    }

    @Test func backendsAreReadInEverySpelling() throws {
        let intent = try load(
            "backends: [10.20.0.11, 10.20.0.12]",
            """
            backends:
                  - "10.20.0.9:443"
                  - { address: 10.20.0.11, weight: 0, state: drain, note: "disk swap: INC-4711" }
                  - { address: 10.20.0.12, port: 443, weight: 65535, state: maint }
                  - { address: 10.20.0.10, state: ready }
            """
        )
        let expected = [
            Backend(try Endpoint(parsing: "10.20.0.9:443")),
            Backend(try Endpoint(parsing: "10.20.0.10:443")),
            Backend(
                try Endpoint(parsing: "10.20.0.11:443"),
                weight: 0,
                admin: .drain,
                note: "disk swap: INC-4711"
            ),
            Backend(try Endpoint(parsing: "10.20.0.12:443"), weight: 65535, admin: .maint),
        ]
        #expect(intent.vips.first?.services.first?.backends == expected)
    }

    @Test(
        arguments: [
            ("", Scheduling()),
            (", scheduler: mh", Scheduling()),
            (", flags: [mh-port]", Scheduling(scheduler: .mh, flags: [.mhPort])),
            (", flags: []", Scheduling(scheduler: .mh, flags: [])),
            (", scheduler: wrr", Scheduling(scheduler: .wrr, flags: [])),
            (", scheduler: sh, flags: [sh-port]", Scheduling(scheduler: .sh, flags: [.shPort])),
        ]
    )
    func flagsFollowTheirScheduler(keys: String, expected: Scheduling) throws {
        let service = try service("{ name: https, listen: 443/tcp, pool: web\(keys) }")
        #expect(service.scheduling == expected)
    }

    @Test func theDefaultsOfAllServicesHold() throws {
        let intent = try load(
            "version: 1\n",
            "version: 1\nipvs: { defaults: { forward: tun, scheduler: sh, flags: [sh-port] } }\n"
        )
        let service = try #require(intent.vips.first?.services.first)
        #expect(service.forwarding == .tunnel)
        #expect(service.scheduling == Scheduling(scheduler: .sh, flags: [.shPort]))
    }

    @Test func backInTheMaglevFoldAServiceHashesPortsToo() throws {
        let text = Sample.replacing(
            "version: 1\n",
            with: "version: 1\nipvs: { defaults: { scheduler: rr } }\n"
        ).replacing("pool: web }", with: "pool: web, scheduler: mh }")
        let service = try Sample.load(text).intent.vips.first?.services.first
        #expect(service?.scheduling == Scheduling())
    }

    @Test(
        arguments: [
            ("", Quorum()),
            (", quorum: { up: 2 }", Quorum(up: .weight(2), down: .weight(2))),
            (", quorum: { up: 50%, down: 30% }", Quorum(up: .percent(50), down: .percent(30))),
            (", quorum: { up: 100%, down: 1 }", Quorum(up: .percent(100), down: .weight(1))),
            (", quorum: { up: 2, down: 100% }", Quorum(up: .weight(2), down: .percent(100))),
            (
                ", quorum: { up: 2 servers, down: 1 server }",
                Quorum(up: .servers(2), down: .servers(1))
            ),
        ]
    )
    func quorumsAreReadInAllUnits(keys: String, expected: Quorum) throws {
        let service = try service("{ name: https, listen: 443/tcp, pool: web\(keys) }")
        #expect(service.quorum == expected)
    }

    @Test(
        arguments: [
            ("50%", Quorum.Threshold.percent(50)), ("2", .weight(2)), ("1 server", .servers(1)),
        ]
    )
    func minHealthyIsRead(text: String, expected: Quorum.Threshold) throws {
        let service = try service(
            "{ name: https, listen: 443/tcp, pool: web, min-healthy: \(text) }"
        )
        #expect(service.minHealthy == expected)
    }

    @Test(
        arguments: [
            ("[https]", VIP.Condition.allServices, [true, false]),
            ("[https, quic]", .allServices, [true, true]),
            ("{ any: [quic] }", .anyService, [false, true]),
            ("{ any: [quic, https] }", .anyService, [true, true]),
        ]
    )
    func whenNamesTheServicesThatDecide(
        when: String,
        condition: VIP.Condition,
        gates: [Bool]
    ) throws {
        let intent = try load(
            "    services:\n",
            """
                advertise: { when: \(when) }
                services:
                  - { name: quic, listen: 443/udp, pool: web }

            """
        )
        let vip = try #require(intent.vips.first)
        #expect(vip.condition == condition)
        #expect(vip.services.map(\.name.text) == ["https", "quic"])
        #expect(vip.services.map(\.gates) == gates)
    }

    @Test func aCheckMayOnlyBeObserved() throws {
        let list = "[{ type: tcp }, { type: http, path: /new, mode: observe }]"
        let service = try service("{ name: https, listen: 443/tcp, pool: web, checks: \(list) }")
        #expect(service.checks.map(\.check.mode) == [.enforce, .observe])
    }

    @Test func advertiseAndGateAreRead() throws {
        let intent = try load(
            "    services:\n",
            """
                advertise: { when: any-service, hold-up: 0s, hold-down: 2m }
                services:
                  - { name: quic, listen: 443/udp, pool: web, gate: false, flags: [mh-port, ops] }

            """
        )
        let vip = try #require(intent.vips.first)
        #expect(vip.condition == .anyService)
        #expect(vip.holdUp == .zero)
        #expect(vip.holdDown == .seconds(120))
        #expect(vip.services.map(\.gates) == [true, false])
        #expect(vip.services.last?.scheduling.flags == [.mhPort, .onePacket])
    }

    @Test func masqueradingMayChangeThePort() throws {
        let service = try service(
            """
            { name: a, listen: 80/tcp, forward: nat, checks: [alive], backends: ["10.20.0.1:8080"] }
                  - { name: https, listen: 443/tcp, pool: web }
            """
        )
        #expect(service.forwarding == .masquerade)
        #expect(service.backends.map(\.endpoint.port) == [8080])
    }

    @Test(
        arguments: [
            "\u{feff}" + Sample.text, Sample.text.replacing("\n", with: "\r\n"),
            "---\n" + Sample.text,
            Sample.text + "...\n", Sample.text.replacing("65001", with: "\"65001\""),
            Sample.text.replacing("203.0.113.10", with: "203.0.113.10/32"),
            Sample.text.replacing("checks: [alive]", with: "checks: &a [alive]"),
        ]
    )
    func spellingsOfTheSameComeToTheSame(text: String) throws {
        #expect(try Sample.load(text).intent == Sample.load().intent)
    }

    @Test func anAliasStandsForItsValue() throws {
        let intent = try load(
            "backends: [10.20.0.11, 10.20.0.12]",
            """
            backends: &servers [10.20.0.11, 10.20.0.12]
              web-2: { checks: [alive], backends: *servers }
            """
        )
        #expect(intent == (try Sample.load().intent))
    }
}
