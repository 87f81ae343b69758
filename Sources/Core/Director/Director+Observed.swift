// Checks that are only observed: shown wherever results are, and nothing follows from them.

extension Director {
    /// What is observed of `backend`; `nil` where nothing is.
    func observed(of backend: Backend, in service: VirtualService) -> [ObservedStatus]? {
        let found = service.checks.filter { $0.check.mode == .observe }.compactMap { named in
            health[service.target(of: named.check, for: backend)].map { machine in
                ObservedStatus(
                    check: named.name,
                    health: machine.label,
                    last: machine.last?.description ?? ""
                )
            }
        }
        return found.isEmpty ? nil : found
    }

    /// What the checks of `service` that are only observed would do, were they enforced.
    func observedGates(_ service: VirtualService) -> [GateStatus] {
        service.checks.filter { $0.check.mode == .observe }.map { named in
            let machines = service.backends.filter { $0.admin == .ready }.compactMap { backend in
                health[service.target(of: named.check, for: backend)].map { (backend.endpoint, $0) }
            }
            let failing = machines.filter { $0.1.isUp == false }
            let unjudged = machines.count { $0.1.isUp == nil }
            let first = failing.first.map { endpoint, machine in
                ", such as \(endpoint): \(machine.last?.description ?? "")"
            }
            return GateStatus(
                name: "observe",
                standing: .none,
                text: "\(service.name): \(named.name) would have \(failing.count) of "
                    + "\(machines.count) servers down\(first ?? "")"
                    + (unjudged > 0 ? "; \(unjudged) not judged yet" : "")
            )
        }
    }
}
