import Core
import Net
import TestSupport
import Testing

/// One VIP, one change at a time: what is wanted then, and the reason given.
@Suite struct GateTests {
    private static let outage = Fault(code: "F104", summary: "outage")

    @Test func allInOrderIsLeftAsItIs() throws {
        for announced in [true, false] {
            var bench = try GateBench(announced: announced)
            let decision = bench.decide()
            #expect(decision.verdict == .announce)
            #expect(decision.wanted.announced)
            #expect(decision.wanted.bound)
            #expect(decision.wanted.services == bench.sight.slice.services)
        }
    }

    @Test func quorumLostEndsAnAnnouncementAtOnce() throws {
        var bench = try GateBench()
        bench.up = [GateBench.first: false, GateBench.second: false]
        let decision = bench.decide()
        #expect(decision.verdict.reason?.code == "no-quorum")
        #expect(!decision.wanted.announced)
        #expect(bench.weights() == [0, 0])
    }

    @Test func oneServerLostOnlyLosesItsWeight() throws {
        var bench = try GateBench()
        bench.up[GateBench.first] = false
        #expect(bench.weights() == [0, 1])
        #expect(bench.decide().verdict == .announce)
    }

    /// Up at 2 of 2, it stays up at 1 and comes back only at 2.
    @Test func watermarksDiffer() throws {
        var bench = try GateBench()
        bench.vip?.services[0].quorum = Quorum(up: .percent(100), down: .percent(50))
        #expect(bench.decide().verdict == .announce)
        bench.up[GateBench.first] = false
        #expect(bench.decide().verdict == .announce)
        bench.up[GateBench.second] = false
        #expect(bench.decide().verdict != .announce)
        bench.up[GateBench.second] = true
        #expect(bench.decide().verdict != .announce)
        bench.up[GateBench.first] = true
        #expect(bench.decide().verdict == .announce)
    }

