import Core
import Net
import Testing

@testable import Settings

/// What an emergency can still read of a file that is refused.
@Suite struct SalvageTests {
    private static let bgp = "bgp: { asn: 65001, owned-prefixes: [203.0.113.0/24], vrf: red }\n"
    private static let vips = """
        vips:
          - name: web
            address: 203.0.113.10
            services: [{ name: http, listen: 80/tcp, checks: [{ type: tcp }], backends: [10.2.0.1] }]

        """

    private static func salvage(_ text: String) -> Settings.Salvage? {
        Settings.salvage(text: text, file: "p.yaml")
    }

    @Test func anUnknownKeyTakesNothingAway() throws {
        let salvage = try #require(
            Self.salvage("version: 1\n" + Self.bgp + "unheard-of: 1\n" + Self.vips)
        )
        #expect(salvage.bgp?.asn.number == 65_001)
        #expect(salvage.bgp?.mainSpeaker.vrf == "red")
        #expect(salvage.bgp?.ownedPrefixes.map(\.description) == ["203.0.113.0/24"])
        #expect(salvage.vips.map(\.name.text) == ["web"])
    }

    @Test func whatIsBeyondReadingIsLeftOut() throws {
        let text = "control: { socket: /run/other.sock }\nipvs: { interface: vip7 }\n" + Self.bgp
        let salvage = try #require(Self.salvage(text + "vips: 7\n"))
        #expect(salvage.bgp != nil && salvage.vips.isEmpty)
        #expect(salvage.control.socket == "/run/other.sock")
        #expect(salvage.interface == "vip7")
        let misspelled = try #require(
            Self.salvage("version: 1\nbgp: { asn: 65001, owned-prefixs: [203.0.113.0/24] }\n")
        )
        #expect(misspelled.bgp == nil)
    }

    @Test func whatIsNoYAMLSaysNothing() {
        #expect(Self.salvage("version: 1\n  bgp: [\n") == nil)
        #expect(Self.salvage("") == nil)
        #expect(Settings.salvage(path: "/nonexistent/penstock.yaml") == nil)
    }
}
