import Net
import Testing

@testable import FRR

/// The obstacles of `frr-8.4.4-obstacles.txt`, each provoked in a bgpd of FRR 8.4.4.
@Suite struct RealObstaclesTests {
    private static let peer = PeerName(IPAddress(v4: 0x0a4d_0002))
    private static let network = BGPNetwork(prefix: Prefix(host: IPAddress(v4: 0xcb00_710a)))

    /// What stands in the way, by the occurrence of each command in the transcript.
    private static func obstacles(
        summary: Int? = nil,
        neighbors: Int,
        route: Int
    ) throws -> [BGPObstacle] {
        let transcript = try Transcript("frr-8.4.4-obstacles")
        func bytes(_ command: String, _ index: Int) throws -> [UInt8] {
            try transcript.reply(to: command, index).bytes
        }
        var peers = try BGPJSON.read(
            BGPNeighbors.self,
            try bytes("show bgp neighbors json", neighbors)
        ).peers
        var glance: BGPGlance?
        if let summary {
            glance = BGPGlance(
                try BGPJSON.read(BGPSummary.self, try bytes("show bgp summary json", summary))
            )
        }
        for name in glance?.peersBeyondTheirPrefixes ?? [] {
            peers[name]?.hasTooManyPrefixes = true
        }
        let explanation = BGPExplanation(
            routeMaps: [],
            peers: peers,
            delayed: glance?.delayedFamilies ?? []
        )
        let table = try BGPJSON.read(
            BGPRoute.self,
            try bytes("show bgp ipv4 unicast 203.0.113.10/32 json", route)
        )
        return explanation.obstacles(to: network, route: table)
    }

    @Test func aPeerWithTooManyPrefixes() throws {
        let found = try Self.obstacles(summary: 0, neighbors: 0, route: 0)
        #expect(found == [.tooManyPrefixes(Self.peer)])
    }

    /// Both lists are there, and the more telling one is named.
    @Test func aFilterOnASPaths() throws {
        let found = try Self.obstacles(neighbors: 1, route: 1)
        #expect(found == [.filtered(Self.peer, by: ["NOBODY"])])
    }

    @Test func aFamilyThatIsNotActivated() throws {
        let found = try Self.obstacles(summary: 1, neighbors: 2, route: 2)
        #expect(found == [.familyInactive(Self.peer, .v4)])
    }

    @Test func anUpdateDelay() throws {
        let found = try Self.obstacles(summary: 2, neighbors: 3, route: 3)
        #expect(found == [.delayed(.v4)])
    }

    @Test func aSessionThatIsDown() throws {
        let found = try Self.obstacles(summary: 3, neighbors: 4, route: 4)
        guard case .sessionDown(Self.peer, _, let since?, let reason?) = found.first else {
            Issue.record("\(found)")
            return
        }
        #expect(found.count == 1 && since < .seconds(10) && !reason.isEmpty)
    }

    @Test func aPeerThatRestartsGracefully() throws {
        let found = try Self.obstacles(summary: 4, neighbors: 5, route: 5)
        #expect(found == [.restarting(Self.peer, .helping(.seconds(119)))])
    }
}
