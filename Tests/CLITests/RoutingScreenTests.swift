import API
import Core
import Testing
import TestSupport
import penstock

/// `show bgp`, from a picture of the director.
@Suite struct RoutingScreenTests {
    private static func snapshot() throws -> Snapshot {
        var snapshot = try SampleSnapshot.calm()
        snapshot.vips[0].wantedAnnouncement = AnnouncementStatus(
            Announcement(.soft, RouteAttributes(communities: [.gracefulShutdown], med: 20))
        )
        snapshot.vips[0].announcement = AnnouncementStatus(Announcement())
        snapshot.vips[0].softenedTo = Array(snapshot.vips[0].advertisedTo.prefix(1))
        snapshot.vips[0].otherPath = false
        return snapshot
    }

    @Test func countsWhatEachPeerWasSent() throws {
        let snapshot = try Self.snapshot()
        let report = RoutingReport(snapshot)
        let speaker = try #require(report.speakers.first)
        #expect(report.speakers.count == 1)
        #expect(speaker.speaker.method == "network")
        #expect(speaker.peers.map(\.peer) == snapshot.frr.peers)
        let first = try #require(speaker.peers.first)
        #expect(first.vips == snapshot.vips.count { $0.advertisedTo.contains(first.peer.id) })
        #expect(first.softened == 1)
        #expect(report.routes.first?.inStep == false)
        #expect(report.routes.first?.wanted?.med == 20)
    }

    @Test func tellsSpeakersApartByTheirPeers() throws {
        var snapshot = try SampleSnapshot.calm()
        var one = try #require(snapshot.frr.eachSpeaker.first)
        one.name = "public"
        var other = one
        other.name = "inner"
        snapshot.frr.speakers = [one, other]
        snapshot.frr.peers[0].id = "inner/" + snapshot.frr.peers[0].id
        snapshot.frr.peers[1].id = "public/" + snapshot.frr.peers[1].id
        let report = RoutingReport(snapshot)
        #expect(
            report.speakers.map { $0.peers.map(\.peer.id) }
                == [[snapshot.frr.peers[1].id], [snapshot.frr.peers[0].id]]
        )
    }

    @Test func picksVIPsByNameAndAddress() throws {
        let snapshot = try SampleSnapshot.calm()
        let vip = snapshot.vips[0]
        #expect(RoutingReport(snapshot, only: [vip.name]).routes.map(\.vip) == [vip.name])
        #expect(RoutingReport(snapshot, only: [vip.address]).routes.map(\.vip) == [vip.name])
        #expect(RoutingReport(snapshot, only: ["nope"]).routes.isEmpty)
    }

    @Test func showsWantedAndSeenSideBySide() throws {
        let snapshot = try Self.snapshot()
        let lines = plain(RoutingScreen(RoutingReport(snapshot), isWide: true).lines)
        let text = lines.joined(separator: "\n")
        #expect(text.contains("default  AS \(snapshot.frr.asn)  network  FRR"))
        let route = try #require(lines.first { $0.hasPrefix(snapshot.vips[0].name) })
        #expect(route.contains("soft, 65535:0, med 20"))
        #expect(route.contains("normal"))
        #expect(route.hasSuffix("no"))
        let peer = snapshot.vips[0].advertisedTo[0]
        #expect(lines.contains("  \(snapshot.vips[0].name) → \(peer)  soft"))
        #expect(!RoutingScreen(RoutingReport(snapshot)).isWell)
    }

    @Test func aSpeakerThatCannotBeSeenIsNotWell() throws {
        var snapshot = try SampleSnapshot.calm()
        snapshot.vips = []
        #expect(RoutingScreen(RoutingReport(snapshot)).isWell)
        snapshot.frr.visibility.state = "blind"
        snapshot.frr.visibility.fault = Fault(code: "F102", summary: "not running")
        let screen = RoutingScreen(RoutingReport(snapshot))
        #expect(!screen.isWell)
        #expect(plain(screen.lines).contains { $0.contains("! F102: not running") })
    }
}
