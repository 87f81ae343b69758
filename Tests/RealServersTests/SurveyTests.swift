import Core
import Link
import Net
import RealServers
import Testing

/// What a real server lacks, from what is there: no kernel is asked.
@Suite struct SurveyTests {
    private static let v4 = IPAddress(v4: 0xcb00_710a)
    private static let v6 = IPAddress(v6: 0x2001_0db8_0113 << 80 | 0x10)

    private let loopback = Links.Seen(name: "lo", isLoopback: true)
    private let card = Links.Seen(name: "eth0")

    private func findings(
        _ links: [Links.Seen],
        _ vips: [IPAddress] = [v4, v6],
        by forwarding: Forwarding = .directRouting,
        on link: String? = nil
    ) -> [Finding] {
        let preparation = Preparation(
            vips,
            forwarding: forwarding,
            link: link.flatMap { LinkName($0) }
        )
        return Survey(preparation, links: links).findings([])
    }

    private func loopback(_ addresses: Links.Address...) -> Links.Seen {
        Links.Seen(name: "lo", isLoopback: true, addresses: Set(addresses))
    }

    private func summary(_ findings: [Finding]) -> [String] {
        findings.map { "\($0.standing) \($0.subject)" }
    }

    @Test func aFreshMachineLacksItsAddresses() {
        let seen = findings([loopback, card])
        #expect(
            summary(seen) == [
                "right link lo", "missing 203.0.113.10/32 on lo",
                "missing 2001:db8:113::10/128 on lo",
            ]
        )
        #expect(
            seen.compactMap(\.step).map(\.description) == [
                "add 203.0.113.10/32 to lo", "add 2001:db8:113::10/128 to lo",
            ]
        )
        #expect(seen.allSatisfy { !$0.cost.isEmpty && ($0.standing == .right) == $0.fix.isEmpty })
    }

    @Test func anAddressThatIsThereIsRightWhoeverPutItThere() {
        for isOurs in [true, false] {
            let there = Links.Address(Self.v4, prefixLength: 32, isOurs: isOurs)
            #expect(findings([loopback(there), card], [Self.v4]).allSatisfy { $0.step == nil })
        }
        // A dummy link has no neighbours either.
        let dummy = Links.Seen(
            name: "vips",
            kind: "dummy",
            hasARP: false,
            addresses: [Links.Address(Self.v4, prefixLength: 32)]
        )
        #expect(findings([loopback, card, dummy], [Self.v4]).last?.found == "on vips")
    }

    @Test func whatOnlyTheOperatorCanPutRight() {
        let wide = Links.Address(Self.v4, prefixLength: 24)
        var seen = findings([loopback(wide), card], [Self.v4])
        #expect(summary(seen).contains("obstacle 203.0.113.10/24 on lo"))

        var claimed = card
        claimed.addresses = [Links.Address(Self.v4, prefixLength: 32)]
        seen = findings([loopback, claimed], [Self.v4])
        #expect(summary(seen).contains("obstacle 203.0.113.10/32 on eth0"))
        #expect(seen.first { $0.standing == .obstacle }?.fix.contains("dev eth0") == true)

        #expect(
            summary(findings([loopback, card], [Self.v4], on: "eth0"))[0] == "obstacle link eth0"
        )
        #expect(
            summary(findings([loopback, card], [Self.v4], on: "none"))[0] == "obstacle link none"
        )
    }

    @Test func tunnelsEndAtTheirModulesLinks() {
        var seen = findings([loopback, card], by: .tunnel)
        #expect(
            summary(seen) == [
                "missing link tunl0", "missing link ip6tnl0", "missing 203.0.113.10/32 on tunl0",
                "missing 2001:db8:113::10/128 on ip6tnl0",
            ]
        )
        let down = Links.Seen(name: "tunl0", kind: "ipip", isUp: false, hasARP: false)
        seen = findings([loopback, card, down], [Self.v4], by: .tunnel)
        #expect(seen.first?.step?.description == "set up the link tunl0")
        let other = Links.Seen(name: "tunl0", kind: "gre", hasARP: false)
        seen = findings([loopback, card, other], [Self.v4], by: .tunnel)
        #expect(seen.first?.standing == .obstacle)
    }

    @Test func onlyLinksThatAnswerARPAreSilenced() {
        let links = [
            loopback, card, Links.Seen(name: "eth1", isUp: false),
            Links.Seen(name: "tunl0", kind: "ipip", hasARP: false),
        ]
        func names(_ vips: [IPAddress], _ forwarding: Forwarding) -> [String] {
            Survey(Preparation(vips, forwarding: forwarding), links: links)
                .settings(root: "/proc/sys").map(\.name)
        }
        let silence = ["net.ipv4.conf.eth0.arp_ignore", "net.ipv4.conf.eth0.arp_announce"]
        #expect(names([Self.v4], .directRouting) == silence)
        #expect(names([Self.v4], .tunnel) == silence + ["net.ipv4.conf.tunl0.rp_filter"])
        // IPv6 has nothing to silence.
        #expect(names([Self.v6], .directRouting).isEmpty)
    }
}
