import Core
import Net
import Testing

/// Agents from what they say to what operators are shown.
@Suite struct DirectorAgentTests {
    private typealias Bench = DirectorBench

    private static let check = Check(method: .agent(sent: []), port: 9999, rise: 1, fall: 1)

    private func bench(_ scheduler: Scheduling.Scheduler = .wrr) throws -> Bench {
        let scheduling =
            scheduler == .mh ? Scheduling() : Scheduling(scheduler: scheduler, flags: [])
        var intent = try Bench.intent(scheduling: scheduling)
        intent.vips[0].services[0].checks.append(NamedCheck(name: "agent", Self.check))
        var bench = Bench(intent)
        bench.live()
        return bench
    }

    /// The agent of the server `index` is asked, and says `word`; or cannot be reached.
    private func hear(_ word: AgentWord?, of index: Int = 0, in bench: inout Bench) {
        let target = ProbeTarget(
            endpoint: Endpoint(Bench.servers[index].address, 9999),
            check: Self.check
        )
        let isDown = word?.health?.isDown == true
        let outcome =
            word.map { Outcome(isDown ? .l7status : .l7ok, detail: "\($0)", word: $0) }
            ?? Outcome(.l4connection, detail: "connection refused")
        bench.director.probed(target, outcome, at: bench.now)
        for _ in 0..<5 { bench.turn() }
    }

    private func weights(_ bench: Bench) -> [Int?] {
        Bench.servers.map { bench.world.services[Bench.key]?.destinations[$0]?.weight }
    }

    private func agent(_ bench: Bench) -> AgentStatus? {
        bench.snapshot().vips.first?.services.first?.backends.first?.agent
    }

    private func order(_ order: BackendOrder, in bench: inout Bench) {
        bench.director.asked(for: .order(order), at: bench.now)
        for _ in 0..<5 { bench.turn() }
    }

    private static let first = BackendKey(Bench.key, Bench.servers[0])

    /// Nobody answers at the agents' port here, and that changes nothing.
    @Test func oneThatCannotBeReachedChangesNothing() throws {
        var bench = try bench()
        #expect(weights(bench) == [10, 10])
        hear(AgentWord(percent: 50), in: &bench)
        #expect(weights(bench) == [5, 10])
        hear(nil, in: &bench)
        bench.live(.seconds(30))
        #expect(weights(bench) == [5, 10])
        #expect(agent(bench)?.says == "50%")
        #expect(agent(bench)?.effect == "share" && agent(bench)?.sharePercent == 50)
        #expect(agent(bench)?.last == "L4CON connection refused")
        #expect(bench.world.isOut(Bench.address))
    }

    @Test func whatItSaysStandsUntilItSaysOtherwise() throws {
        var bench = try bench()
        hear(AgentWord(wish: .drain), in: &bench)
        #expect(weights(bench) == [0, 10])
        hear(AgentWord(percent: 30), in: &bench)
        #expect(weights(bench) == [0, 10])
        #expect(agent(bench)?.says == "30% drain")
        hear(AgentWord(wish: .ready), in: &bench)
        #expect(weights(bench) == [3, 10])
        hear(AgentWord(health: .failed), in: &bench)
        #expect(weights(bench) == [0, 10])
        hear(AgentWord(percent: 100), in: &bench)
        #expect(weights(bench) == [0, 10])
        hear(AgentWord(health: .up), in: &bench)
        #expect(weights(bench) == [10, 10])
    }

    /// The last server says goodbye: routers are told first, and only then is it let go.
    @Test func theLastOneIsLetGoAfterItsRoute() throws {
        var bench = try bench()
        hear(AgentWord(wish: .drain), of: 0, in: &bench)
        hear(AgentWord(wish: .drain), of: 1, in: &bench)
        bench.live(.seconds(5))
        #expect(weights(bench) == [0, 0])
        #expect(!bench.world.isOut(Bench.address))
        let withdrawn = bench.done.lastIndex { if case .withdraw = $0 { true } else { false } }
        let emptied = bench.done.lastIndex {
            if case .updateDestination(_, _, _, weight: 0) = $0 { true } else { false }
        }
        #expect(try #require(withdrawn) < #require(emptied))
    }

    @Test func anOperatorStandsOverIt() throws {
        var bench = try bench()
        hear(AgentWord(percent: 40, wish: .drain, health: .down), in: &bench)
        #expect(weights(bench) == [0, 10])
        // It says what the configuration says, and is not forgotten for that.
        order(.state(Self.first, Ruling(.ready, OverridesTests.mandate())), in: &bench)
        #expect(weights(bench) == [4, 10])
        #expect(agent(bench)?.ignored == "an operator has ordered ready")
        order(.weight(Self.first, Ruling(1, OverridesTests.mandate())), in: &bench)
        #expect(weights(bench) == [10, 10])
        order(.stateAsConfigured(Self.first), in: &bench)
        #expect(weights(bench) == [0, 10])
        #expect(agent(bench)?.ignored == "an operator has ordered weight 1")
        order(.weightAsConfigured(Self.first), in: &bench)
        hear(AgentWord(wish: .ready, health: .up), in: &bench)
        #expect(weights(bench) == [4, 10])
    }

    @Test func aShareIsNotFollowedWhereItWouldMoveFlows() throws {
        var bench = try bench(.mh)
        #expect(weights(bench) == [1, 1])
        hear(AgentWord(percent: 40), in: &bench)
        #expect(weights(bench) == [1, 1])
        #expect(agent(bench)?.effect == "none")
        #expect(
            agent(bench)?.ignored == "40% of a weight under mh: "
                + "each step rebuilds the hash table and moves flows of other servers"
        )
        hear(AgentWord(percent: 0), in: &bench)
        #expect(weights(bench) == [0, 1])
    }

    @Test func itOutlivesAReloadAndNotItsCheck() throws {
        var bench = try bench()
        hear(AgentWord(wish: .drain), in: &bench)
        var intent = bench.director.intent
        intent.vips[0].services[0].backends[1].weight = 2
        bench.director.asked(for: .reload(intent), at: bench.now)
        bench.live(.seconds(1))
        #expect(weights(bench) == [0, 20])
        intent.vips[0].services[0].checks.removeLast()
        bench.director.asked(for: .reload(intent), at: bench.now)
        bench.live(.seconds(1))
        #expect(weights(bench) == [1, 2])
        #expect(agent(bench) == nil)
        intent.vips[0].services[0].checks.append(NamedCheck(name: "agent", Self.check))
        bench.director.asked(for: .reload(intent), at: bench.now)
        bench.live(.seconds(1))
        #expect(agent(bench)?.says == "")
        #expect(weights(bench) == [10, 20])
    }

    @Test func allTogetherAreShown() throws {
        var bench = try bench()
        let gate = { (bench: Bench) in
            bench.snapshot().vips.first?.gates.first { $0.name == "agents" }?.text
        }
        let words = "http: by the word of their agents, "
        #expect(gate(bench) == words + "nothing is changed of 2 servers")
        hear(AgentWord(wish: .drain), of: 0, in: &bench)
        hear(AgentWord(percent: 50), of: 1, in: &bench)
        #expect(gate(bench) == words + "1 drained, 1 with another share of 2 servers")
        hear(AgentWord(health: .down), of: 0, in: &bench)
        #expect(gate(bench) == words + "1 down, 1 with another share of 2 servers")
        let said = bench.events.map(\.text).filter { $0.contains("agent") }
        #expect(said.contains("the agent at 10.20.0.11:9999 says drain: L7OK drain"))
    }
}
