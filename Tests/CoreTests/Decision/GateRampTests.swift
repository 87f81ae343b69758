import Core
import Net
import Testing

/// Servers that start slowly, and hand-overs: what the table gets, and what a quorum counts.
@Suite struct GateRampTests {
    private func slow(_ period: Duration = .seconds(10)) throws -> GateBench {
        var bench = try GateBench()
        bench.vip?.services[0].scheduling = Scheduling(scheduler: .wrr, flags: [])
        bench.vip?.services[0].slowStart = period
        return bench
    }

    /// The table is as `weights`; the next decision is about that.
    private func see(_ weights: (Int, Int), in bench: inout GateBench) {
        var table = GateBench.table(weights.0, weights.1)
        table.scheduling = bench.vip?.services[0].scheduling
        bench.sight.slice.services[GateBench.id] = table
    }

    @Test func aServerThatComesBackStartsSlowly() throws {
        var bench = try slow()
        see((10, 10), in: &bench)
        #expect(bench.weights() == [10, 10])
        bench.up[GateBench.first] = false
        #expect(bench.weights() == [0, 10])
        see((0, 10), in: &bench)
        #expect(bench.weights() == [0, 10])
        bench.up[GateBench.first] = true
        let began = bench.now
        #expect(bench.weights() == [1, 10])
        #expect(bench.decide().revisitAt == began + .seconds(1))
        var seen: [Int] = []
        for second in 1...12 {
            bench.now = began + .seconds(second)
            let weight = try #require(bench.weights()[0])
            see((weight, 10), in: &bench)
            seen.append(weight)
        }
        #expect(seen == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10])
        #expect(bench.decide().revisitAt == nil)
    }

    @Test func fromADrainAsWell() throws {
        var bench = try slow()
        see((10, 10), in: &bench)
        bench.vip?.services[0].backends[0].admin = .drain
        #expect(bench.weights() == [0, 10])
        see((0, 10), in: &bench)
        bench.vip?.services[0].backends[0].admin = .ready
        #expect(bench.weights() == [1, 10])
    }

    /// Nobody else takes the flows meanwhile, so there is nothing to spare it.
    @Test func theFirstOfAServiceStartsAtOnce() throws {
        var bench = try slow()
        see((0, 0), in: &bench)
        #expect(bench.weights() == [10, 10])
        // The other one is in use before its own write is acknowledged; it does not begin anew.
        see((10, 0), in: &bench)
        #expect(bench.weights() == [10, 10])
    }

    /// The weight that a run finds when it begins is the step that the one before had come to.
    @Test func aRestartGoesOnWhereItWas() throws {
        var bench = try slow()
        see((4, 10), in: &bench)
        #expect(bench.weights() == [4, 10])
        bench.now = bench.now + .seconds(3)
        #expect(bench.weights() == [7, 10])
        // A run that has been at it for a while takes the same for a repair.
        see((4, 10), in: &bench)
        bench.now = bench.now + .seconds(10)
        #expect(bench.weights() == [10, 10])
    }

    @Test func nobodyStartsBeforeTheTableWasSeen() throws {
        var bench = try slow()
        bench.sight.tableSeenAt = nil
        see((0, 0), in: &bench)
        #expect(bench.weights() == [10, 10])
        #expect(bench.memory.risingSince.isEmpty)
    }

    /// A server on a ramp is up: it neither begins nor ends an announcement.
    @Test func quorumCountsConfiguredWeights() throws {
        var bench = try slow()
        bench.vip?.services[0].backends[0].weight = 3
        bench.vip?.services[0].backends[1].weight = 3
        bench.vip?.services[0].quorum = Quorum(up: .percent(100), down: .percent(100))
        see((0, 12), in: &bench)
        bench.memory.quorum[GateBench.id] = true
        #expect(bench.weights() == [1, 12])
        see((1, 12), in: &bench)
        let decision = bench.decide()
        #expect(decision.services[0].live == 6 && decision.services[0].needed == 6)
        #expect(decision.services[0].isSeen && decision.verdict == .announce)
    }

