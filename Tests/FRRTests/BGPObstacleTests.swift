import Net
import Testing

@testable import FRR

/// Why a prefix is sent to nobody, found from what was read.
@Suite struct BGPObstacleTests {
    private static let peer = PeerName(IPAddress(v4: 0x0a07_0001))
    private static let prefix = Prefix(host: IPAddress(v4: 0xcb00_710a))

    /// Every obstacle, with its code.
    private static let all: [(BGPObstacle, String)] = [
        (.policyMissing(peer, .v4), "F105"),
        (.notInRoutingTable, "F106"),
        (.notOriginated, "F107"),
        (.sessionDown(peer, state: "Idle", since: nil, reason: "Hold Timer Expired"), "F110"),
        (.filtered(peer, by: ["OUT"]), "F111"),
        (.routeMapMissing("SOFT"), "F116"),
        (.familyInactive(peer, .v6), "F117"),
        (.noPeer, "F118"),
        (.outranked, "F119"),
        (.pending, "F120"),
        (.tooManyPrefixes(peer), "F123"),
        (.restarting(peer, .helping(.seconds(90))), "F124"),
        (.delayed(.v4), "F125"),
        (.withheld(peer), "F128"),
    ]

    /// Codes are never reused, and every reason says what it is about and what to do.
    @Test func eachHasItsCodeAndItsWords() {
        #expect(Set(Self.all.map(\.1)).count == Self.all.count)
        for (obstacle, code) in Self.all {
            #expect(obstacle.code == code)
            #expect(!obstacle.fix.isEmpty && !obstacle.description.hasSuffix("."))
            #expect(obstacle.because.hasPrefix("show "))
        }
        #expect("\(BGPObstacle.filtered(Self.peer, by: ["A", "B"]))".contains("A, B"))
        let inactive = BGPObstacle.familyInactive(Self.peer, .v6)
        #expect("\(inactive)" == "neighbor 10.7.0.1 is not activated in ipv6 unicast")
        #expect(BGPObstacle.routeMapMissing("SOFT").fix == "create it: route-map SOFT permit 10")
        let down = BGPObstacle.sessionDown(Self.peer, state: "Idle", since: nil, reason: nil)
        #expect("\(down)" == "neighbor 10.7.0.1 is Idle")
        let long = BGPObstacle.sessionDown(
            Self.peer,
            state: "Active",
            since: .seconds(7_300),
            reason: "Hold Timer Expired"
        )
        #expect("\(long)" == "neighbor 10.7.0.1 is Active for 2h: Hold Timer Expired")
    }

    /// What stands first in the way is named: a route-map, then that nobody is there.
    @Test func aMissingRouteMapComesBeforeAMissingPeer() {
        let network = BGPNetwork(prefix: Self.prefix, routeMap: "SOFT")
        let without = BGPExplanation(routeMaps: [], peers: [:])
        #expect(without.obstacles(to: network, route: nil) == [.routeMapMissing("SOFT")])
        let with = BGPExplanation(routeMaps: ["SOFT"], peers: [:])
        #expect(with.obstacles(to: network, route: nil) == [.noPeer])
    }

    /// A peer that is down for a reason of its own says that reason, and an own path that is not
    /// chosen yet says what bgpd waits for.
    @Test func whatBGPDWaitsForComesBeforeWhatItHasNotDone() {
        let network = BGPNetwork(prefix: Self.prefix)
        var peer = BGPNeighbor()
        peer.state = "Idle"
        peer.hasTooManyPrefixes = true
        func reasons(_ route: BGPRoute?, delayed: Set<AddressFamily> = []) -> [BGPObstacle] {
            BGPExplanation(routeMaps: [], peers: [Self.peer: peer], delayed: delayed)
                .obstacles(to: network, route: route)
        }
        #expect(reasons(nil) == [.tooManyPrefixes(Self.peer)])
        peer.hasTooManyPrefixes = false
        peer.restart = .helping(.seconds(3))
        #expect(reasons(nil) == [.restarting(Self.peer, .helping(.seconds(3)))])
        peer.state = "Established"
        peer.families[.v4] = BGPNeighbor.Family()
        peer.restart = .restarting(.v4, .seconds(9))
        var path = BGPRoute.Path(isOwn: true, isValid: true, isBest: false, isAccessible: true)
        let waiting = BGPRoute(paths: [path], advertisedTo: [])
        #expect(reasons(waiting) == [.restarting(Self.peer, .restarting(.v4, .seconds(9)))])
        #expect(reasons(waiting, delayed: [.v4]) == [.delayed(.v4)])
        path.isBest = true
        #expect(reasons(BGPRoute(paths: [path], advertisedTo: [])) == [.pending])
        peer.families[.v4]?.prefixList = "OUT"
        #expect(
            reasons(BGPRoute(paths: [path], advertisedTo: [])) == [
                .filtered(Self.peer, by: ["OUT"])
            ]
        )
    }

    /// An observation tells the statements for owned host prefixes from all others.
    @Test func anObservationKnowsWhichStatementsAreOurs() throws {
        let text = """
            frr version 8.4.4
            router bgp 65001
             address-family ipv4 unicast
              network 203.0.113.0/24
              network 203.0.113.10/32
              network 198.51.100.1/32
             exit-address-family
            exit
            """
        let observation = BGPObservation(
            version: try DaemonVersion(parsing: "FRRouting 8.4.4 (r1)."),
            instance: try BGPConfiguration(parsing: text).main
        )
        let owned = [try Prefix(parsing: "203.0.113.0/24")]
        #expect(Array(observation.networks(within: owned).keys) == [Self.prefix.address])
        #expect(observation.networks(within: []).isEmpty)
    }
}

/// The running configuration as a tree.
@Suite struct RunningConfigurationTests {
    @Test func blocksAreDelimitedByTheirWords() {
        let text = """
            !
            hostname director
            router bgp 65001
              bgp router-id 10.0.0.1
            !
             address-family ipv4 unicast
              network 203.0.113.10/32
             exit-address-family
             address-family ipv6 unicast
             network 2001:db8::1/128
            exit
            route-map SOFT permit 10
            """
        let blocks = RunningConfiguration(parsing: text).blocks
        #expect(
            blocks.map(\.words) == [
                ["hostname", "director"], ["router", "bgp", "65001"], ["exit"],
                ["route-map", "SOFT", "permit", "10"],
            ]
        )
        let instance = blocks[1]
        #expect(instance.lines.map(\.words) == [["bgp", "router-id", "10.0.0.1"]])
        #expect(
            instance.blocks.map(\.words) == [
                ["address-family", "ipv4", "unicast"], ["address-family", "ipv6", "unicast"],
            ]
        )
        #expect(
            instance.blocks.map { $0.lines.map(\.words) } == [
                [["network", "203.0.113.10/32"]], [["network", "2001:db8::1/128"]],
            ]
        )
    }

    /// bgpd need not say that a family ends; the end of the text does.
    @Test func aFamilyMayEndWithTheText() {
        let text = "router bgp 65001\n address-family ipv4 unicast\n  network 203.0.113.10/32\n"
        let blocks = RunningConfiguration(parsing: text).blocks
        #expect(
            blocks.first?.blocks.map { $0.lines.map(\.words) } == [
                [["network", "203.0.113.10/32"]]
            ]
        )
    }

    @Test(arguments: ["", "\n\n", "!\n ! comment\n", "  lonely line\n"])
    func nothingComesOfNothing(text: String) {
        #expect(RunningConfiguration(parsing: text).blocks.isEmpty)
    }
}
