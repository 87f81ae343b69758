import Net

// What servers say of themselves: heard, kept until it is taken back, and shown.

extension Director {
    /// The agent at `target` was asked, with `outcome`.
    ///
    /// One that cannot be reached, or that says nothing that is understood, changes nothing:
    /// whether its server serves is for the other checks to say.
    mutating func hear(_ target: ProbeTarget, _ outcome: Outcome, at now: Moment) {
        let before = health[target]
        // Asked once is asked: until then nobody knows whether it says anything.
        _ = health.probed(target, outcome, at: now)
        var isChanged = health[target]?.state.isAsked != before?.state.isAsked
        if let word = outcome.word {
            var standing = agents[target] ?? AgentStanding()
            if standing.heard(word, at: now) {
                isChanged = true
                let isOut = AgentEffect(standing.word).use != .asElse
                record(
                    .backend,
                    level: isOut ? .warning : .info,
                    "the agent at \(target.endpoint) says \(standing.word): \(outcome)"
                )
            }
            agents[target] = standing
        } else if before?.last?.verdict != outcome.verdict {
            let stands = agents[target].map { "; what it said stands: \($0.word)" } ?? ""
            record(.backend, "the agent at \(target.endpoint) does not say: \(outcome)\(stands)")
        }
        guard isChanged else { return }
        blame(.health, for: health.dependents(on: target))
        dirty.formUnion(health.dependents(on: target))
    }

    /// Forgets what the agents have said that are asked no more.
    mutating func forgetAgents() {
        for target in Array(agents.keys) where health[target] == nil { agents[target] = nil }
    }

    /// What is needed to say what an agent does.
    var agentSight: AgentSight { AgentSight(agents: agents, health: health, overrides: overrides) }

    /// The agent of `backend`, where `service` has one.
    func agentStatus(
        of backend: Backend,
        in service: VirtualService,
        at address: IPAddress,
        _ frame: Frame
    ) -> AgentStatus? {
        guard let agent = service.agent, backend.admin != .maint else { return nil }
        let target = agent.check.target(for: backend)
        let standing = agents[target]
        let word = standing?.word ?? AgentWord()
        let effect = agentSight.effect(service, of: backend, at: address)
        return AgentStatus(
            says: "\(word)",
            since: standing?.since.map(frame.time),
            last: health[target]?.last?.description ?? "",
            effect: effect.word,
            sharePercent: effect.steps.map { $0 * 100 / Ramp.steps },
            ignored: ignored(of: word, of: backend, in: service, at: address)
        )
    }

    /// Why a part of `word` is not followed.
    private func ignored(
        of word: AgentWord,
        of backend: Backend,
        in service: VirtualService,
        at address: IPAddress
    ) -> String? {
        let key = BackendKey(ServiceKey(address, service.id), backend.endpoint)
        var reasons: [String] = []
        let speaksOfUse = word.wish != nil || word.health != nil
        if speaksOfUse, let state = overrides.states[key] {
            reasons.append("an operator has ordered \(state.value.rawValue)")
        }
        if let percent = word.percent {
            if let weight = overrides.weights[key] {
                reasons.append("an operator has ordered weight \(weight.value)")
            } else if percent > 0, percent != 100,
                let obstacle = service.scheduling.scheduler.obstacleToRamps
            {
                let scheduler = service.scheduling.scheduler.rawValue
                reasons.append("\(percent)% of a weight under \(scheduler): \(obstacle)")
            }
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// What the agents of `service` say all in all; `nil` where it has none.
    func agentGate(_ service: VirtualService, at address: IPAddress) -> GateStatus? {
        guard service.agent != nil else { return nil }
        let sight = agentSight
        let effects = service.backends.filter { $0.admin != .maint }
            .map { sight.effect(service, of: $0, at: address) }
        let counts = [
            (effects.count { $0.isUnheard }, "not heard yet"),
            (effects.count { $0.use == .down }, "down"),
            (effects.count { $0.use == .drained }, "drained"),
            (effects.count { $0.use == .asElse && $0.steps != nil }, "with another share"),
        ]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let text =
            "\(service.name.text): by the word of their agents, "
            + (words.isEmpty ? "nothing is changed" : words.joined(separator: ", "))
            + " of \(effects.count) servers"
        return GateStatus(name: "agents", standing: .none, text: text)
    }
}

/// What agents have said, with what stands over it.
struct AgentSight: Sendable {
    let agents: ShardedDictionary<ProbeTarget, AgentStanding>
    let health: Opinions
    let overrides: Overrides

    /// What its agent does to `backend` of `service` at `address`.
    func effect(
        _ service: VirtualService,
        of backend: Backend,
        at address: IPAddress
    ) -> AgentEffect {
        guard let agent = service.agent, backend.admin != .maint else { return .none }
        let target = agent.check.target(for: backend)
        let key = BackendKey(ServiceKey(address, service.id), backend.endpoint)
        let isStateOrdered = overrides.states[key] != nil
        let isWeightOrdered = overrides.weights[key] != nil
        var effect = AgentEffect(
            agents[target]?.word ?? AgentWord(),
            isStateOrdered: isStateOrdered,
            isWeightOrdered: isWeightOrdered,
            scheduler: service.scheduling.scheduler
        )
        guard let machine = health[target] else { return effect }
        effect.isUnheard = !isWeightOrdered && !machine.state.isAsked
        effect.isUnknown = !isStateOrdered && machine.isUp == nil
        return effect
    }
}

extension AgentEffect {
    /// What it does, in one word.
    fileprivate var word: String {
        switch use {
        case .down: "down"
        case .drained: "drained"
        case .asElse: isUnheard ? "unheard" : steps == nil ? "none" : "share"
        }
    }
}

extension HealthMachine.State {
    /// Whether a probe of this run has said something.
    fileprivate var isAsked: Bool { self == .up || self == .down }
}
