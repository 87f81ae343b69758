import FRR
import Net
import Testing

/// What may be sent, and that nothing else can.
@Suite struct VTYLineTests {
    @Test(arguments: [
        "", " ", "show  version", " show version", "show version ",
        "! comment", "# comment", "show version | include x", "show version|x",
        "network 203.0.113.10/32\u{0}no router bgp", "network 203.0.113.10/32\nend",
        "network 203.0.113.10/32\r", "description \u{1b}[31m", "caf\u{e9}", "x\u{7f}", "a;b",
        "a'b", "a\"b", "a?b", "a$b", "a\\b", "a\tb",
    ])
    func refuses(text: String) {
        #expect { try VTYLine(validating: text) } throws: { error in
            guard case .unspeakable = error as? FRRError else { return false }
            return true
        }
    }

    @Test func boundsTheLength() throws {
        let longest = String(repeating: "x", count: VTYLimits.lineBytes)
        #expect(try VTYLine(validating: longest).text == longest)
        #expect(throws: FRRError.self) { try VTYLine(validating: longest + "x") }
    }

    /// The bound must hold for the daemon with the smallest buffer, less one 512-byte read.
    @Test func staysFarFromTheDaemonsBuffer() {
        #expect(VTYLimits.lineBytes + 1 <= 4_096 - 512)
    }

    @Test func everyLineItMakesIsOneItWouldAccept() throws {
        let v4 = try IPAddress(parsing: "255.255.255.255")
        let v6 = try IPAddress(parsing: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
        let map = try RouteMapName(parsing: String(repeating: "m", count: RouteMapName.longest))
        let peers = [PeerName(v4), PeerName(v6), try PeerName(parsing: "eth0.100")]
        var lines: [VTYLine] = [
            .enable, .end, .configureTerminal, .routerBGP, .exitAddressFamily, .showVersion,
            .showRunningConfiguration, .showVRFs, .showSummary(), .showNeighbors(), .ping,
            .routerBGP(ASN(.max)),
        ]
        for family in AddressFamily.allCases {
            lines.append(.addressFamily(family))
            lines += peers.map { .showAdvertised(to: $0, family: family) }
        }
        for address in [v4, v6] {
            lines.append(.network(address, routeMap: nil))
            lines.append(.network(address, routeMap: map))
            lines.append(.noNetwork(address))
            lines.append(.showRoute(Prefix(host: address)))
        }
        for line in lines { #expect(try VTYLine(validating: line.text) == line) }
    }

    @Test func alwaysWritesTheLength() throws {
        let v4 = try IPAddress(parsing: "10.0.0.1")
        let v6 = try IPAddress(parsing: "2001:db8::1")
        let map = try RouteMapName(parsing: "SOFT")
        #expect(VTYLine.network(v4, routeMap: nil).text == "network 10.0.0.1/32")
        #expect(VTYLine.network(v6, routeMap: map).text == "network 2001:db8::1/128 route-map SOFT")
        #expect(VTYLine.noNetwork(v4).text == "no network 10.0.0.1/32")
    }

    @Test(arguments: [
        "", "a b", "a|b", "a\u{0}", "a\n", "!a b", "a/b", "a:b", "caf\u{e9}",
        String(repeating: "x", count: RouteMapName.longest + 1),
    ])
    func refusesAsRouteMap(text: String) {
        #expect(throws: ParseError.self) { try RouteMapName(parsing: text) }
    }

    @Test(arguments: ["", "eth0 json", "eth0|x", "a/b", "\u{0}", "10.0.0.1 advertised", "*"])
    func refusesAsPeer(text: String) {
        #expect(throws: ParseError.self) { try PeerName(parsing: text) }
    }

    @Test func sortsPeersByAddressThenName() throws {
        let names = try ["eth1", "2001:db8::1", "10.0.0.10", "eth0", "10.0.0.9"]
            .map { try PeerName(parsing: $0) }
        #expect(
            names.sorted().map(\.description)
                == ["10.0.0.9", "10.0.0.10", "2001:db8::1", "eth0", "eth1"]
        )
    }
}
