import API
import Core
import Net
import Testing
import TestSupport

@testable import penstock

/// Which drains would take a VIP out of the network.
@Suite struct LastPathTests {
    private static func snapshot() throws -> Snapshot {
        var snapshot = try SampleSnapshot.calm()
        for index in snapshot.vips.indices { snapshot.vips[index].otherPath = false }
        snapshot.frr.peers[0].prefixesAccepted = ["ipv4": 1]
        return snapshot
    }

    @Test func areThoseWithoutAnotherPath() throws {
        var snapshot = try Self.snapshot()
        let names = snapshot.vips.map(\.name)
        #expect(LastPath.vips(lostBy: .node, in: snapshot) == names)
        snapshot.vips[0].otherPath = true
        #expect(LastPath.vips(lostBy: .node, in: snapshot) == Array(names.dropFirst()))
        snapshot.vips[1].advertisedTo = []
        #expect(LastPath.vips(lostBy: .node, in: snapshot) == Array(names.dropFirst(2)))
        snapshot.vips[0].otherPath = nil
        #expect(LastPath.vips(lostBy: .node, in: snapshot) == Array(names.dropFirst(2)))
    }

    @Test func areOnlyThoseThatAreMeant() throws {
        let snapshot = try Self.snapshot()
        let address = try IPAddress(parsing: snapshot.vips[1].address)
        #expect(LastPath.vips(lostBy: .vip(address), in: snapshot) == [snapshot.vips[1].name])
    }

    @Test func areUnknownWhereNothingIsHeard() throws {
        var snapshot = try Self.snapshot()
        snapshot.frr.peers[0].prefixesAccepted = ["ipv4": 0]
        #expect(LastPath.vips(lostBy: .node, in: snapshot).isEmpty)
        snapshot.frr.peers[0].prefixesAccepted = ["ipv4": 3]
        snapshot.frr.peers[0].established = false
        #expect(LastPath.vips(lostBy: .node, in: snapshot).isEmpty)
    }

    @Test func countOnlyWhatTheirOwnSpeakerHears() throws {
        var snapshot = try Self.snapshot()
        snapshot.frr.peers[0].id = "inner/10.0.0.1"
        snapshot.vips[0].speaker = "public"
        snapshot.vips[1].speaker = "inner"
        let lost = LastPath.vips(lostBy: .node, in: snapshot)
        #expect(lost.contains(snapshot.vips[1].name))
        #expect(!lost.contains(snapshot.vips[0].name))
    }

    @Test func areNamedInTheRefusal() {
        let refusal = LastPath.refusal(["web", "dns"])
        #expect(refusal.kind == .conflict && refusal.fault.code == "D442")
        #expect(refusal.fault.summary == "bgpd knows no other path to web, dns")
        let many = LastPath.refusal((1...12).map { "v\($0)" }).fault.summary
        #expect(many.hasSuffix("v10 and 2 more"))
    }
}
