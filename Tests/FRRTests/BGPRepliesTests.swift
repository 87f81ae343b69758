import Net
import TestSupport
import Testing

@testable import FRR

/// The JSON of real daemons, and what is not JSON of theirs.
@Suite struct BGPRepliesTests {
    private static func decode<Shape: JSONReadable>(
        _ shape: Shape.Type,
        _ name: String,
        _ command: String,
        _ index: Int = 0
    ) throws -> Shape {
        let reply = try Transcript(name).reply(to: command, index)
        return try BGPJSON.read(shape, reply.bytes)
    }

    private static func decode<Shape: JSONReadable>(
        _ shape: Shape.Type,
        _ text: String
    ) throws -> Shape {
        try BGPJSON.read(shape, Array(text.utf8))
    }

    private static func advertised(_ peer: String, _ family: String = "ipv4") -> String {
        "show bgp \(family) unicast neighbors \(peer) advertised-routes json"
    }

    @Test(arguments: [
        ("frr-8.4.4", 65102, 65101, "10.7.0.1"), ("frr-10.6.1", 65103, 65102, "10.8.0.1"),
    ])
    func readsTheSummary(name: String, own: UInt32, other: UInt32, peer: String) throws {
        let summary = try Self.decode(BGPSummary.self, name, "show bgp summary json")
        #expect(summary.asn == ASN(own))
        for family in AddressFamily.allCases {
            let row = try #require(summary.families[family]?.peers[PeerName(parsing: peer)])
            #expect(row.asn == ASN(other) && row.state == "Established" && row.peerState == "OK")
        }
    }

    @Test func readsASummaryWithoutPeers() throws {
        let summary = try Self.decode(
            BGPSummary.self,
            "frr-8.4.4-bare",
            "show bgp summary json",
            -1
        )
        #expect(summary.asn == nil && summary.families.isEmpty)
    }

    @Test func readsADottedNumber() throws {
        let text = """
            {"ipv4Unicast":{"as":"1.10","tableVersion":3,"peers":{}},
            "l2VpnEvpn":{"as":"1.10","peers":{"x y":7}}}
            """
        #expect(try Self.decode(BGPSummary.self, text).asn == ASN(1 << 16 | 10))
    }

    @Test(arguments: ["frr-8.4.4", "frr-10.6.1"])
    func readsWhatAPeerIsSent(name: String) throws {
        let peer = name == "frr-8.4.4" ? "10.7.0.1" : "10.8.0.1"
        let before = try Self.decode(BGPAdvertised.self, name, Self.advertised(peer))
        #expect(before.originated.isEmpty)
        let transit = try Prefix(parsing: "198.51.100.1/32")
        #expect(before.relayed == [transit])
        let after = try Self.decode(BGPAdvertised.self, name, Self.advertised(peer), -1)
        #expect(after.originated.contains(try Prefix(parsing: "203.0.113.10/32")))
        #expect(after.relayed == [transit])
        // The VIP itself, learnt from another director: sent, but not ours.
        let v6 = try Self.decode(BGPAdvertised.self, name, Self.advertised(peer, "ipv6"))
        #expect(v6.originated.isEmpty)
        #expect(v6.relayed == [try Prefix(parsing: "2001:db8:113::10/128")])
    }

    @Test(arguments: [
        "{}", "[]", "", "nonsense", #"{"advertisedRoutes":{}}"#, #"{"totalPrefixCounter":0}"#,
        #"{"advertisedRoutes":{},"totalPrefixCounter":1}"#,
        #"{"advertisedRoutes":[],"totalPrefixCounter":0}"#,
        #"{"advertisedRoutes":{"10.0.0.1/32":{}},"totalPrefixCounter":1}"#,
        #"{"advertisedRoutes":{"x":{"weight":0}},"totalPrefixCounter":1}"#,
        #"{"advertisedRoutes":{},"totalPrefixCounter":"#,
        #"{"warning":"No such neighbor in this view/vrf"}"#,
    ])
    func aMissingKeyIsNotAnEmptyList(text: String) {
        #expect(throws: (any Error).self) { try Self.decode(BGPAdvertised.self, text) }
    }

    @Test func readsTheRoute() throws {
        let command = "show bgp ipv4 unicast 203.0.113.10/32 json"
        for name in ["frr-8.4.4", "frr-10.6.1"] {
            let held = try Self.decode(BGPRoute.self, name, command)
            #expect(held.own?.isValid == false && held.own?.isAccessible == false)
            #expect(held.advertisedTo.isEmpty)
            let sent = try Self.decode(BGPRoute.self, name, command, 1)
            #expect(sent.own?.isValid == true && sent.own?.isBest == true)
            #expect(sent.advertisedTo.count == 1)
            let gone = try Self.decode(BGPRoute.self, name, command, -1)
            #expect(gone.paths.isEmpty && gone.own == nil)
        }
    }

    @Test func readsAPeerWithoutPolicy() throws {
        let peers = try Self.decode(
            BGPNeighbors.self,
            "frr-8.4.4-policy",
            "show bgp neighbors json"
        )
        let peer = try #require(peers.peers[PeerName(parsing: "10.9.0.2")])
        #expect(peer.isEstablished && peer.asn == 65002 && peer.uptime != nil)
        #expect(Set(peer.families.keys) == [.v4, .v6])
        #expect(peer.families.values.allSatisfy { $0.lacksOutboundPolicy && $0.filters.isEmpty })
    }