    @Test func withoutSlowStartWeightsAreAsConfigured() throws {
        var bench = try GateBench()
        bench.vip?.services[0].scheduling = Scheduling(scheduler: .wrr, flags: [])
        see((0, 1), in: &bench)
        #expect(bench.weights() == [1, 1])
        #expect(bench.memory.risingSince.isEmpty)
    }

    // MARK: Hand-overs

    private func handover(_ bench: GateBench, raises: Bool = true) -> Handover {
        Handover(
            service: ServiceKey(GateBench.address, GateBench.id),
            from: GateBench.first,
            to: GateBench.second,
            over: .seconds(100),
            began: bench.now,
            raises: raises,
            mandate: OverridesTests.mandate()
        )
    }

    private func handing(raises: Bool = true) throws -> GateBench {
        var bench = try GateBench()
        bench.vip?.services[0].scheduling = Scheduling(scheduler: .wlc, flags: [])
        bench.handovers = [handover(bench, raises: raises)]
        see((10, raises ? 0 : 10), in: &bench)
        return bench
    }

    @Test func oneRisesWhileTheOtherFalls() throws {
        var bench = try handing()
        var seen: [[Int?]] = []
        let began = bench.now
        for tenth in 0...10 {
            bench.now = began + .seconds(10 * tenth)
            seen.append(bench.weights())
        }
        #expect(seen.map { $0[0] } == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1])
        #expect(seen.map { $0[1] } == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    }

    @Test func oneThatHasItsWeightKeepsIt() throws {
        var bench = try handing(raises: false)
        bench.now = bench.now + .seconds(50)
        #expect(bench.weights() == [5, 10])
    }

    /// Nothing is taken away for the sake of one who is not up, or not known to be.
    @Test(arguments: [false, nil] as [Bool?])
    func nobodyGivesToOneWhoIsNotUp(health: Bool?) throws {
        var bench = try handing()
        bench.now = bench.now + .seconds(50)
        bench.up[GateBench.second] = health
        #expect(bench.weights()[0] == 10)
    }

    /// One that its agent has drained takes nothing over, however well it is.
    @Test func nobodyGivesToOneWhoseAgentHasDrainedIt() throws {
        var bench = try handing()
        let agent = Check(method: .agent(sent: []), port: 9999, rise: 1, fall: 1)
        bench.vip?.services[0].checks.append(NamedCheck(name: "agent", agent))
        bench.now = bench.now + .seconds(50)
        bench.agents[GateBench.second] = AgentEffect(AgentWord(wish: .ready))
        #expect(bench.weights()[0] == 5)
        bench.agents[GateBench.second] = AgentEffect(AgentWord(wish: .drain))
        #expect(bench.weights()[0] == 10)
    }

    @Test func aHashingSchedulerIsLeftAlone() throws {
        var bench = try handing()
        bench.vip?.services[0].scheduling = Scheduling()
        bench.now = bench.now + .seconds(50)
        #expect(bench.weights() == [1, 1])
    }

    // MARK: Patience

    @Test func saysWhyWeightStays() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends[0].admin = .drain
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 0)
        let patience = bench.decide().services[0].patience
        #expect(patience == .notReplaced(inUse: 0, needed: 1, .weight))
        #expect("\(patience ?? .unjudged)".contains("carry weight 0, the quorum needs 1"))
        bench.up = [GateBench.first: true]
        #expect(bench.decide().services[0].patience == .unjudged)
        bench.up[GateBench.second] = false
        #expect(bench.decide().services[0].patience == .routeOut)
        bench.sight.slice.announcement = nil
        bench.sight.sentTo = []
        #expect(bench.decide().services[0].patience == .routeJustGone)
        bench.now = bench.now + .seconds(1)
        #expect(bench.decide().services[0].patience == nil)
    }
}
