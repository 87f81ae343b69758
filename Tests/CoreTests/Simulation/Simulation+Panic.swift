import Core
import Net

// What `min-healthy` may do and what it may not.

extension Simulation {
    /// A server gets flows that had none: it must be wanted in use, and must not be known to be
    /// dead unless too few of its service live.
    mutating func checkRaise(_ change: Change) {
        guard let (key, endpoint, weight) = change.weighing, weight > 0,
            !isTampered(.ipvs), let service = effective.vips.service(key),
            let backend = service.backends.first(where: { $0.endpoint == endpoint }),
            (world.services[key]?.destinations[endpoint]?.weight ?? 0) == 0
        else { return }
        if backend.admin != .ready { return violate("\(change), which is \(backend.admin)") }
        // What fell with everybody else has its weight back for a while.
        guard isSurelyDown(backend, service), !isHolding else { return }
        guard mayPanic(service) else { return violate("\(change), which is dead") }
        panics += 1
    }

    /// Whether the director believes servers that fail, because it suspects itself.
    var isHolding: Bool {
        guard let policy = intent.brake, policy.action != .withdraw else { return false }
        return director.brake.heldSince != nil || director.hasForgiven
    }

    /// Whether no more of `service` may live than what has it bring back those that fail.
    func mayPanic(_ service: VirtualService) -> Bool {
        guard let threshold = service.minHealthy else { return false }
        let ready = service.backends.filter { $0.admin == .ready }
        let amount = { (backend: Backend) in threshold.unit.amount(of: backend.weight) }
        let dead = ready.filter { isSurelyDown($0, service) }
        let all = ready.reduce(0) { $0 + amount($1) }
        // What is not surely dead may be up or not.
        let surelyUp = ready.filter { isSurelyUp($0, service) }.reduce(0) { $0 + amount($1) }
        return !dead.isEmpty && surelyUp < threshold.least(ofConfigured: all)
    }

    private func isSurelyUp(_ backend: Backend, _ service: VirtualService) -> Bool {
        service.checks.allSatisfy { named in
            told[named.check.target(for: backend)]?.isUp == true
        }
    }
}