    @Test func readsAPeerWithFilters() throws {
        let peers = try Self.decode(
            BGPNeighbors.self,
            "frr-8.4.4-policy",
            "show bgp neighbors json",
            1
        )
        let v4 = try #require(peers.peers[PeerName(parsing: "10.9.0.2")]?.families[.v4])
        #expect(!v4.lacksOutboundPolicy && v4.filters == ["NOPE", "OUT"])
        #expect(v4.sentPrefixes == 0)
        let v6 = try #require(peers.peers[PeerName(parsing: "10.9.0.2")]?.families[.v6])
        #expect(v6.lacksOutboundPolicy)
    }

    /// Parts of `show bgp neighbors json` of FRR 8.4.4 with `bgp graceful-restart` and
    /// `restart-time 30`, in this order: up; its hold timer expired while the router kept the
    /// route; shut; up with a router that has graceful restart disabled; up and not told all yet;
    /// up for so long that it was told; up and never asked to keep anything.
    @Test(arguments: [
        (
            #""bgpState":"Established","bgpTimerHoldTimeMsecs":9000,"gracefulRestartInfo":{"#
                + #""endOfRibSend":{"ipv4Unicast":true},"localGrMode":"Restart*","#
                + #""remoteGrMode":"Helper","timers":{"configuredRestartTimer":30,"#
                + #""receivedRestartTimer":120}},"#,
            Duration.seconds(39), false
        ),
        (
            #""bgpState":"Connect","bgpTimerHoldTimeMsecs":9000,"gracefulRestartInfo":{"#
                + #""endOfRibSend":{},"localGrMode":"Restart*","remoteGrMode":"NotApplicable","#
                + #""timers":{"configuredRestartTimer":30,"receivedRestartTimer":120}},"#,
            .seconds(39), false
        ),
        (
            #""bgpState":"Idle","adminShutDown":true,"gracefulRestartInfo":{"#
                + #""localGrMode":"Restart*","remoteGrMode":"NotApplicable","#
                + #""timers":{"configuredRestartTimer":30,"receivedRestartTimer":120}},"#,
            nil, false
        ),
        (
            #""bgpState":"Established","gracefulRestartInfo":{"localGrMode":"Restart*","#
                + #""remoteGrMode":"Disable","timers":{"configuredRestartTimer":30}},"#,
            nil, false
        ),
        (
            #""bgpState":"Established","gracefulRestartInfo":{"endOfRibSend":{},"#
                + #""localGrMode":"Restart*","remoteGrMode":"Restart","#
                + #""timers":{"configuredRestartTimer":30}},"#,
            .seconds(30), true
        ),
        (
            #""bgpState":"Established","bgpTimerUpMsec":30000,"gracefulRestartInfo":{"#
                + #""endOfRibSend":{},"localGrMode":"Restart*","remoteGrMode":"Restart","#
                + #""timers":{"configuredRestartTimer":30}},"#,
            .seconds(30), false
        ),
        (
            #""bgpState":"Established","gracefulRestartInfo":{"localGrMode":"Helper*","#
                + #""remoteGrMode":"Helper","timers":{"configuredRestartTimer":120}},"#,
            nil, false
        ),
    ])
    func readsHowLongAPeerKeepsRoutes(
        part: String,
        retention: Duration?,
        awaitsEndOfRIB: Bool
    ) throws {
        let text =
            #"{"10.9.0.2":{"remoteAs":65002,"# + part
            + #""addressFamilyInfo":{"ipv4Unicast":{}}}}"#
        let peers = try BGPJSON.read(BGPNeighbors.self, Array(text.utf8))
        let peer = try #require(peers.peers[PeerName(parsing: "10.9.0.2")])
        #expect(peer.retention == retention)
        #expect(peer.awaitsEndOfRIB == awaitsEndOfRIB)
    }

    @Test func readsAPeerThatIsShut() throws {
        let peers = try Self.decode(
            BGPNeighbors.self,
            "frr-8.4.4-policy",
            "show bgp neighbors json",
            -1
        )
        let peer = try #require(peers.peers[PeerName(parsing: "10.9.0.2")])
        #expect(!peer.isEstablished && peer.isShut && peer.uptime == nil)
        #expect(Set(peer.families.keys) == [.v6])
    }

    /// A truncated reply is an error at every length, never a shorter list.
    @Test(arguments: ["frr-8.4.4", "frr-10.6.1"])
    func refusesEveryTruncation(name: String) throws {
        let peer = name == "frr-8.4.4" ? "10.7.0.1" : "10.8.0.1"
        let text = try Transcript(name).reply(to: Self.advertised(peer), -1).text
        let whole = text.trimmingSuffix { $0.isWhitespace }
        for length in 0..<whole.count {
            let part = String(whole.prefix(length))
            #expect(throws: (any Error).self) { try Self.decode(BGPAdvertised.self, part) }
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func survivesChangedBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let reply = try Transcript("frr-8.4.4").reply(to: "show bgp neighbors json")
        for _ in 0..<20 {
            var bytes = reply.bytes
            for _ in 0..<4 {
                let index = Int.random(in: bytes.indices, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            // It may read or refuse; it must not trap.
            _ = try? BGPJSON.read(BGPNeighbors.self, bytes)
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
