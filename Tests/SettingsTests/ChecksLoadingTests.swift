import Core
import Net
import Settings
import Testing

/// What the checks of a file come to, one of each type and spelling.
@Suite struct ChecksLoadingTests {
    /// The check that `text` makes in the place of the sample's.
    private func check(_ text: String) throws -> Check {
        let loaded = try Sample.load(Sample.replacing("{ type: tcp }", with: text))
        return try #require(loaded.intent.vips.first?.services.first?.checks.first).check
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func aConversationIsRead() throws {
        #expect(try check("{ type: tcp }").method == .tcp)
        #expect(
            try check("{ type: tcp, expect: \"SSH-2.0\" }").method
                == .conversation(Dialogue(expected: bytes("SSH-2.0")))
        )
        #expect(
            try check("{ type: tcp, send: \"PING\\r\\n\", expect: +PONG }").method
                == .conversation(Dialogue(sent: bytes("PING\r\n"), expected: bytes("+PONG")))
        )
    }

    @Test func aProgramIsRead() throws {
        let short = try check("{ type: exec, command: [/bin/check] }")
        #expect(short.method == .program(ProgramTerms(command: ["/bin/check"])))
        #expect(
            try check(
                "{ type: exec, command: [/bin/check, -H, \"a b\", \"\"], user: nobody, memory-mib: 64 }"
            ).method
                == .program(
                    ProgramTerms(
                        command: ["/bin/check", "-H", "a b", ""],
                        user: "nobody",
                        megabytes: 64
                    )
                )
        )
    }

    @Test func bytesAreReadInBothSpellings() throws {
        #expect(
            try check("{ type: udp, send: { hex: \"00ff 1A\" } }").method
                == .datagram(Dialogue(sent: [0, 255, 26]))
        )
        #expect(
            try check("{ type: udp, send: é, expect: { hex: c3a9 } }").method
                == .datagram(Dialogue(sent: [0xc3, 0xa9], expected: [0xc3, 0xa9]))
        )
    }

    /// It is asked beside another check, and counts nothing.
    @Test func anAgentIsRead() throws {
        let text = Sample.replacing(
            "checks: [alive]",
            with: "checks: [alive, { type: agent, port: 9999, every: 5s, send: \"web\\n\" }]"
        )
        let checks = try Sample.load(text).intent.vips.first?.services.first?.checks ?? []
        let agent = try #require(checks.last)
        #expect(agent.name == "agent-9999")
        #expect(agent.check.method == .agent(sent: bytes("web\n")))
        #expect(agent.check.port == 9999 && agent.check.every == .seconds(5))
        #expect(agent.check.rise == 1 && agent.check.fall == 1)
        #expect(agent.check.fastEvery == agent.check.every)
        #expect(!agent.check.hasSentinel)
    }

    @Test func versionsAreRead() throws {
        #expect(
            try check("{ type: http, version: 2 }").method
                == .http(HTTPExpectation(version: .http2))
        )
        #expect(try check("{ type: http, version: 1.1 }").method == .http(HTTPExpectation()))
        let terms = TLSTerms(verifies: false, protocols: ["h2"])
        #expect(
            try check("{ type: https, version: 2, verify-tls: false }").method
                == .http(HTTPExpectation(version: .http2, tls: terms))
        )
    }

    @Test func healthOverGRPCIsRead() throws {
        #expect(try check("{ type: grpc }").method == .grpc(GRPCExpectation()))
        let terms = TLSTerms(serverName: "www.example.org", protocols: ["h2"])
        #expect(
            try check("{ type: grpc, service: a.b.C, tls: true, host: www.example.org }").method
                == .grpc(GRPCExpectation(service: "a.b.C", host: "www.example.org", tls: terms))
        )
    }

    @Test func theOriginIsRead() throws {
        let both = try check("{ type: tcp, source: [\"2001:db8::7\", 10.0.0.7], mark: 0x1f }")
        #expect(
            both.origin
                == ProbeOrigin(
                    v4: IPAddress(v4: 0x0a00_0007),
                    v6: try IPAddress(parsing: "2001:db8::7"),
                    mark: 31
                )
        )
        let one = try check("{ type: tcp, source: 10.0.0.7, mark: 4294967295 }")
        #expect(one.origin == ProbeOrigin(v4: IPAddress(v4: 0x0a00_0007), mark: .max))
        #expect(try check("{ type: tcp }").origin == ProbeOrigin())
    }

    @Test func aRequestIsReadInFull() throws {
        let method = try check(
            """
            { type: http, method: OPTIONS, headers: { X-Probe: "a b", Accept: text/plain },
                expect: { status: 200, body: '"ready":true' } }
            """
        ).method
        let expectation = HTTPExpectation(
            method: .options,
            fields: [.init("X-Probe", "a b"), .init("Accept", "text/plain")],
            statuses: [200...200],
            body: .containing(bytes("\"ready\":true"))
        )
        #expect(method == .http(expectation))
    }

    @Test func aDigestIsRead() throws {
        let digits = String(repeating: "0aF9", count: 16)
        #expect(
            try check("{ type: http, expect: { body-sha256: \(digits) } }").method
                == .http(
                    HTTPExpectation(
                        body: .sha256((0..<16).flatMap { _ in [UInt8(0x0a), 0xf9] })
                    )
                )
        )
    }

    @Test(arguments: [
        ("query: example.org SOA", DNSExpectation(name: "example.org", type: .soa)),
        ("query: . ns", DNSExpectation(name: "", type: .ns)),
        (
            "query: _a.Example.ORG. a, expect: 10.0.0.1",
            DNSExpectation(name: "_a.example.org", type: .a, expected: ["10.0.0.1"])
        ),
        (
            "query: b AAAA, transport: tcp, expect: [\"2001:DB8:0::1\"]",
            DNSExpectation(name: "b", type: .aaaa, transport: .tcp, expected: ["2001:db8::1"])
        ),
        (
            "query: b CNAME, expect: C.Example.",
            DNSExpectation(name: "b", type: .cname, expected: ["c.example"])
        ),
        (
            "query: b SOA, expect: 2026010101",
            DNSExpectation(name: "b", type: .soa, expected: ["2026010101"])
        ),
        (
            "query: b TXT, expect: \"v=spf1 -all\"",
            DNSExpectation(name: "b", type: .txt, expected: ["v=spf1 -all"])
        ),
    ])
    func aQuestionIsRead(keys: String, expected: DNSExpectation) throws {
        #expect(try check("{ type: dns, \(keys) }").method == .dns(expected))
    }

    @Test func anEchoIsRead() throws {
        #expect(try check("{ type: icmp }").method == .icmp(size: 56))
        #expect(try check("{ type: icmp, size: 1400 }").method == .icmp(size: 1400))
    }

    @Test func theTermsOfTLSAreRead() throws {
        #expect(try check("{ type: tls }").method == .tls(TLSTerms()))
        #expect(
            try check("{ type: tls, sni: a.example, ca: /ca.pem, warn-days: 7, alpn: [h2, x] }")
                .method
                == .tls(
                    TLSTerms(
                        serverName: "a.example",
                        authorities: "/ca.pem",
                        warnDays: 7,
                        protocols: ["h2", "x"]
                    )
                )
        )
    }

    @Test(
        arguments: [
            ("", nil), ("host: b.example", "b.example"), ("host: \"b.example:8443\"", "b.example"),
            ("host: 192.0.2.1", nil), ("host: \"[2001:db8::1]:443\"", nil),
            ("host: b.example, sni: c.example", "c.example"),
        ] as [(String, String?)]
    )
    func theNameOfHTTPSIsItsHost(keys: String, name: String?) throws {
        let check = try check(
            "{ type: https, verify-tls: false\(keys.isEmpty ? "" : ", ")\(keys) }"
        )
        guard case .http(let expectation) = check.method else {
            Issue.record("\(check.method) is no HTTP")
            return
        }
        #expect(
            expectation.tls
                == TLSTerms(serverName: name, verifies: false, protocols: ["http/1.1"])
        )
    }

    @Test func oneOfSeveralMayBeEnough() throws {
        let text = Sample.replacing(
            "checks: [alive]",
            with: "checks: { any: [alive, { type: icmp }] }"
        )
        let service = try #require(try Sample.load(text).intent.vips.first?.services.first)
        #expect(service.passing == .any)
        #expect(service.checks.map(\.name) == ["alive", "icmp"])
        #expect(try Sample.load().intent.vips.first?.services.first?.passing == .all)
    }

    /// A default is for the checks that it can be for.
    @Test func aSentinelIsNotKeptByDatagrams() throws {
        let defaults = "{ every: 2s, sentinel: true }"
        for (text, isKept) in [
            ("{ type: tcp }", true), ("{ type: udp, send: x }", false),
            ("{ type: dns, query: a A }", false),
            ("{ type: dns, query: a A, transport: tcp }", true),
        ] {
            let check = try check("\(text)\n  defaults: \(defaults)")
            #expect(check.hasSentinel == isKept, "\(text)")
        }
    }

    @Test func inlineChecksAreNamedAfterWhatTheyAsk() throws {
        let list =
            "[{ type: udp, send: x }, { type: dns, query: a.b SOA, port: 5353 }, "
            + "{ type: tcp, expect: x }, { type: tls, sni: a.b }, { type: https, path: /c }]"
        let text = Sample.replacing("checks: [alive]", with: "checks: \(list)")
        let names = try Sample.load(text).intent.vips.first?.services.first?.checks.map(\.name)
        #expect(names == ["udp", "dns-a-b-soa-5353", "tcp", "tls-a-b", "https-c"])
    }
}
