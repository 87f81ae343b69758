import Logging
import Net
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import FRR

/// What one look costs, what it proves, and when the next may be a glance.
@Suite(.timeLimit(.minutes(10))) struct BGPObservationTests {
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let owned = [Prefix(host: vip)]
    private static let peer = PeerName(IPAddress(v4: 0x0a07_0001))
    private static let policy = RoutePolicy(level: .soft, communities: [.gracefulShutdown])

    /// A bgpd of one peer that is sent one VIP, whose counts and queues a test can turn.
    private final class State: Sendable {
        struct Values {
            var version = 7
            var sent = 1
            var received = 0
            var established = 1
            var outQueue = 0
            var uptime = 1_000
            var queued = 0
            var advertiseList = "empty"
            var packets = 0
            var routeMapBody = " set community graceful-shutdown additive\n"
            var inside = "{}"
        }
        let values = Mutex(Values())

        func change(_ body: (inout Values) -> Void) { values.withLock { body(&$0) } }

        func act(_ command: String) -> FakeDaemon.Act {
            let now = values.withLock { $0 }
            let map = OwnedRouteMap(policy, asn: 65102).map { "\($0.name)" } ?? "-"
            switch command.replacing(" vrf blue", with: "") {
            case "show bgp summary json":
                return .reply(
                    """
                    {"ipv4Unicast":{"as":65102,"tableVersion":\(now.version),"peers":{"10.7.0.1":{
                    "remoteAs":65101,"tableVersion":0,"outq":\(now.outQueue),"peerUptimeMsec":
                    \(now.uptime),"pfxRcd":\(now.received),"pfxSnt":\(now.sent),
                    "state":"Established","peerState":"OK",
                    "connectionsEstablished":\(now.established)}}}}
                    """
                )
            case "show running-config":
                let scope = command.contains("vrf") ? " vrf blue" : ""
                return .reply(
                    """
                    router bgp 65102\(scope)
                     address-family ipv4 unicast
                      network 203.0.113.10/32 route-map \(map)
                    exit
                    router bgp 65103 vrf blue
                     address-family ipv4 unicast
                      network 203.0.113.10/32
                    exit
                    route-map \(map) permit 10
                    \(now.routeMapBody)exit

                    """
                )
            case "show bgp neighbors json":
                return .reply(
                    """
                    {"10.7.0.1":{"remoteAs":65101,"bgpState":"Established","addressFamilyInfo":
                    {"ipv4Unicast":{"acceptedPrefixCounter":\(now.received)}}}}
                    """
                )
            case "show bgp ipv4 unicast neighbors 10.7.0.1 advertised-routes json":
                return .reply(
                    #"{"advertisedRoutes":{"203.0.113.10/32":{"weight":32768}},"#
                        + #""totalPrefixCounter":1}"#
                )
            case "show work-queues":
                return .reply("P    Items  Hold\n  \(now.queued)  50  3  0 process_queue (null)\n")
            case "show bgp ipv4 unicast update-groups":
                return .reply(
                    """
                    Update-group 1:
                      Update-subgroup 1:
                        Packet queue length: \(now.packets)
                        Advertise list: \(now.advertiseList)
                        Peers:
                          - 10.7.0.1

                    """
                )
            case "show bgp ipv4 unicast 203.0.113.10/32 longer-prefixes json":
                return .reply(now.inside)
            default: return .reply()
            }
        }
    }

    private func withBGP(
        vrf: VRFName? = nil,
        _ body: (BGP, FakeDaemon, State) async throws -> Void
    ) async throws {
        let state = State()
        let daemon = FakeDaemon()
        try await daemon.start { state.act($0) }
        let bgp = BGP(
            asn: vrf == nil ? 65102 : 65103,
            vrf: vrf,
            socket: daemon.socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await body(bgp, daemon, state)
        await bgp.close()
        try await daemon.kill()
    }

    /// A prefix in the list of what a peer is sent may still be there with its old attributes: only
    /// when bgpd has nothing left to do is the peer known to have the new ones.
    @Test func provesByQuietWhatPeersHave() async throws {
        try await withBGP { bgp, _, state in
            let quiet = try await bgp.observe(owned: Self.owned)
            #expect(quiet.announced(Self.vip) == .policy(Self.policy))
            #expect(quiet.confirmed(Self.vip) == [Self.peer])
            for change: @Sendable (inout State.Values) -> Void in [
                { $0.queued = 1 }, { $0.advertiseList = "not empty" }, { $0.packets = 2 },
                { $0.outQueue = 1 },
            ] {
                state.change { $0 = State.Values() }
                state.change(change)
                let busy = try await bgp.observe(owned: Self.owned)
                #expect(busy.sent[Self.vip] == [Self.peer] && busy.confirmed(Self.vip).isEmpty)
            }
        }
    }

    @Test func aChangedRouteMapIsTampered() async throws {
        try await withBGP { bgp, _, state in
            state.change { $0.routeMapBody = " set metric 5\n" }
            let seen = try await bgp.observe(owned: Self.owned)
            let name = try #require(OwnedRouteMap(Self.policy, asn: 65102)).name
            #expect(seen.announced(Self.vip) == .tampered(name))
        }
    }

    /// One command, as long as nothing that it shows has changed.
    @Test func looksAgainOnlyWhenSomethingChanged() async throws {
        try await withBGP { bgp, daemon, state in
            let first = try await bgp.observe(owned: Self.owned)
            let before = daemon.received.count
            state.change { $0.uptime += 5_000 }
            let second = try await bgp.observe(owned: Self.owned, previous: first)
            #expect(second == first && daemon.received.count == before + 1)
            for change: @Sendable (inout State.Values) -> Void in [
                { $0.version += 1 }, { $0.sent += 1 }, { $0.received += 1 },
                { $0.established += 1 },
            ] {
                state.change(change)
                let count = daemon.received.count
                _ = try await bgp.observe(owned: Self.owned, previous: first)
                #expect(daemon.received.count > count + 4)
            }
            // Nor does it stand for other prefixes, or on another connection.
            state.change { $0 = State.Values() }
            let count = daemon.received.count
            _ = try await bgp.observe(owned: [], previous: first)
            #expect(daemon.received.count > count + 4)
            await bgp.close()
            let again = daemon.received.count
            _ = try await bgp.observe(owned: Self.owned, previous: first)
            #expect(daemon.received.count > again + 4)
        }
    }

    @Test func aGlanceProvesNothingWhileBGPDIsBusy() async throws {
        try await withBGP { bgp, daemon, state in
            state.change { $0.advertiseList = "not empty" }
            let busy = try await bgp.observe(owned: Self.owned)
            state.change { $0.advertiseList = "empty" }
            let after = try await bgp.observe(owned: Self.owned, previous: busy)
            #expect(busy.confirmed(Self.vip).isEmpty && after.confirmed(Self.vip) == [Self.peer])
        }
    }

    @Test func findsTheOtherPath() async throws {
        try await withBGP { bgp, daemon, state in
            #expect(try await bgp.observe(owned: Self.owned).otherPaths == [])
            #expect(!daemon.received.contains { $0.contains("longer-prefixes") })
            for (rows, isThere) in [
                (#"{"valid":true,"peerId":"(unspec)"}"#, false),
                (#"{"peerId":"10.7.0.1"}"#, false),
                (#"{"valid":true,"peerId":"(unspec)"},{"valid":true,"peerId":"10.7.0.1"}"#, true),
                // In graceful shutdown it is about to go.
                (#"{"valid":true,"peerId":"10.7.0.1","locPrf":0}"#, false),
                (#"{"valid":true,"peerId":"10.7.0.1","locPrf":100}"#, true),
            ] {
                state.change { values in
                    values.received += 1
                    values.inside = #"{"routes":{"203.0.113.10/32":[\#(rows)]}}"#
                }
                let seen = try await bgp.observe(owned: Self.owned)
                #expect(seen.otherPaths == (isThere ? [Self.vip] : []))
                // A count that stays keeps the answer.
                let count = daemon.received.filter { $0.contains("longer-prefixes") }.count
                state.change { $0.version += 1 }
                let next = try await bgp.observe(owned: Self.owned, previous: seen)
                #expect(next.otherPaths == seen.otherPaths)
                #expect(
                    daemon.received.filter { $0.contains("longer-prefixes") }.count == count
                )
            }
        }
    }

    /// Every question names the VRF, and its instance is entered by its number.
    @Test func speaksOfItsVRF() async throws {
        let blue = try VRFName(parsing: "blue")
        try await withBGP(vrf: blue) { bgp, daemon, state in
            let seen = try await bgp.observe(owned: Self.owned)
            #expect(seen.announced(Self.vip) == .plain && seen.instance?.asn == 65103)
            let questions = daemon.received.filter { $0.hasPrefix("show bgp") }
            #expect(questions.count == 5)
            #expect(questions.allSatisfy { $0.hasPrefix("show bgp vrf blue ") })
            let refused = await #expect(throws: FRRError.self) {
                try await bgp.withdraw([Self.vip])
            }
            // The summary of this fake says 65102.
            #expect(refused == .otherASN(configured: 65103, running: 65102))
            #expect(!daemon.received.contains("configure terminal"))
        }
    }

    @Test(arguments: [
        "", "all", "default", "a b", "x|y", "a\nb", String(repeating: "v", count: 37),
    ])
    func refusesOtherVRFNames(text: String) {
        #expect(throws: ParseError.self) { try VRFName(parsing: text) }
    }
}

/// What bgpd says about its own backlog.
@Suite struct BGPQuietTests {
    @Test(
        arguments: [
            ("P    Items  Hold\n         0    50        3 process_queue (null)\n", true),
            ("P    Items  Hold\n         1    50        3 process_queue VRF default\n", false),
            ("    0    50        3 process_queue a\nP    2    50     3 process_queue b\n", false),
            ("         0    50        3 process_main_queue\n", true),
            ("         0    50        3 label callbacks\n", nil), ("", nil),
            ("x process_queue\n", nil),
        ] as [(String, Bool?)]
    )
    func readsTheQueues(text: String, isProcessed: Bool?) {
        #expect(BGPQuiet.isProcessed(workQueues: text) == isProcessed)
    }
}
