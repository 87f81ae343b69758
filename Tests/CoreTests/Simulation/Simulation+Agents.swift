import Core
import Net
import TestSupport

// Agents: what they say at random, what is left of it, and what is promised about that.

extension Simulation {
    /// An agent is asked: it cannot be reached, or changes some of what it said.
    mutating func tellOfAgent(_ target: ProbeTarget) {
        let outcome: Outcome
        switch areAgentsSteady ? 10 : Int.random(in: 0..<10, using: &liar) {
        case 0..<5: outcome = Outcome(.l4connection, detail: "connection refused")
        case 5: outcome = Outcome(.l7response, detail: "no word of an agent")
        default:
            let word = areAgentsSteady ? said[target] ?? AgentWord(wish: .ready) : word()
            said[target] = (said[target] ?? AgentWord()).followed(by: word)
            outcome = Outcome(
                word.health?.isDown == true ? .l7status : .l7ok,
                detail: "\(word)",
                word: word
            )
        }
        heard[target] = (heard[target] ?? AgentWord()).followed(by: outcome.word ?? AgentWord())
        director.probed(target, outcome, at: now)
    }

    /// Something that an agent may say; most of them are well.
    private mutating func word() -> AgentWord {
        switch Int.random(in: 0..<10, using: &liar) {
        case 0: AgentWord(percent: [0, 3, 50, 100, 250].randomElement(using: &liar))
        case 1: AgentWord(percent: 100, wish: .ready, health: .up)
        case 2: AgentWord(wish: AgentWord.Wish.allCases.randomElement(using: &liar))
        case 3: AgentWord(health: AgentWord.Health.allCases.randomElement(using: &liar))
        default: AgentWord(wish: .ready, health: .up)
        }
    }

    /// Whether agents may change the shares of `service`.
    func isShared(_ service: VirtualService) -> Bool {
        service.agent != nil && service.scheduling.scheduler.obstacleToRamps == nil
    }

    /// Whether this run has not heard of the agent of `backend`.
    func isUnheard(_ backend: Backend, _ service: VirtualService) -> Bool {
        service.agent.map { heard[$0.check.target(for: backend)] == nil } ?? false
    }

    /// What is to follow from what the agent of `backend` has said: reckoned by itself, from the
    /// words and the orders.
    func use(
        of backend: Backend,
        in service: VirtualService,
        at key: ServiceKey
    ) -> AgentEffect.Use {
        let backendKey = BackendKey(key, backend.endpoint)
        guard let agent = service.agent, overrides.states[backendKey] == nil,
            let word = heard[agent.check.target(for: backend)]
        else { return .asElse }
        switch word.health {
        case nil, .up: break
        case .down, .fail, .failed, .stopped: return .down
        }
        if word.wish == .drain || word.wish == .maint { return .drained }
        return word.percent == 0 && overrides.weights[backendKey] == nil ? .drained : .asElse
    }

    /// The weight of `backend` in a table whose weights are multiplied by `whole`.
    func share(
        of backend: Backend,
        in service: VirtualService,
        at key: ServiceKey,
        whole: Int
    ) -> Int {
        let full = backend.weight * whole
        guard isShared(service), overrides.weights[BackendKey(key, backend.endpoint)] == nil,
            let agent = service.agent,
            let percent = heard[agent.check.target(for: backend)]?.percent,
            percent > 0, full > 0
        else { return full }
        return max(1, full * max(1, Int((Double(percent) / 10).rounded())) / 10)
    }
}
