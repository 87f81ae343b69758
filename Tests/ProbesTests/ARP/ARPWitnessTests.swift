import Core
import Net
import Synchronization
import Testing

@testable import Probes

/// Results wait for what ARP says, and only those that it may change.
@Suite struct ARPWitnessTests {
    /// A server of the networks that nobody was ever given, so that it is on no link of any host.
    private static func order(by forwarding: Forwarding) -> ProbeOrder {
        let path = ProbePath(to: IPAddress(v4: 0xf000_0001), port: 80, by: forwarding)
        let target = ProbeTarget(
            endpoint: Endpoint(IPAddress(v4: 0xcb00_710a), 80),
            check: Check(method: .tcp),
            path: path
        )
        return ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)
    }

    /// Whoever cannot be asked is told, and stays what the check found.
    @Test func aPassIsReportedWithWhatIsUnknown() async throws {
        let (ends, continuation) = AsyncStream.makeStream(of: ProbeEnd.self)
        let witness = try ARPWitness { for end in $0 { continuation.yield(end) } }
        let order = Self.order(by: .directRouting)
        witness.accompany([order, order])
        witness.take([ProbeEnd(order, Outcome(.l4ok, detail: "connected"))])
        for await end in ends {
            #expect(end.outcome.code == .l4ok)
            #expect(end.outcome.detail.hasPrefix("connected; ARP of the VIP unknown: "))
            break
        }
        witness.stop()
    }

    @Test func everythingElseIsReportedAtOnce() throws {
        let reported = Mutex([ProbeEnd]())
        let witness = try ARPWitness { ends in reported.withLock { $0 += ends } }
        let (routed, tunnelled) = (Self.order(by: .directRouting), Self.order(by: .tunnel))
        witness.accompany([tunnelled])
        witness.take([
            ProbeEnd(routed, Outcome(.l4timeout)), ProbeEnd(routed, Outcome(.socketError)),
            ProbeEnd(tunnelled, Outcome(.l4ok)),
        ])
        let codes = reported.withLock { $0.map(\.outcome.code) }
        #expect(codes == [.l4timeout, .socketError, .l4ok])
        witness.stop()
    }
}
