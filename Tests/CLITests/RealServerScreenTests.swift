import RealServers
import Testing

@testable import penstock

@Suite struct RealServerScreenTests {
    private let silence = Finding(
        "net.ipv4.conf.eth0.arp_ignore",
        .missing,
        found: "0",
        wanted: "1 or 2",
        cost: "this server answers ARP for the VIP",
        fix: "set net.ipv4.conf.all.arp_ignore to 1"
    )
    private let address = Finding(
        "203.0.113.10/32 on lo",
        .right,
        found: "on lo",
        wanted: "present",
        cost: "packets are dropped"
    )

    private func text(_ lines: [StyledText]) -> [String] {
        lines.map { $0.rendered(hasColor: false) }
    }

    @Test func saysWhatIsMissingWhatItCostsAndWhatToDo() {
        let screen = RealServerScreen([silence, address])
        #expect(!screen.isReady)
        #expect(
            text(screen.lines) == [
                "✗ net.ipv4.conf.eth0.arp_ignore  0      wanted 1 or 2",
                "✓ 203.0.113.10/32 on lo          on lo",
                "✗ net.ipv4.conf.eth0.arp_ignore: this server answers ARP for the VIP",
                "    fix: set net.ipv4.conf.all.arp_ignore to 1",
                "not ready: 1 thing wrong; penstock realserver up puts it right",
            ]
        )
    }

    @Test func saysThatNothingIs() {
        let screen = RealServerScreen([address])
        #expect(screen.isReady)
        #expect(text(screen.trouble) == ["ready"])
        #expect(text(screen.eventLines) == ["nothing to do"])
    }

    @Test func tellsWhatOnlyTheOperatorCanDo() {
        var obstacle = silence
        obstacle.standing = .obstacle
        let last = text(RealServerScreen([silence, obstacle]).trouble).last
        #expect(last == "not ready: 2 things wrong; 1 of it only you can put right")
    }

    @Test func tellsWhatWasDoneAndWhatWasLeft() {
        let events = [
            RealServer.Event("remove 203.0.113.10/32 from lo"),
            RealServer.Event("set x back to 0", leftBecause: "somebody set it to 2 since"),
        ]
        #expect(
            text(RealServerScreen([], events: events).eventLines) == [
                "✓ remove 203.0.113.10/32 from lo",
                "! not done: set x back to 0 (somebody set it to 2 since)",
            ]
        )
    }

    @Test func isADocumentForPrograms() throws {
        let document = try RealServerScreen([silence]).document
        #expect(document.contains(#""ready" : false"#))
        #expect(document.contains(#""standing" : "missing""#))
        #expect(document.contains(#""fix" : "set net.ipv4.conf.all.arp_ignore to 1""#))
    }
}
