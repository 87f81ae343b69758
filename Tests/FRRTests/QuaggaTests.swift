import Net
import TestSupport
import Testing

@testable import FRR

/// The text of Quagga, which has no JSON.
@Suite struct QuaggaTests {
    private static func text(_ command: String, _ index: Int = 0) throws -> String {
        try Transcript("quagga-1.2.4").reply(to: command, index).text
    }

    private static let peer = PeerName(IPAddress(v4: 0x0a07_0002))

    @Test func readsTheSummary() throws {
        let v4 = try Self.text("show ip bgp summary")
        let summary = try BGPSummary(quagga: [v4, ""])
        #expect(summary.asn == 65101)
        let row = try #require(summary.families[.v4]?.peers[Self.peer])
        #expect(row.asn == 65102 && row.state == "Established" && row.received == 0)
        #expect(!BGPGlance(summary).showsVersions)
    }

    @Test(arguments: [
        ("Idle (Admin)", "Idle (Admin)", "Admin"), ("Idle (PfxCt)", "Idle (PfxCt)", "PfxCt"),
        ("Active", "Active", "OK"), ("     12", "Established", "OK"),
    ])
    func readsTheState(word: String, state: String, peerState: String) throws {
        let text = """
            BGP router identifier 10.7.0.1, local AS number 65101

            Neighbor        V         AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
            10.7.0.2        4 65102       4       6        0    0    0 never    \(word)

            Total number of neighbors 1
            """
        let row = try #require(try BGPSummary(quagga: [text]).families[.v4]?.peers[Self.peer])
        #expect(row.state == state && row.peerState == peerState)
    }

    @Test(arguments: ["nonsense", "Neighbor V\n10.7.0.2 4\n", "Neighbor\nx y 1 2 3 4 5 6 7 8\n"])
    func refusesAnotherSummary(text: String) {
        #expect(throws: QuaggaFault.self) { try BGPSummary(quagga: [text]) }
    }

    @Test func readsThePeers() throws {
        let peers = try BGPNeighbor.all(quagga: try Self.text("show ip bgp neighbors"))
        let peer = try #require(peers[Self.peer])
        #expect(peers.count == 1 && peer.isEstablished && peer.asn == 65102)
        #expect(peer.uptime == .seconds(5) && peer.established == 1 && !peer.isShut)
        #expect(Set(peer.families.keys) == [.v4, .v6])
        #expect(peer.families[.v4]?.acceptedPrefixes == 0)
        #expect(peer.advertisementInterval == .zero)
        #expect(peer.advertisementLag(toOurs: 65_101) == .seconds(1))
    }

    /// A worse path counts as sent only when the interval has passed, which is not always told.
    @Test func aPeerMayLagByItsInterval() throws {
        let text = """
            BGP neighbor is 10.7.0.2, remote AS 65102, local AS 65101, external link
              BGP state = Established, up for 00:00:05
              Minimum time between advertisement runs is 30 seconds
            BGP neighbor is 10.7.0.3, remote AS 65101, local AS 65101, internal link
              BGP state = Established, up for 00:00:05
            """
        let peers = try BGPNeighbor.all(quagga: text)
        #expect(peers[Self.peer]?.advertisementLag(toOurs: 65_101) == .seconds(31))
        let other = peers[PeerName(IPAddress(v4: 0x0a07_0003))]
        #expect(other?.advertisementInterval == nil)
        #expect(other?.advertisementLag(toOurs: 65_101) == .seconds(6))
        #expect(other?.advertisementLag(toOurs: 65_109) == .seconds(31))
    }

    @Test func readsAPeerThatIsDown() throws {
        let text = """
            BGP neighbor is 10.7.0.2, remote AS 65102, local AS 65101, external link
             Administratively shut down
              BGP state = Idle

             For address family: IPv4 Unicast
              Outgoing update prefix filter list is *OUT
              Route map for outgoing advertisements is *MAP
              3 accepted prefixes

              Connections established 7; dropped 7
              Last reset 1d02h03m, due to User reset
            BGP neighbor is 10.7.0.9, remote AS 0, local AS 65101, external link
              BGP state = Active
              Last reset never
            """
        let peers = try BGPNeighbor.all(quagga: text)
        let peer = try #require(peers[Self.peer])
        #expect(!peer.isEstablished && peer.isShut && peer.established == 7)
        #expect(peer.downtime == .seconds(86_400 + 7_200 + 180))
        #expect(peer.lastReset == "User reset")
        #expect(peer.families[.v4]?.filters == ["OUT", "MAP"])
        #expect(peers.count == 2)
    }

