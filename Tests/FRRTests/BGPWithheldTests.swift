import Logging
import Net
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import FRR

/// A prefix that some peers are sent and others are not: which, and why.
@Suite(.timeLimit(.minutes(10))) struct BGPWithheldTests {
    private static let owned = [Prefix(IPAddress(v4: 0xcb00_7000), length: 20)].compactMap(\.self)
    private static let (first, second, third) = (
        PeerName(IPAddress(v4: 0x0a07_0001)), PeerName(IPAddress(v4: 0x0a07_0002)),
        PeerName(IPAddress(v4: 0x0a07_0003))
    )
    private static let count = 100

    private static func vip(_ index: Int) -> IPAddress {
        IPAddress(v4: 0xcb00_7000 + UInt32(index))
    }

    /// What a bgpd of a hundred VIPs and three peers says: the first is sent all of them, the
    /// second only those that `isPassed`, the third is down.
    private struct Answers: Sendable {
        var settings = #""routeMapForOutgoingAdvertisements":"DENY""#
        var isPassed: @Sendable (Int) -> Bool = { _ in false }
        var list = "empty"
        /// Whether the table says by now that the second is sent everything.
        var isSentMeanwhile = false

        func act(_ command: String) -> FakeDaemon.Act {
            let indices = 0..<BGPWithheldTests.count
            switch command {
            case "show bgp summary json":
                let peers = ["10.7.0.1", "10.7.0.2"].map { #""\#($0)":{"remoteAs":65101,"# + rest }
                return .reply(
                    #"{"ipv4Unicast":{"as":65102,"tableVersion":7,"peers":{"#
                        + peers.joined(separator: ",") + "}}}"
                )
            case "show running-config":
                let lines = indices.map { "  network \(Prefix(host: BGPWithheldTests.vip($0)))\n" }
                return .reply(
                    "router bgp 65102\n address-family ipv4 unicast\n" + lines.joined()
                        + " exit-address-family\nexit\n"
                )
            case "show bgp neighbors json":
                func peer(_ name: String, _ state: String, _ words: String) -> String {
                    #""\#(name)":{"remoteAs":65101,"bgpState":"\#(state)","#
                        + #""addressFamilyInfo":{"ipv4Unicast":{\#(words)}}}"#
                }
                return .reply(
                    "{" + peer("10.7.0.1", "Established", "") + ","
                        + peer("10.7.0.2", "Established", settings) + ","
                        + peer("10.7.0.3", "Active", settings) + "}"
                )
            case "show bgp ipv4 unicast neighbors 10.7.0.1 advertised-routes json":
                return sent(Array(indices))
            case "show bgp ipv4 unicast neighbors 10.7.0.2 advertised-routes json":
                return sent(indices.filter(isPassed))
            case "show work-queues":
                return .reply("P    Items  Hold\n  0  50  3  0 process_queue (null)\n")
            case "show bgp ipv4 unicast update-groups":
                return .reply(
                    "Update-group 1:\n  Update-subgroup 1:\n    Packet queue length: 0\n"
                        + "    Advertise list: \(list)\n      - 10.7.0.1\n      - 10.7.0.2\n"
                )
            case let line where line.hasPrefix("show bgp ipv4 unicast 203."):
                let second = isSentMeanwhile ? #","10.7.0.2":{}"# : ""
                return .reply(
                    #"{"paths":[{"valid":true,"local":true,"sourced":true,"bestpath":{"overall":"#
                        + #"true},"nexthops":[{"accessible":true}],"peer":{"peerId":"0.0.0.0"}}],"#
                        + #""advertisedTo":{"10.7.0.1":{}\#(second)}}"#
                )
            default: return .reply()
            }
        }

        private var rest: String {
            #""outq":0,"peerUptimeMsec":1000,"pfxRcd":0,"pfxSnt":1,"state":"Established","#
                + #""peerState":"OK","connectionsEstablished":1,"tableVersion":0}"#
        }

        private func sent(_ indices: [Int]) -> FakeDaemon.Act {
            let routes = indices.map { index in
                #""\#(Prefix(host: BGPWithheldTests.vip(index)))":{"weight":32768}"#
            }
            return .reply(
                #"{"advertisedRoutes":{\#(routes.joined(separator: ","))},"#
                    + #""totalPrefixCounter":\#(indices.count)}"#
            )
        }
    }

    private func observe(
        _ answers: Answers,
        _ body: (BGPObservation, FakeDaemon) throws -> Void
    ) async throws {
        let daemon = FakeDaemon()
        try await daemon.start { answers.act($0) }
        let bgp = BGP(
            asn: 65102,
            socket: daemon.socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try body(try await bgp.observe(owned: Self.owned), daemon)
        await bgp.close()
        try await daemon.kill()
    }

    @Test func namesTheFilterOfASecondPeerWithinTheBound() async throws {
        try await observe(Answers(isPassed: { $0 >= 90 })) { seen, daemon in
            #expect(seen.obstacles.isEmpty)
            #expect(seen.withheld.count == VTYLimits.explainedRoutes)
            #expect(
                seen.withheld.values.allSatisfy {
                    $0 == [Self.second: .filtered(Self.second, by: ["DENY"])]
                }
            )
            #expect(seen.withheldCounts == [Self.second: 90])
            let looked = daemon.received.filter { $0.hasPrefix("show bgp ipv4 unicast 203.") }
            #expect(looked.count == VTYLimits.explainedRoutes)
            // Nothing of it is about to change, so a glance may stand for it.
            #expect(seen.stands(seen.glance, on: seen.connection, owned: Self.owned))
        }
    }

    @Test(arguments: [
        (#""outboundEbgpRequiresPolicy":"x""#, "F105"), ("", "F128"),
        (#""outgoingUpdatePrefixFilterList":"OUT""#, "F111"),
    ])
    func tellsTheReasonsApart(settings: String, code: String) async throws {
        try await observe(Answers(settings: settings)) { seen, _ in
            let found = seen.withheld[Self.vip(1)]
            #expect(found?.mapValues(\.code) == [Self.second: code])
        }
    }

    @Test func whatIsStillUnderWayIsNotWithheld() async throws {
        for answers in [Answers(list: "not empty"), Answers(isSentMeanwhile: true)] {
            try await observe(answers) { seen, _ in
                #expect(seen.withheld.isEmpty && seen.withheldCounts.isEmpty)
            }
        }
    }

    @Test func aPeerThatIsSentAllIsNotNamed() async throws {
        try await observe(Answers(isPassed: { _ in true })) { seen, daemon in
            #expect(seen.withheld.isEmpty)
            #expect(!daemon.received.contains { $0.hasPrefix("show bgp ipv4 unicast 203.") })
        }
    }
}
