import Core
import Net
import TestSupport
import Testing

@testable import Daemon

/// The stop of last resort, against a routing daemon that is played.
@Suite struct EmergencyStopTests {
    private static let range = [ip("203.0.113.0/24")]
    private static let web = ip("203.0.113.10/32")
    private static let dns = ip("203.0.113.53/32")
    private static let aggregate = ip("203.0.113.0/25")
    private static let foreign = ip("198.51.100.1/32")
    private static let peers = [
        Peer(id: "10.0.0.1", asn: 65_000, state: "Established"),
        Peer(id: "10.0.0.2", asn: 65_000, state: "Idle"),
    ]

    private static func ip(_ text: String) -> Prefix {
        do {
            return try Prefix(parsing: text)
        } catch {
            preconditionFailure("\(text) is no prefix")
        }
    }

    private typealias Played = PlayedPlane<RoutingFacts>

    private static func facts(_ refusal: Fault? = nil) -> RoutingFacts {
        RoutingFacts(
            BGPFacts(
                refusal: refusal,
                peers: peers,
                // What is not a host prefix, or not ours, is not even listed by a plane of ours.
                announced: [
                    web: Announcement(), dns: Announcement(.soft), aggregate: Announcement(),
                    foreign: Announcement(foreignForm: "X"),
                ],
                sentTo: [web: ["10.0.0.1"], dns: ["10.0.0.1"]]
            )
        )
    }

    private static func change(
        _ facts: inout RoutingFacts,
        _ edit: (inout BGPFacts) -> Void
    ) {
        guard case .success(var inner) = facts.speakers[Speaker.usualName] else { return }
        edit(&inner)
        facts = RoutingFacts(inner)
    }

    private static func withdraws(_ change: Change, _ facts: inout RoutingFacts) {
        guard case .withdraw(let address, _) = change else { return }
        Self.change(&facts) {
            $0.announced[Prefix(host: address)] = nil
            $0.sentTo[Prefix(host: address)] = nil
        }
    }

    private static func stop(
        _ planes: [any Plane<RoutingFacts>],
        clock: ManualClock = ManualClock()
    ) -> EmergencyStop<ManualClock> {
        EmergencyStop(
            speakers: planes.map { plane in
                .init(name: Speaker.usualName, plane: plane, configured: [web.address])
            },
            owned: range,
            clock: clock
        )
    }

    /// Lets the time pass until `work` has ended.
    private static func passing(
        _ clock: ManualClock,
        _ work: @escaping @Sendable () async -> [StopReport]
    ) async -> [StopReport] {
        await withTaskGroup(of: [StopReport]?.self) { group in
            group.addTask { await work() }
            group.addTask {
                while !Task.isCancelled {
                    if clock.hasSleepers { clock.advance(by: .milliseconds(100)) }
                    await Task.yield()
                }
                return nil
            }
            let reports = await group.next() ?? nil
            group.cancelAll()
            return reports ?? []
        }
    }

