import API
import Core
import Foundation
import TestSupport
import Testing

@testable import penstock

@Suite struct DiffScreenTests {
    @Test func showsWhereTwoDirectorsDisagree() throws {
        let comparison = try ComparisonTests.comparison { service in
            service.table?.members[1] = MemberStatus(
                endpoint: "10.20.0.12:443",
                weight: 0,
                lastWeight: 1
            )
            service.backends[0].admin = "drain"
        }
        #expect(
            screen(DiffScreen(comparison).lines) == """
                ams1-dir-a against ams1-dir-b (http://ams1-dir-b:9477, 2026-11-21T08:12:44Z)
                ✗ web/https 443/tcp  25% of new flows go to different servers
                    weight  10.20.0.12:443  1 here, 0 there
                    admin   10.20.0.11:443  ready here, drain there
                    table 019cd16aa2f59291 here, 1411951432fe3514 there
                1 of 5 services differs.
                """
        )
    }

    @Test func saysThatNothingDiffers() throws {
        let comparison = try ComparisonTests.comparison { _ in }
        #expect(plain(DiffScreen(comparison).lines).last == "5 services, no difference.")
        #expect(DiffScreen(comparison).lines.count == 2)
        let wide = screen(DiffScreen(comparison, isWide: true).lines)
        #expect(wide.contains("✓ web/https 443/tcp  every flow goes to the same server"))
        #expect(wide.contains("✓ web/http3 443/udp  the same as far as can be seen"))
    }

    @Test(arguments: [
        (0.0, "0%"), (0.00001, "under 0.1%"), (0.0006, "0.1%"), (0.0832, "8.3%"), (1.0, "100%"),
    ])
    func aShareIsNeverShownAsNone(share: Double, text: String) {
        #expect(Figures.percent(share) == text)
    }

    @Test(arguments: [
        ("ams1-dir-b", DiffCommand.Source.host("ams1-dir-b", 9477)),
        ("ams1-dir-b:80", .host("ams1-dir-b", 80)), ("10.0.0.1:80", .host("10.0.0.1", 80)),
        ("2001:db8::1", .host("2001:db8::1", 9477)), ("[2001:db8::1]:80", .host("2001:db8::1", 80)),
        ("[2001:db8::1]", .host("2001:db8::1", 9477)), ("./b", .file("./b")),
        ("/tmp/b.json", .file("/tmp/b.json")),
    ])
    func knowsHostsFromFiles(text: String, source: DiffCommand.Source) {
        #expect(DiffCommand.Source(text) == source)
    }

    @Test func readsASavedStatus() throws {
        let path = "/tmp/penstock-\(UInt64.random(in: .min ... .max)).json"
        defer { remove(path) }
        try SampleSnapshot.json.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try StatusFile(path).snapshot == SampleSnapshot.mixed())
    }

    @Test(arguments: [
        (nil as String?, "/tmp/"), ("", "it is not JSON"), ("{}", "it has no \"takenAt\""),
        (#"{"takenAt": 1}"#, "\"takenAt\" is of another kind"),
    ])
    func refusesWhatIsNoStatus(text: String?, because: String) throws {
        let path = "/tmp/penstock-\(UInt64.random(in: .min ... .max)).json"
        defer { remove(path) }
        try text?.write(toFile: path, atomically: true, encoding: .utf8)
        let failure = #expect(throws: (any Error).self) { try StatusFile(path) }
        let met = try #require(failure as? ControlFailure)
        #expect(met.fault.code == "D418")
        #expect(ExitStatus(met.kind) == .invalidConfiguration)
        if text != nil { #expect(met.fault.because == because) }
    }

    private func remove(_ path: String) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record(error)
        }
    }
}
