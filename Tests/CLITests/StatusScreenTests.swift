import Core
import Testing
import TestSupport
import penstock

struct StatusScreenTests {
    @Test func showsADirectorWithOneProblem() throws {
        let screen = StatusScreen(try SampleSnapshot.mixed())
        #expect(
            CLITests.screen(screen.lines) == """
                ams1-dir-a  active for 12d   FRR 8.4.4 AS 65001, 2/2 peers   \
                IPVS 5 services 12 destinations, in step   config 3f9c2a (2h)
                VIP          STATE       PEERS  SINCE  SERVICES                      HEALTHY  IN pkt/s
                anycast-dns  withdrawn   0/2    41s    dns-udp 0/2 ✗  dns-tcp 0/2 ✗  0%              0
                web          advertised  2/2    12d    https 2/3 ●  http3 1/1        87%        41 203
                web-v6       advertised  2/2    3h     https 2/2 ●                   100%            –
                ! anycast-dns: quorum lost: dns-udp has 0 of 1, dns-tcp has 0 of 1      \
                penstock explain anycast-dns
                ! web/10.20.0.13:443 drain: disk swap INC-4711
                """
        )
        #expect(screen.hasProblem)
        #expect(screen.isSettled)
    }

    @Test func showsAddressesAndRealServersWhenWide() throws {
        let screen = StatusScreen(try SampleSnapshot.mixed(), isWide: true)
        let text = CLITests.screen(screen.lines)
        #expect(text.contains("VIP          ADDRESS           STATE       PEERS  SINCE"))
        #expect(text.contains("web-v6       2001:db8:113::10  advertised  2/2    3h"))
        let backends = """

            SERVICE              LISTEN   BACKEND                ADMIN  HEALTH          \
            CHECK                      MS  WEIGHT  CONNS  NOTE
            anycast-dns/dns-udp  53/udp   10.20.1.53:53          ready  down            \
            L7TOUT                    3.1       1     12
            """
        #expect(text.contains(backends))
        let drained = """
            web/https            443/tcp  10.20.0.13:443         drain  up              \
            L7OK 200                  3.1       0     12  disk swap INC-4711
            """
        #expect(text.contains(drained))
    }

    @Test func showsVIPsThatAreDrainedAlone() throws {
        var snapshot = try SampleSnapshot.calm()
        snapshot.vips[0].drain = try SampleSnapshot.draining(.done, ending: "quiet").node.drain
        snapshot.vips[0].drain?.by = "root"
        snapshot.keptDrains = [
            KeptDrainStatus(
                address: "203.0.113.99",
                vip: nil,
                reason: "disk",
                by: "uid 1000",
                since: snapshot.takenAt - .seconds(3600 * 3)
            )
        ]
        #expect(
            plain(StatusScreen(snapshot).lines).suffix(2) == [
                "! web drained (done, quiet), by root since 4s: kernel upgrade      "
                    + "penstock undrain web",
                "! 203.0.113.99 is not in the configuration; its drain is kept, by uid 1000 since "
                    + "3h: disk      penstock undrain 203.0.113.99",
            ]
        )
    }

    @Test func aCalmDirectorHasNoProblem() throws {
        let screen = StatusScreen(try SampleSnapshot.calm())
        #expect(!screen.hasProblem)
        #expect(screen.isSettled)
        #expect(plain(screen.lines).count == 4)
    }

    @Test func showsWhatCannotBeSeen() throws {
        var snapshot = try SampleSnapshot.calm()
        snapshot.frr.visibility.state = "blind"
        snapshot.frr.visibility.fault = Fault(code: "F102", summary: "bgpd is not running")
        snapshot.ipvs.visibility.state = "unseen"
        snapshot.config.lastReloadFailed = true
        let header = try #require(plain(StatusScreen(snapshot).lines).first)
        #expect(
            header
                == "ams1-dir-a  active for 12d   FRR ✗ F102   IPVS not seen yet"
                + "   config 3f9c2a (2h), last reload failed"
        )
    }

    /// A filter may be meant, so it is no problem by itself.
    @Test func namesThePeerThatIsNotSentAll() throws {
        var snapshot = try SampleSnapshot.calm()
        snapshot.frr.peers[1].obstacle = Fault(
            code: "F111",
            summary: "1 of 3 prefixes of ours are not sent to it",
            fix: "permit it"
        )
        let screen = StatusScreen(snapshot)
        let line = "peer \(snapshot.frr.peers[1].id): 1 of 3 prefixes of ours are not sent to it"
        #expect(plain(screen.lines).contains { $0.contains(line) && $0.contains("permit it") })
        #expect(!screen.hasProblem)
    }

    @Test func saysLoudlyThatNothingIsForwardedInATrial() throws {
        var snapshot = try SampleSnapshot.calm()
        snapshot.ipvs.inMemory = true
        snapshot.ipvs.inStep = false
        snapshot.ipvs.services = 1
        snapshot.frr.refusal = Fault(code: "F108", summary: "other AS")
        snapshot.frr.peers[1].established = false
        let header = try #require(plain(StatusScreen(snapshot).lines).first)
        #expect(header.contains("IPVS in memory only 1 service 12 destinations, out of step"))
        #expect(header.contains("1/2 peers, refused F108"))
    }

    @Test(arguments: [
        (NodeStatus.State.starting, VIPStatus.State.advertised, true, false),
        (.active, .advertised, false, true),
        (.active, .holding, true, false),
        (.active, .advertising, true, false),
        (.active, .blocked, true, true),
        (.active, .down, true, true),
        (.draining, .withdrawn, false, false),
        (.drained, .withdrawn, false, true),
    ])
    func judgesEveryState(
        node: NodeStatus.State,
        vip: VIPStatus.State,
        hasProblem: Bool,
        isSettled: Bool
    ) throws {
        var snapshot = try SampleSnapshot.calm()
        snapshot.node.state = node
        snapshot.vips[0].state = vip
        let screen = StatusScreen(snapshot)
        #expect(screen.hasProblem == hasProblem)
        #expect(screen.isSettled == isSettled)
    }

    @Test func nothingHostileReachesATerminal() throws {
        var snapshot = try SampleSnapshot.mixed()
        let hostile = "\u{1B}]0;owned\u{07}\u{1B}[2J\r\n\u{202E}evil\u{9B}31m\u{7F}"
        snapshot.node.name = hostile
        snapshot.frr.version = hostile
        snapshot.config.digest = hostile
        snapshot.warnings[0].text = hostile
        snapshot.warnings[0].fix = hostile
        for index in snapshot.vips.indices {
            snapshot.vips[index].name = hostile
            snapshot.vips[index].services[0].name = hostile
            snapshot.vips[index].services[0].backends[0].note = hostile
            snapshot.vips[index].services[0].backends[0].admin = hostile
            snapshot.vips[index].services[0].backends[0].check = hostile
        }
        let lines = StatusScreen(snapshot, isWide: true).lines
        for line in plain(lines) {
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
            #expect(!line.unicodeScalars.contains { (0x80...0x9F).contains($0.value) })
            #expect(!line.unicodeScalars.contains("\u{202E}"))
        }
        // Our own colours, and nothing else, begin with an escape.
        let parts = colored(lines).split(separator: "\u{1B}").dropFirst()
        let ours = ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m"]
        #expect(parts.allSatisfy { part in ours.contains { part.hasPrefix($0) } })
        #expect(plain(lines).joined().contains(#"\u{1B}]0;owned\u{07}"#))
    }
}