    @Test func withdrawsOwnedHostPrefixesAndNothingElse() async throws {
        let plane = Played(Self.facts(), carryOut: Self.withdraws)
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(30)) }
        #expect(plane.applied == [.withdraw(Self.web.address), .withdraw(Self.dns.address)])
        let report = try #require(reports.first)
        #expect(report.isGone)
        #expect(!report.isLate)
        #expect(report.routes.map(\.prefix) == ["203.0.113.10/32", "203.0.113.53/32"])
        #expect(report.routes.allSatisfy { $0.wasSentTo == ["10.0.0.1"] && $0.isGone })
        #expect(report.silentPeers == ["10.0.0.2 (Idle)"])
    }

    @Test func doesNothingTwice() async {
        let plane = Played(RoutingFacts(BGPFacts(peers: Self.peers)), carryOut: Self.withdraws)
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(30)) }
        #expect(plane.applied.isEmpty)
        #expect(reports.first?.isGone == true)
        #expect(reports.first?.routes.isEmpty == true)
    }

    @Test func meetsADirectorThatAnnouncesAgain() async {
        let plane = Played(Self.facts()) { change, facts in
            var wasThere = false
            Self.change(&facts) { wasThere = $0.announced[Self.dns] != nil }
            Self.withdraws(change, &facts)
            // Somebody puts it back once, after it was taken away for the first time.
            guard wasThere, change == .withdraw(Self.dns.address) else { return }
            Self.change(&facts) { $0.announced[Self.web] = Announcement() }
        }
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(30)) }
        #expect(reports.first?.isGone == true)
        #expect(plane.applied.count { $0 == .withdraw(Self.web.address) } == 2)
    }

    @Test func countsAPeerThatIsStillSentARoute() async {
        let plane = Played(Self.facts()) { change, facts in
            // Accepted, and never carried out towards the peer.
            guard case .withdraw(let address, _) = change else { return }
            Self.change(&facts) { $0.announced[Prefix(host: address)] = nil }
        }
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(1)) }
        #expect(reports.first?.isGone == false)
        #expect(reports.first?.isLate == true)
        #expect(reports.first?.routes.first?.stillSentTo == ["10.0.0.1"])
    }

    @Test func leavesAnotherInstanceAlone() async {
        let facts = Self.facts(Fault(code: "F108", summary: "another AS"))
        let plane = Played(facts, carryOut: Self.withdraws)
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(30)) }
        #expect(plane.applied.isEmpty)
        #expect(reports.first?.fault?.code == "F108")
        #expect(reports.first?.isLate == false)
    }

    @Test func doesNotWaitForADaemonThatDoesNotRun() async {
        let plane = BlindPlane(Fault(code: "F102", summary: "not running"))
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(30)) }
        #expect(reports.first?.isUnreachable == true)
        #expect(reports.first?.isLate == false)
        #expect(plane.applied.isEmpty)
    }

    /// What a bgpd that does not run would announce once it starts is taken out of the kernel.
    @Test(arguments: ["F102", "F108", "F109"])
    func clearsTheKernelWhereBgpdCannotBeWrittenTo(code: String) async {
        let fault = Fault(code: code, summary: "not to be written to")
        let clock = ManualClock()
        func stop(_ plane: any Plane<RoutingFacts>) -> EmergencyStop<ManualClock> {
            EmergencyStop(
                speakers: [
                    .init(
                        name: Speaker.usualName,
                        plane: plane,
                        configured: [],
                        clearKernel: { .success([Self.web.address]) }
                    )
                ],
                owned: Self.range,
                clock: clock
            )
        }
        let stopped =
            code == "F102"
            ? stop(BlindPlane(fault)) : stop(Played(Self.facts(fault), carryOut: Self.withdraws))
        let reports = await Self.passing(clock) { await stopped.perform(within: .seconds(30)) }
        #expect(reports.first?.clearedFromKernel == ["203.0.113.10/32"])

        let healthy = stop(Played(Self.facts(), carryOut: Self.withdraws))
        let others = await Self.passing(clock) { await healthy.perform(within: .seconds(30)) }
        #expect(others.first?.clearedFromKernel == nil)
    }

    @Test func writesWhatIsConfiguredWhereItCannotRead() async {
        let plane = BlindPlane(Fault(code: "F115", summary: "makes no sense"))
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(1)) }
        #expect(plane.applied == [.withdraw(Self.web.address)])
        #expect(reports.first?.wasToldUnseen == true)
        #expect(reports.first?.isGone == false)
        #expect(reports.first?.isLate == true)
    }

    @Test func isNotKeptByOneThatHangs() async {
        let hung = Played(Self.facts(), hangs: true, carryOut: Self.withdraws)
        let plane = Played(Self.facts(), carryOut: Self.withdraws)
        let clock = ManualClock()
        let stop = Self.stop([hung, plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.perform(within: .seconds(5)) }
        #expect(reports.map(\.speaker) == ["bgpd", "bgpd"])
        #expect(reports.map(\.isGone) == [false, true])
        #expect(reports.first?.fault?.code == "D440")
    }

    @Test func surveysWithoutAWrite() async {
        let plane = Played(Self.facts(), carryOut: Self.withdraws)
        let clock = ManualClock()
        let stop = Self.stop([plane], clock: clock)
        let reports = await Self.passing(clock) { await stop.survey(within: .seconds(5)) }
        #expect(plane.applied.isEmpty)
        #expect(reports.first?.routes.count == 2)
    }
}

/// A routing daemon that takes every write and cannot be read.
private final class BlindPlane: Plane {
    private let fault: Fault
    private let inner = PlayedPlane(RoutingFacts([:])) { _, _ in }

    init(_ fault: Fault) { self.fault = fault }

    var applied: [Change] { inner.applied }

    func observe() async throws(Fault) -> RoutingFacts { throw fault }

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] { await inner.apply(changes) }

    func watch(reporting report: @escaping @Sendable () -> Void) async {}
}