    @Test(arguments: [
        ("00:00:05", 5), ("01:02:03", 3_723), ("1d02h03m", 93_780), ("2w3d04h", 1_483_200),
    ])
    func readsUptimes(text: String, seconds: Int) {
        #expect(Uptime.read(text) == .seconds(seconds))
    }

    @Test(arguments: ["never", "", "1:2", "99999999999:0:0", "w", "1", "9999999999999w"])
    func otherTimesAreNone(text: String) { #expect(Uptime.read(text) == nil) }

    @Test func readsWhatAPeerIsSent() throws {
        let v4 = try BGPAdvertised(
            quagga: try Self.text("show ip bgp neighbors 10.7.0.2 advertised-routes")
        )
        #expect(v4.originated == [try Prefix(parsing: "198.51.100.1/32")] && v4.relayed.isEmpty)
        let none = try BGPAdvertised(quagga: "")
        #expect(none.originated.isEmpty && none.relayed.isEmpty)
    }

    private static let head = """
        BGP table version is 0, local router ID is 10.7.0.1
        Status codes: s suppressed, d damped, h history, * valid, > best, = multipath,

           Network          Next Hop            Metric LocPrf Weight Path

        """

    /// Long prefixes and next hops go to lines of their own, and the columns stay.
    @Test func readsLongPrefixes() throws {
        let text =
            Self.head + """
                *> 2001:db8:113::10/128
                                    fd07::1                  0          32768 i
                *> 2001:db8:113::11/128
                                    2001:db8:aaaa:bbbb::1
                                                             0    100      0 32768 i
                *> 10.0.0.0         10.7.0.9                 0          32768 i

                Total number of prefixes 3
                """
        let found = try BGPAdvertised(quagga: text)
        #expect(found.originated == [try Prefix(parsing: "2001:db8:113::10/128")])
        #expect(found.relayed == [try Prefix(parsing: "2001:db8:113::11/128")])
    }

    @Test(arguments: [
        "*> 10.0.0.1/32      10.7.0.1                 0          32768 i\n",
        "*> 10.0.0.1/32\n\nTotal number of prefixes 1\n",
        "                                             0          32768 i\n",
        "Total number of prefixes 1\n",
        "*> 10.0.0.1/32\n*> 10.0.0.2/32\n",
    ])
    func halfAListIsNone(rows: String) {
        #expect(throws: QuaggaFault.self) { try BGPAdvertised(quagga: Self.head + rows) }
    }

    @Test func readsTheRoute() throws {
        let route = try BGPRoute(quagga: try Self.text("show ip bgp 203.0.113.10/32"))
        #expect(route.own?.isValid == true && route.own?.isBest == false)
        #expect(route.advertisedTo.isEmpty)
        let sent = try BGPRoute(
            quagga: """
                BGP routing table entry for 203.0.113.10/32
                Paths: (2 available, best #1, table Default-IP-Routing-Table)
                  Advertised to non peer-group peers:
                  10.7.0.2 fd07::2
                  Local
                    0.0.0.0 from 0.0.0.0 (10.7.0.1)
                      Origin IGP, metric 0, localpref 100, weight 32768, valid, sourced, local, best
                  65102
                    10.7.0.2 from 10.7.0.2 (10.7.0.2)
                      Origin IGP, metric 0, localpref 100, valid, external
                """
        )
        #expect(sent.own?.isBest == true && sent.advertisedTo.count == 2)
        #expect(sent.hasOtherUsablePath && !route.hasOtherUsablePath)
    }

    @Test(arguments: UInt64(0)..<20)
    func survivesChangedBytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for exchange in try Transcript("quagga-1.2.4").exchanges {
            var bytes = exchange.reply.bytes
            guard !bytes.isEmpty else { continue }
            for _ in 0..<4 {
                let index = Int.random(in: bytes.indices, using: &random)
                bytes[index] = UInt8.random(in: 0...127, using: &random)
            }
            // Each may read or refuse; none may trap.
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? BGPSummary(quagga: [text, text])
            _ = try? BGPNeighbor.all(quagga: text)
            _ = try? BGPAdvertised(quagga: text)
            _ = try? BGPRoute(quagga: text)
            _ = try? BGPConfiguration(parsing: text)
        }
    }
}
