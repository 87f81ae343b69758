import Core
import Daemon
import Logging
import Net
import Probes
import Testing

/// How a probe goes out that is to reach its server through a VIP.
@Suite struct ProbePassageTests {
    private static let own = IPAddress(v4: 0x0a14_0001)
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let path = ProbePath(
        to: IPAddress(v4: 0x0a14_000b),
        port: 80,
        by: .directRouting
    )

    private func service(_ source: ProbeSource = .address(Self.own)) -> ProbeService<ManualClock> {
        ProbeService(
            clock: ManualClock(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            probe: { _ in Outcome(.l4ok) },
            sink: { _ in },
            source: { server in
                #expect(server == Self.path.server)
                return source
            }
        )
    }

    private func target(_ origin: ProbeOrigin = ProbeOrigin(), via: Check.Via = .vip) -> ProbeTarget
    {
        let check = Check(method: .tcp, origin: origin, via: via)
        return ProbeTarget(
            endpoint: Endpoint(Self.vip, 80),
            check: check,
            path: via == .vip ? Self.path : nil
        )
    }

    @Test func withTheMarkOfItsWayFromTheDirectorsOwnAddress() {
        let sent = service().passage(of: target(), [Self.path: 77])
        #expect(sent == .sent(target().sent(from: ProbeOrigin(v4: Self.own, mark: 77))))
    }

    @Test func fromTheSourceOfTheCheckWhereItHasOne() {
        let origin = ProbeOrigin(v4: IPAddress(v4: 9))
        let sent = service(.none(Outcome(.socketError))).passage(
            of: target(origin),
            [Self.path: 77]
        )
        #expect(sent == .sent(target().sent(from: ProbeOrigin(v4: IPAddress(v4: 9), mark: 77))))
    }

    @Test func notWithoutAWay() {
        guard case .none(let outcome) = service().passage(of: target(), [:]) else {
            Issue.record("it was sent, to whichever server the VIP chooses")
            return
        }
        #expect(outcome.verdict == .unknown)
        #expect(outcome.detail.contains("no path of checks to 10.20.0.11 by dr"))
    }

    @Test func notFromTheVIPItself() {
        let passage = service(.address(Self.vip)).passage(of: target(), [Self.path: 77])
        guard case .none(let outcome) = passage else {
            Issue.record("the real server would answer itself")
            return
        }
        #expect(outcome.verdict == .unknown && outcome.detail.contains("`source`"))
    }

    @Test func notWithoutAWayToTheServer() {
        let lost = Outcome(.l4connection, detail: "no way to 10.20.0.11: network unreachable")
        #expect(service(.none(lost)).passage(of: target(), [Self.path: 77]) == .none(lost))
    }

    @Test func aSelfCheckHasNoMark() {
        let check = Check(method: .tcp, via: .vip)
        let target = ProbeTarget(
            service: Endpoint(Self.vip, 80),
            check: check,
            anyLike: Self.path.server
        )
        let sent = service().passage(of: target, [Self.path: 77])
        #expect(sent == .sent(target.sent(from: ProbeOrigin(v4: Self.own))))
    }

    @Test func aPlainProbeAsItIs() {
        let plain = target(ProbeOrigin(mark: 5), via: .direct)
        #expect(service(.none(Outcome(.socketError))).passage(of: plain, [:]) == .sent(plain))
    }

    /// What the kernel of this machine says.
    @Test func theKernelIsAskedForTheSource() throws {
        let loopback = try IPAddress(parsing: "127.0.0.1")
        #expect(ProbeSource.chosen(toward: loopback) == .address(loopback))
        let broadcast = try IPAddress(parsing: "255.255.255.255")
        guard case .none(let outcome) = ProbeSource.chosen(toward: broadcast) else {
            Issue.record("there is a source for packets to everybody")
            return
        }
        #expect(outcome.verdict != .passed && outcome.detail.hasPrefix("no way to 255.255.255.255"))
    }
}