    /// A restarted director that has not seen bgpd yet cannot know which watermark held.
    @Test func aRestartBetweenTheWatermarksKeepsTheAnnouncement() throws {
        var bench = try GateBench(announced: false)
        bench.vip?.services[0].quorum = Quorum(up: .percent(100), down: .percent(50))
        bench.scene.bgp = .unseen
        bench.up[GateBench.second] = false
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 0)
        #expect(!bench.decide().wanted.announced)
        bench.scene.bgp = .seen
        bench.sight.slice.announcement = Announcement()
        #expect(bench.decide().verdict == .announce)
    }

    @Test func holdUpDelaysTheFirstAnnouncementAndNoOther() throws {
        var bench = try GateBench(announced: false)
        bench.memory.healthySince = nil
        bench.memory.goneSince = .zero
        let decision = bench.decide()
        #expect(decision.verdict == .withhold(.holdUp(remaining: .seconds(10))))
        #expect(decision.revisitAt == bench.now + .seconds(10))
        bench.now = bench.now + .seconds(10)
        #expect(bench.decide().verdict == .announce)

        bench = try GateBench(announced: true)
        bench.memory.healthySince = nil
        #expect(bench.decide().verdict == .announce)
    }

    @Test func holdDownDelaysOnlyTheEnd() throws {
        var bench = try GateBench()
        bench.vip?.holdDown = .seconds(5)
        bench.up = [GateBench.first: false, GateBench.second: false]
        #expect(bench.decide().wanted.announced)
        bench.now = bench.now + .seconds(5)
        #expect(!bench.decide().wanted.announced)

        bench = try GateBench(announced: false)
        bench.vip?.holdDown = .seconds(5)
        bench.up = [GateBench.first: false, GateBench.second: false]
        #expect(!bench.decide().wanted.announced)
    }

    /// A standing announcement that lost its footing is repaired first, and ends when that fails.
    @Test func lostFootingIsRepairedWithinTheGrace() throws {
        for lose in [
            { (bench: inout GateBench) in bench.sight.slice.bound = false },
            { (bench: inout GateBench) in bench.sight.slice.services = [:] },
            { (bench: inout GateBench) in
                bench.sight.slice.services[GateBench.id]?.scheduling = nil
            },
        ] {
            var bench = try GateBench()
            lose(&bench)
            var decision = bench.decide()
            #expect(decision.isRepairing)
            #expect(decision.wanted.announced)
            #expect(decision.revisitAt == bench.now + Gate.repairGrace)
            bench.now = bench.now + Gate.repairGrace
            decision = bench.decide()
            #expect(!decision.wanted.announced)
            #expect(decision.wanted.bound)
        }
    }

    @Test func nothingIsAnnouncedWithoutItsFooting() throws {
        var bench = try GateBench(announced: false)
        bench.sight.slice.bound = false
        #expect(bench.decide().verdict == .withhold(.addressMissing))
        bench = try GateBench(announced: false)
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 0)
        #expect(bench.decide().verdict.reason?.code == "services-missing")
    }

    /// The address comes first: it is what tells whose the service is.
    @Test func noServiceIsCreatedBeforeItsAddressIsSeen() throws {
        var bench = try GateBench(announced: false)
        bench.sight.slice = .empty
        #expect(bench.decide().wanted == Slice(bound: true))
        bench.sight.slice.bound = true
        #expect(bench.decide().wanted.services.count == 1)
    }

    @Test func aWrongSettingHoldsBackAndDoesNotEnd() throws {
        var bench = try GateBench(announced: false)
        bench.scene.wrongSettings = ["net.ipv4.vs.sloppy_tcp"]
        #expect(bench.decide().verdict.reason?.code == "settings-wrong")
        bench = try GateBench(announced: true)
        bench.scene.wrongSettings = ["net.ipv4.vs.sloppy_tcp"]
        #expect(bench.decide().verdict == .announce)
    }

    /// A failed look is not an empty look, and no look at all is none either.
    @Test(arguments: [Scene.Visibility.unseen, .blind(outage)])
    func whatCannotBeSeenIsLeft(visibility: Scene.Visibility) throws {
        for plane in PlaneName.allCases {
            var bench = try GateBench(announced: true)
            bench.scene[plane] = visibility
            #expect(bench.decide().wanted.announced, "\(plane)")
            bench = try GateBench(announced: false)
            bench.scene[plane] = visibility
            #expect(bench.decide().verdict != .announce, "\(plane)")
        }
    }

    @Test func anotherASIsNeverWrittenTo() throws {
        for announced in [true, false] {
            var bench = try GateBench(announced: announced)
            bench.scene.refusal = Fault(code: "F108", summary: "other AS")
            let decision = bench.decide()
            #expect(decision.verdict.reason?.code == "refused")
            #expect(decision.wanted.announced == announced)
        }
    }

    @Test func aDrainWithdrawsAndLeavesTheRest() throws {
        var bench = try GateBench()
        bench.scene.drainReason = "kernel upgrade"
        bench.scene.drainMode = .atOnce
        let decision = bench.decide()
        #expect(decision.verdict == .withhold(.drained("kernel upgrade")))
        #expect(!decision.wanted.announced)
        #expect(decision.wanted.bound)
        #expect(decision.wanted.services == bench.sight.slice.services)
    }

    /// Servers never judged block a first announcement and do not end a standing one.
    @Test func unknownIsNotDown() throws {
        var bench = try GateBench(announced: true)
        bench.up = [:]
        #expect(bench.decide().verdict == .announce)
        #expect(bench.weights() == [1, 1])
        bench = try GateBench(announced: false)
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 0)
        bench.up = [:]
        #expect(bench.decide().verdict.reason?.code == "not-checked")
        #expect(bench.weights() == [0, 0])
    }

    @Test func anyServiceIsEnoughWhereOneIs() throws {
        var bench = try GateBench()
        guard var other = bench.vip?.services[0] else { return }
        other.name = try Name(parsing: "other")
        other.id = ServiceID(.tcp, 80)
        other.backends = [Backend(Endpoint(GateBench.first.address, 80))]
        bench.vip?.services.append(other)
        bench.up[Endpoint(GateBench.first.address, 80)] = false
        #expect(bench.decide().verdict.reason?.code == "no-quorum")
        bench.vip?.condition = .anyService
        #expect(bench.decide().verdict == .announce)
        bench.vip?.condition = .allServices
        bench.vip?.services[1].gates = false
        #expect(bench.decide().verdict == .announce)
    }
}
