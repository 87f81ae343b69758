import FoundationEssentials
import Net
import Testing

@testable import FRR

/// The replies of the fakes, held against a bgpd that is real.
///
/// They run where `PENSTOCK_BGPD_VTY` names the socket of a bgpd that may be written to, with one
/// instance in the default VRF and a peer that is up; the lab has one. Nothing stays behind.
@Suite(.serialized, .enabled(if: RealBGPD.socket != nil), .timeLimit(.minutes(10)))
struct RealBGPDTests {
    /// From a block for documentation (RFC 5737), and announced for a moment only.
    private static let address = IPAddress(v4: 0xc000_02fd)
    private static let owned = [Prefix(host: address)]

    private func withBGPD(
        _ body: (BGP, VTY) async throws -> Void
    ) async throws {
        let socket = try #require(RealBGPD.socket)
        let reader = BGP(asn: 1, socket: socket)
        let configuration = try await reader.configuration()
        await reader.close()
        let bgp = BGP(asn: try #require(configuration.main).asn, socket: socket)
        try await body(bgp, try await bgp.reader.connection())
        _ = try await bgp.withdraw([Self.address])
        await bgp.close()
    }

    /// Each command of the transcripts that changes nothing, and the status it had there.
    @Test func answersWithTheSameStatus() async throws {
        try await withBGPD { _, vty in
            for (command, status) in [
                ("show version", 0), ("show bgp vrfs json", 0), ("show bgp summary json", 0),
                ("show bgp neighbors json", 0), ("show running-config", 0), ("echo PING", 0),
                ("show work-queues", 0), ("show bgp ipv4 unicast 192.0.2.253/32 json", 0),
                ("show bgp ipv4 unicast update-groups", 0), ("bogus command", 2),
                ("show bgp vrf no-such-vrf summary json", 1),
                ("show bgp ipv4 unicast neighbors 192.0.2.253 advertised-routes json", 1),
            ] {
                let reply = try await vty.command(VTYLine(validating: command))
                #expect(reply.status.rawValue == UInt8(status), "\(command): \(reply.words)")
            }
        }
    }

    /// Whatever the fakes answer is read by the same readers.
    @Test func answersInTheSameShapes() async throws {
        try await withBGPD { bgp, vty in
            #expect(vty.daemon?.product == .frr)
            let summary = try await bgp.summary()
            #expect(!summary.families.isEmpty)
            #expect(BGPGlance(summary).showsVersions)
            let neighbors = try await bgp.neighbors()
            let name = try #require(neighbors.first { $0.value.isEstablished }?.key)
            for family in try #require(neighbors[name]).families.keys {
                _ = try await bgp.advertised(to: name, family)
            }
            #expect(try await bgp.route(Prefix(host: Self.address)).paths.isEmpty)
            let line = VTYLine.showInside(Self.owned[0], in: nil)
            let inside = try BGPJSON.decode(
                BGPPathsFromPeers.self,
                from: try await vty.command(line),
                to: line
            )
            #expect(inside.usable.isEmpty)
            let queues = try await vty.command(.showWorkQueues)
            #expect(BGPQuiet.isProcessed(workQueues: queues.text) != nil)
        }
    }

    /// Announced, switched and withdrawn through the library, and seen each time.
    @Test func takesAnAnnouncementWithItsPolicy() async throws {
        try await withBGPD { bgp, _ in
            let policy = RoutePolicy(
                level: .soft,
                communities: [.gracefulShutdown],
                largeCommunities: [LargeCommunity(1, 2, 3)],
                med: 5,
                prepend: 1,
                bandwidth: 100
            )
            let name = try #require(OwnedRouteMap(policy, asn: bgp.asn)).name
            let absent = try await bgp.withdraw([Self.address])
            #expect(Array(absent.values) == [.alreadyAbsent])
            for (announcement, expected) in [
                (BGPAnnouncement(Self.address), BGPObservation.Announced.plain),
                (BGPAnnouncement(Self.address, policy, asn: bgp.asn), .policy(policy)),
                (BGPAnnouncement(Self.address), .plain),
            ] {
                #expect(Array(try await bgp.advertise([announcement]).values) == [.accepted])
                var seen = try await bgp.observe(owned: Self.owned)
                #expect(seen.announced(Self.address) == expected)
                if expected != .plain {
                    let used = try await bgp.discard([name])
                    #expect(used == [name: .refused(.routeMapInUse(name))])
                }
                // Quiet comes by itself, as soon as bgpd has done its work.
                await eventually {
                    guard let next = try? await bgp.observe(owned: Self.owned) else { return false }
                    seen = next
                    return next.peers.filter(\.value.isEstablished).allSatisfy { name, peer in
                        peer.families.keys.allSatisfy { next.settled[$0]?.contains(name) == true }
                    }
                }
                let again = try await bgp.observe(owned: Self.owned, previous: seen)
                #expect(again == seen)
            }
            #expect(try await bgp.discard([name]) == [name: .accepted])
            #expect(try await bgp.discard([name]) == [name: .alreadyAbsent])
        }
    }

    @Test func answersAPing() async throws {
        try await withBGPD { bgp, _ in try await bgp.ping() }
    }
}

/// Where the real one is, if anywhere.
enum RealBGPD {
    static let socket = ProcessInfo.processInfo.environment["PENSTOCK_BGPD_VTY"]
}
