import FRR
import Logging
import Net
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// A bgpd of Quagga that keeps statements and one lock, and prints them as Quagga 1.2.4 does.
private final class FakeQuagga: Sendable {
    struct State {
        var networks: Set<String> = []
        var isConfiguring = false
        /// How often the lock is still held by somebody else.
        var lockedFor = 0
        var isV6 = false
    }

    let state = Mutex(State())

    /// The table of what the peer is sent, with the columns of the real one.
    private static func table(_ prefixes: [String]) -> String {
        guard !prefixes.isEmpty else { return "" }
        let rows = prefixes.map { prefix in
            let padded = prefix.padding(to: 17)
            let head = prefix.count > 16 ? prefix + "\n" + "".padding(to: 20) : padded
            return "*> \(head)10.7.0.1                 0          32768 i\n"
        }
        return "BGP table version is 0, local router ID is 10.7.0.1\n\n"
            + "   Network          Next Hop            Metric LocPrf Weight Path\n" + rows.joined()
            + "\nTotal number of prefixes \(prefixes.count)\n"
    }

    private static let summary = """
        BGP router identifier 10.7.0.1, local AS number 65101

        Neighbor        V         AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
        10.7.0.2        4 65102       4       6        0    0    0 00:00:05        0

        Total number of neighbors 1

        """

    private static let neighbors = """
        BGP neighbor is 10.7.0.2, remote AS 65102, local AS 65101, external link
          BGP state = Established, up for 00:00:05
         For address family: IPv4 Unicast
          0 accepted prefixes
         For address family: IPv6 Unicast
          0 accepted prefixes

        """

    func act(_ command: String) -> FakeDaemon.Act {
        state.withLock { state in
            switch command {
            case "show ip bgp summary", "show bgp ipv6 unicast summary":
                return .reply(Self.summary)
            case "show work-queues": return .reply("         0    50  3  process_main_queue\n")
            case "show ip bgp neighbors": return .reply(Self.neighbors)
            case "show ip bgp neighbors 10.7.0.2 advertised-routes":
                return .reply(Self.table(state.networks.filter { !$0.contains(":") }.sorted()))
            case "show bgp ipv6 neighbors 10.7.0.2 advertised-routes":
                return .reply(Self.table(state.networks.filter { $0.contains(":") }.sorted()))
            case "show running-config":
                func lines(_ isV6: Bool) -> String {
                    state.networks.filter { $0.contains(":") == isV6 }.sorted()
                        .map { " network \($0)\n" }.joined()
                }
                return .reply(
                    "hostname qa\n!\nrouter bgp 65101\n\(lines(false))!\n address-family ipv6\n"
                        + "\(lines(true)) exit-address-family\n exit\n!\nline vty\n!\n"
                )
            case "configure terminal" where state.lockedFor > 0:
                state.lockedFor -= 1
                return .reply("VTY configuration is locked by other VTY\n", status: 1)
            case "configure terminal":
                state.isConfiguring = true
                return .reply()
            case "end":
                state.isConfiguring = false
                return .reply()
            case "router bgp 65101", "exit-address-family", "address-family ipv4 unicast",
                "address-family ipv6 unicast":
                return state.isConfiguring ? .reply() : .reply("% Unknown command.\n", status: 2)
            default: return Self.statement(command, &state)
            }
        }
    }

    private static func statement(_ command: String, _ state: inout State) -> FakeDaemon.Act {
        let words = command.split(separator: " ").map(String.init)
        guard state.isConfiguring, let prefix = words.last else {
            return .reply("% [BGP] Unknown command: \(command)\n", status: 2)
        }
        switch words.first {
        case "network":
            state.networks.insert(prefix)
            return .reply()
        case "no" where state.networks.remove(prefix) != nil: return .reply()
        default:
            let words = "% Can't find specified static route configuration.\n"
            return .reply(words, status: 1)
        }
    }
}

extension String {
    fileprivate func padding(to count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - self.count))
    }
}

