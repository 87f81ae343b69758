import FRR
import Net
import Testing

/// The running configuration of each daemon, read by context.
@Suite struct BGPConfigurationTests {
    private static func configuration(
        _ name: String,
        _ index: Int = -1
    ) throws -> BGPConfiguration {
        let reply = try Transcript(name).reply(to: "show running-config", index)
        return try BGPConfiguration(parsing: reply.text)
    }

    private static func networks(_ instance: BGPInstance?) throws -> [String] {
        try #require(instance).networks.values.sorted { $0.prefix < $1.prefix }
            .map { "\($0.prefix) \($0.routeMap ?? "-")" }
    }

    @Test func readsFRR8() throws {
        let before = try #require(try Self.configuration("frr-8.4.4", 0).main)
        #expect(before.asn == 65102 && before.scope == nil && before.checksImport)
        #expect(before.networks.isEmpty)
        #expect(
            try Self.networks(Self.configuration("frr-8.4.4", 1).main) == [
                "203.0.113.10/32 -", "203.0.113.12/32 NO-SUCH-MAP", "2001:db8:113::10/128 -",
            ]
        )
        let last = try Self.configuration("frr-8.4.4")
        #expect(try Self.networks(last.main).first == "203.0.113.10/32 PENSTOCK-SOFT")
        #expect(last.main?.checksImport == false)
        #expect(last.routeMaps == ["PENSTOCK-SOFT"])
    }

    @Test func readsFRR10() throws {
        let configuration = try Self.configuration("frr-10.6.1")
        #expect(configuration.main?.asn == 65103)
        #expect(
            try Self.networks(configuration.main) == [
                "198.51.100.3/32 -", "203.0.113.10/32 PENSTOCK-SOFT",
                "203.0.113.12/32 NO-SUCH-MAP", "2001:db8:113::10/128 -",
            ]
        )
        #expect(configuration.routeMaps == ["PENSTOCK-SOFT"])
    }

    /// One space in the instance, one in the family, and a `!` in the first column between them.
    @Test func readsQuagga() throws {
        let reply = try Transcript("quagga-1.2.4").reply(to: "write terminal", -1)
        let configuration = try BGPConfiguration(parsing: reply.text)
        #expect(configuration.main?.asn == 65101)
        #expect(
            try Self.networks(configuration.main)
                == ["198.51.100.1/32 -", "203.0.113.10/32 -", "2001:db8:113::10/128 -"]
        )
    }

    @Test func tellsNoInstanceFromEmptyText() throws {
        #expect(try Self.configuration("frr-8.4.4-bare").main == nil)
        #expect(throws: FRRError.self) { try BGPConfiguration(parsing: "\n") }
    }

    @Test func keepsInstancesAndFamiliesApart() throws {
        let text = """
            frr version 8.4.4
            router bgp 1.10 as-notation dot
             !
             address-family ipv4 unicast
              network 203.0.113.1/32
             exit-address-family
             address-family ipv4 multicast
              network 203.0.113.2/32
             exit-address-family
             address-family l2vpn evpn
              network 203.0.113.3/32
             exit-address-family
            exit
            router bgp 65007 vrf blue
             address-family ipv4 unicast
              network 203.0.113.4/32
            exit
            router bgp 65008 view other
            exit
            route-map M permit 10
             network 203.0.113.5/32
            """
        let configuration = try BGPConfiguration(parsing: text)
        #expect(configuration.instances.map(\.scope) == [nil, "vrf blue", "view other"])
        #expect(configuration.main?.asn == ASN(1 << 16 | 10))
        #expect(try Self.networks(configuration.main) == ["203.0.113.1/32 -"])
        #expect(try Self.networks(configuration.instances[1]) == ["203.0.113.4/32 -"])
    }

    @Test func keepsWhatIsNotOurs() throws {
        let text =
            "router bgp 65001\n network 10.0.0.0\n network 10.1.0.0 mask 255.255.0.0\n"
            + " network 10.2.0.0/16 backdoor\n network 10.3.0.1/16\n"
        let instance = try #require(try BGPConfiguration(parsing: text).main)
        #expect(try Self.networks(instance) == ["10.2.0.0/16 -"])
        #expect(instance.strangeNetworks.count == 3)
    }

    @Test(arguments: ["router bgp\n", "router bgp x\n", "router bgp 0\n"])
    func refusesAnInstanceWithoutNumber(text: String) {
        #expect(throws: FRRError.self) { try BGPConfiguration(parsing: text) }
    }

    @Test(arguments: [
        ("frr-8.4.4", "FRRouting 8.4.4", 8), ("frr-10.6.1", "FRRouting 10.6.1", 10),
        ("quagga-1.2.4", "Quagga 1.2.4", 1),
    ])
    func readsTheVersion(name: String, text: String, major: Int) throws {
        let reply = try Transcript(name).reply(to: "show version")
        let version = try DaemonVersion(parsing: reply.text)
        #expect(version.description == text && version.major == major)
    }

    @Test(arguments: ["", "\n", "FRRouting", "BIRD 2.0", "FRRouting (x)"])
    func refusesOtherVersions(text: String) {
        #expect(throws: ParseError.self) { try DaemonVersion(parsing: text) }
    }
}
