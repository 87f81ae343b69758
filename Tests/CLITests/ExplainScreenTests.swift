import API
import Core
import Testing
import TestSupport
import penstock

struct ExplainScreenTests {
    private func screen(_ name: String) throws -> ExplainScreen {
        let snapshot = try SampleSnapshot.mixed()
        let vip = try #require(snapshot.vips.first { $0.name == name })
        return ExplainScreen(
            Explanation(takenAt: snapshot.takenAt, establishedPeers: 2, vip: vip)
        )
    }

    @Test func showsWhyAVIPIsAnnounced() throws {
        #expect(
            CLITests.screen(try screen("web").lines) == """
                 1 config        ✓ advertise when all-services
                 2 peers         ✓ 10.0.0.1 AS65000, 10.0.0.2 AS65000
                  table  https mh(mh-fallback,mh-port) 0123456789abcdef
                → advertised to 2 of 2 peers since 2026-11-09T08:12:44Z
                """
        )
    }

    @Test func showsWhyAVIPIsHeldBackAndWhatToDo() throws {
        #expect(
            CLITests.screen(try screen("anycast-dns").lines) == """
                 1 config        ✓ advertise when any-service
                 2 node          ✓ active (not drained)
                 3 dns-udp       ✗ 0 of 2 weight 0, needs 1
                 4 dns-tcp       ✗ 0 of 2 weight 0, needs 1
                 5 hold          – not healthy
                → withdrawn since 2026-11-21T08:12:03Z: quorum lost: dns-udp has 0 of 1, \
                dns-tcp has 0 of 1
                  fix: look at the real servers: penstock status -o wide
                """
        )
    }

    /// Below the gates, and not numbered with them: they are not the director's judgement.
    @Test func showsTheWayToRouters() throws {
        var explanation = try screen("web").explanation
        explanation.vip.path = [
            GateStatus(name: "kernel", standing: .open, text: "203.0.113.10/32 is on vip0"),
            GateStatus(name: "zebra", standing: .none, text: "zebra cannot be asked"),
            GateStatus(name: "peer 10.0.0.12", standing: .closed, text: "is not sent it"),
        ]
        let lines = plain(ExplainScreen(explanation).lines)
        #expect(
            lines.prefix(6).joined(separator: "\n") == """
                 1 config          ✓ advertise when all-services
                 2 peers           ✓ 10.0.0.1 AS65000, 10.0.0.2 AS65000
                   way             to routers, as each place on it says now
                   kernel          ✓ 203.0.113.10/32 is on vip0
                   zebra           – zebra cannot be asked
                   peer 10.0.0.12  ✗ is not sent it
                """
        )
    }

    @Test func showsEverySettingWhereThereIsRoom() throws {
        let settings = [("a", "1", true), ("net.b", nil, true), ("c", "0", false)].map {
            SettingStatus(name: $0, actual: $1, wanted: "1", right: $2, reason: "it breaks")
        }
        var explanation = try screen("web").explanation
        explanation.settings = settings
        let wide = CLITests.screen(ExplainScreen(explanation, isWide: true).lines)
        #expect(wide.contains("    ✓ a      1       wanted 1  else: it breaks\n"))
        #expect(wide.contains("    ✓ net.b  absent  wanted 1  else: it breaks\n"))
        #expect(wide.contains("    ✗ c      0       wanted 1  else: it breaks\n"))
        #expect(!CLITests.screen(ExplainScreen(explanation).lines).contains("it breaks"))
    }

    @Test func everyMarkIsAWordForTheColorBlindToo() throws {
        let text = colored(try screen("anycast-dns").lines)
        #expect(text.contains("\u{1B}[32m✓\u{1B}[0m"))
        #expect(text.contains("\u{1B}[31m✗\u{1B}[0m"))
        #expect(text.contains("\u{1B}[2m–\u{1B}[0m"))
    }
}
