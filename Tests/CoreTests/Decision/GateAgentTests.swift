import Core
import Net
import Testing

/// What agents say, in weights and in the quorum.
@Suite struct GateAgentTests {
    private static let agent = NamedCheck(
        name: "agent",
        Check(method: .agent(sent: []), port: 9999, rise: 1, fall: 1)
    )

    private func bench(
        _ scheduler: Scheduling.Scheduler = .wrr,
        quorum: Quorum = Quorum()
    ) throws -> GateBench {
        var bench = try GateBench()
        let flags: Set<Scheduling.Flag> = scheduler == .mh ? Scheduling().flags : []
        bench.vip?.services[0].scheduling = Scheduling(scheduler: scheduler, flags: flags)
        bench.vip?.services[0].checks.append(Self.agent)
        bench.vip?.services[0].quorum = quorum
        return bench
    }

    private func see(_ first: Int, _ second: Int, in bench: inout GateBench) {
        var table = GateBench.table(first, second)
        table.scheduling = bench.vip?.services[0].scheduling
        bench.sight.slice.services[GateBench.id] = table
    }

    private func says(_ word: AgentWord) -> AgentEffect { AgentEffect(word) }

    @Test func aShareIsOfItsOwnWeight() throws {
        var bench = try bench()
        see(10, 10, in: &bench)
        #expect(bench.weights() == [10, 10])
        bench.agents[GateBench.first] = says(AgentWord(percent: 30))
        #expect(bench.weights() == [3, 10])
        bench.agents[GateBench.first] = says(AgentWord(percent: 1))
        #expect(bench.weights() == [1, 10])
        bench.agents[GateBench.first] = says(AgentWord(percent: 200))
        #expect(bench.weights() == [20, 10])
    }

    /// However loaded all of them say they are, that ends no announcement.
    @Test func aShareIsNoMatterOfTheQuorum() throws {
        var bench = try bench(quorum: Quorum(up: .weight(2), down: .weight(2)))
        bench.agents[GateBench.first] = says(AgentWord(percent: 1))
        bench.agents[GateBench.second] = says(AgentWord(percent: 1))
        see(1, 1, in: &bench)
        var decision = bench.decide()
        #expect(decision.services[0].live == 2 && decision.services[0].isSeen)
        #expect(decision.verdict == .announce)
        // Nor does a share above the whole make one count for two.
        bench.agents[GateBench.first] = says(AgentWord(percent: 1000))
        see(100, 0, in: &bench)
        bench.up[GateBench.second] = nil
        decision = bench.decide()
        #expect(!decision.services[0].isSeen)
    }

    /// A quorum is a share of what the operator configured, not of what agents leave of it.
    @Test func oneThatDrainsItselfLowersNoBar() throws {
        var bench = try bench(quorum: Quorum(up: .percent(100), down: .percent(100)))
        see(10, 10, in: &bench)
        bench.memory.quorum[GateBench.id] = true
        bench.agents[GateBench.first] = says(AgentWord(wish: .drain))
        let decision = bench.decide()
        #expect(decision.services[0].configured == 2 && decision.services[0].live == 1)
        #expect(decision.services[0].state == .down)
        #expect(decision.verdict != .announce)
        // Its flows are kept until routers go elsewhere.
        #expect(bench.weights() == [10, 10])
    }

    @Test func oneThatDrainsItselfTakesNoMore() throws {
        var bench = try bench(.mh)
        bench.agents[GateBench.first] = says(AgentWord(wish: .maint))
        #expect(bench.weights() == [0, 1])
        #expect(bench.decide().verdict == .announce)
        bench.agents[GateBench.first] = AgentEffect(AgentWord(percent: 0), scheduler: .mh)
        #expect(bench.weights() == [0, 1])
    }

    /// Down is at once, and nothing is kept for the sake of what is announced.
    @Test func oneThatSaysItIsDownIsDown() throws {
        var bench = try bench()
        see(10, 10, in: &bench)
        bench.up[GateBench.second] = false
        bench.agents[GateBench.first] = says(AgentWord(health: .stopped))
        #expect(bench.weights() == [0, 0])
        // Up is up only where the checks agree.
        bench.agents[GateBench.second] = says(AgentWord(health: .up))
        bench.agents[GateBench.first] = says(AgentWord(health: .up))
        #expect(bench.weights() == [10, 0])
    }

    /// Panic is for checks that may be wrong, and a server is not wrong about itself.
    @Test func panicBringsNobodyBackWhoSaysItIsDown() throws {
        var bench = try bench()
        bench.vip?.services[0].minHealthy = .weight(2)
        see(10, 10, in: &bench)
        bench.up = [GateBench.first: false, GateBench.second: false]
        #expect(bench.weights() == [10, 10])
        bench.agents[GateBench.first] = says(AgentWord(health: .down))
        #expect(bench.weights() == [0, 10])
        #expect(bench.decide().services[0].panic?.broughtBack == 1)
    }

    /// The operator's own drain is not undone by an agent.
    @Test func readyUndoesOnlyWhatAnAgentDid() throws {
        var bench = try bench()
        see(10, 10, in: &bench)
        bench.vip?.services[0].backends[0].admin = .drain
        bench.agents[GateBench.first] = says(AgentWord(wish: .ready, health: .up))
        #expect(bench.weights() == [0, 10])
    }

    @Test func oneThatWasNotHeardKeepsWhatItHas() throws {
        var bench = try bench()
        see(4, 10, in: &bench)
        var unheard = AgentEffect.none
        unheard.isUnheard = true
        bench.agents[GateBench.first] = unheard
        #expect(bench.weights() == [4, 10])
        // One that no run has used waits for its agent as it does for its checks.
        unheard.isUnknown = true
        bench.agents[GateBench.first] = unheard
        see(0, 10, in: &bench)
        #expect(bench.weights() == [0, 10])
        #expect(bench.decide().services[0].unjudged == 1)
    }

    @Test func anAgentIsNoCheck() throws {
        var bench = try bench()
        bench.vip?.services[0].checks = [Self.agent]
        bench.up = [:]
        see(10, 10, in: &bench)
        #expect(bench.weights() == [10, 10])
        bench.vip?.services[0].passing = .any
        #expect(bench.weights() == [10, 10])
    }

    @Test func aSlowStartIsOnTopOfAShare() throws {
        var bench = try bench()
        bench.vip?.services[0].slowStart = .seconds(10)
        see(10, 10, in: &bench)
        _ = bench.decide()
        bench.agents[GateBench.first] = says(AgentWord(wish: .drain))
        #expect(bench.weights() == [0, 10])
        see(0, 10, in: &bench)
        _ = bench.decide()
        bench.agents[GateBench.first] = says(AgentWord(percent: 50))
        #expect(bench.weights() == [1, 10])
        see(1, 10, in: &bench)
        bench.now = bench.now + .seconds(8)
        #expect(bench.weights() == [4, 10])
        bench.now = bench.now + .seconds(8)
        #expect(bench.weights() == [5, 10])
    }
}
