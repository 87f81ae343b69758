import Net

// What agents say of their servers, as the decision about a VIP takes it.

extension Gate {
    /// What its agent does to `backend`; nothing where `service` has none.
    func effect(on backend: Backend, in service: VirtualService) -> AgentEffect {
        service.agent == nil ? .none : agent(service, backend)
    }

    /// What is wanted of `backend`, by the operator, and where they let it by its agent and by how
    /// it does among its peers.
    func admin(of backend: Backend, in service: VirtualService) -> Backend.AdminState {
        guard backend.admin == .ready else { return backend.admin }
        let isOut =
            effect(on: backend, in: service).use == .drained || aside(service, backend) != nil
        return isOut ? .drain : .ready
    }

    /// Gives every server the share of its weight that its agent asks for.
    ///
    /// One whose agent was not heard yet keeps the weight that is seen: an earlier run may have
    /// heard what this one has not.
    func apply(
        agentsOf service: VirtualService,
        seen: DestinationList,
        to shares: inout [Endpoint: Int]
    ) {
        guard service.agent != nil else { return }
        for backend in service.backends {
            guard let share = shares[backend.endpoint] else { continue }
            let effect = effect(on: backend, in: service)
            let weight = seen[backend.endpoint]?.weight ?? 0
            shares[backend.endpoint] =
                effect.isUnheard && weight > 0 ? weight : effect.share(of: share)
        }
    }
}

extension VirtualService {
    /// The check that asks the servers themselves how they want to be used; one at the most.
    package var agent: NamedCheck? { checks.first { $0.check.method.isAgent } }
}