/// A whole round with Quagga: announce, read back, withdraw, read back.
@Suite(.timeLimit(.minutes(10))) struct QuaggaRoundTests {
    private func withQuagga(
        vrf: VRFName? = nil,
        _ body: (BGP, FakeQuagga, FakeDaemon) async throws -> Void
    ) async throws {
        let quagga = FakeQuagga()
        let daemon = FakeDaemon(version: "Quagga 1.2.4 (qa).\n")
        try await daemon.start { quagga.act($0) }
        let patience = LockPatience(
            attempts: 3,
            backoff: Backoff(first: .microseconds(1), longest: .microseconds(1))
        )
        let bgp = BGP(
            asn: 65101,
            vrf: vrf,
            socket: daemon.socket,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: .patient,
            patience: patience,
            jitter: SeededGenerator(seed: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await body(bgp, quagga, daemon)
        await bgp.close()
        try await daemon.kill()
    }

    private static let owned = [
        Prefix(IPAddress(v4: 0x0a00_0000), length: 8), Prefix(IPAddress(v6: 0), length: 0),
    ].compactMap { $0 }

    private static let addresses =
        (0..<300).map { IPAddress(v4: 0x0a00_0001 + $0) }
        + [IPAddress(v6: UInt128(0x2001_0db8) << 96 | 1)]

    @Test func announcesAndWithdraws() async throws {
        try await withQuagga { bgp, quagga, daemon in
            let announced = try await bgp.advertise(Self.addresses.map { BGPAnnouncement($0) })
            #expect(announced.count == 301 && announced.values.allSatisfy { $0 == .accepted })
            let peer = PeerName(IPAddress(v4: 0x0a07_0002))
            let seen = try await bgp.observe(owned: Self.owned)
            // Unknown is not none: a drain would be refused for a last path that may not be one.
            #expect(seen.otherPaths == nil)
            #expect(Set(seen.sent.keys) == Set(Self.addresses))
            #expect(seen.sent.values.allSatisfy { $0 == [peer] })
            #expect(seen.advertisementLag == [peer: .seconds(31)] && seen.withheld.isEmpty)
            #expect(seen.version.product == .quagga && seen.instance?.asn == 65101)
            // Nothing proves that an unchanged glance means an unchanged table: it looks again.
            let count = daemon.received.count
            _ = try await bgp.observe(owned: Self.owned, previous: seen)
            #expect(daemon.received.count > count + 4)
            let gone = try await bgp.withdraw(Self.addresses + [IPAddress(v4: 1)])
            #expect(gone[.withdraw(IPAddress(v4: 1))] == .alreadyAbsent)
            #expect(gone.values.filter { $0 == .accepted }.count == 301)
            #expect(try await bgp.observe(owned: Self.owned).sent.isEmpty)
            // The lock is free between two pieces: 301 lines are two of them, at 256 each.
            #expect(daemon.received.filter { $0 == "configure terminal" }.count == 4)
            #expect(quagga.state.withLock { !$0.isConfiguring })
        }
    }

    @Test func waitsForTheLockForAWhile() async throws {
        try await withQuagga { bgp, quagga, daemon in
            quagga.state.withLock { $0.lockedFor = 2 }
            let outcomes = try await bgp.advertise([BGPAnnouncement(IPAddress(v4: 1))])
            #expect(Array(outcomes.values) == [.accepted])
            quagga.state.withLock { $0.lockedFor = 3 }
            let error = await #expect(throws: FRRError.self) {
                try await bgp.withdraw([IPAddress(v4: 1)])
            }
            #expect(error?.code == "F121")
            #expect(error?.because == "VTY configuration is locked by other VTY")
            #expect(quagga.state.withLock { $0.networks } == ["0.0.0.1/32"])
        }
    }

    /// It has neither; nothing is sent that could mean something else.
    @Test func refusesWhatQuaggaDoesNotHave() async throws {
        try await withQuagga { bgp, _, daemon in
            let policy = RoutePolicy(bandwidth: 100)
            let error = await #expect(throws: FRRError.self) {
                try await bgp.advertise([BGPAnnouncement(IPAddress(v4: 1), policy, asn: 65101)])
            }
            #expect(error?.code == "F122" && daemon.received.isEmpty)
        }
        try await withQuagga(vrf: try VRFName(parsing: "blue")) { bgp, _, daemon in
            let error = await #expect(throws: FRRError.self) { try await bgp.summary() }
            #expect(error?.code == "F122" && daemon.received.isEmpty)
        }
    }
}
