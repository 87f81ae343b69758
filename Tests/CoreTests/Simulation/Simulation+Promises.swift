import Core
import Net
import TestSupport

// The promises, asserted about the world after and before every single change.

extension Simulation {
    /// Whether somebody changed `plane` since the director last looked at it.
    func isTampered(_ plane: PlaneName) -> Bool { tampered[plane] != tamperedAtLook[plane] }

    /// A change is handed to a plane: an announcement must be justified by what is there.
    mutating func checkDispatch(_ change: Change) {
        if let address = change.address, Operator.owned?.contains(address) != true {
            violate("touches what is not ours: \(change)")
        }
        checkRamp(change)
        checkRaise(change)
        checkTaking(change)
        checkDrain(change)
        guard case .announce(let address, let form, _) = change, form.level == .normal else {
            return
        }
        guard let vip = effective.vips.first(where: { $0.address == address }) else {
            return violate("announces \(address), which is not configured")
        }
        if lookedWell != Set(PlaneName.allCases) { violate("announces \(address) half blind") }
        if !isTampered(.link) {
            if !world.addresses.contains(address) || !world.isLinkUp {
                violate("announces \(address), which is not bound")
            }
            if !world.isSettingRight { violate("announces \(address) with a wrong setting") }
        }
        if !isTampered(.ipvs), !isServed(vip) {
            violate("announces \(address), which is not served")
        }
    }

    /// A change is about to be carried out: nothing still announced may be dismantled.
    mutating func checkBefore(_ change: Change, _ work: Work) {
        if case .announce(let address, let form, _) = change, form.level == .normal,
            work.isSeenTrue, work.tampered == tampered
        {
            if !world.addresses.contains(address) { violate("\(change) after its address went") }
            let services = work.intent.vips.first { $0.address == address }?.services ?? []
            if work.intent == effective,
                services.allSatisfy({ world.services[ServiceKey(address, $0.id)] == nil })
            {
                violate("\(change) after its services went")
            }
        }
        guard let address = change.address, world.isOut(address) || isJustGone(address),
            work.isSeenTrue, work.tampered == tampered
        else { return }
        let vip = work.intent.vips.first { $0.address == address }
        switch change {
        case .unbind: violate("\(change) while announced")
        case .removeService(let key):
            if vip == nil || vip?.services.contains(where: { $0.id == key.id }) == true {
                violate("\(change) while announced")
            }
        case .removeDestination(let key, let endpoint):
            let weight = world.services[key]?.destinations[endpoint]?.weight ?? 0
            if weight > 0, !isTampered(.ipvs) { violate("\(change) while it takes flows") }
        case .updateDestination(let key, let endpoint, _, let weight) where weight == 0:
            // What it is told while the change is under way is judged with the next ones.
            let known = (told, heard)
            (told, heard) = (work.told, work.heard)
            checkReduction(key, endpoint, vip, change)
            (told, heard) = known
        case .moveDestination(let key, let endpoint, _, let weight, _):
            // Whatever else is to be done with it has been done before it is moved.
            let seen = world.services[key]?.destinations[endpoint]?.weight ?? weight
            if weight != seen, !isTampered(.ipvs) { violate("\(change) instead of \(seen)") }
        case .unmasquerade(let key):
            if vip?.services.contains(where: { $0.id == key.id && $0.hasSourceNAT }) == true {
                violate("\(change) while announced")
            }
        case .updateDestination, .bind, .set, .masquerade, .addService, .updateService,
            .addDestination,
            .announce, .withdraw, .discard, .addPath, .removePath:
            break
        }
    }

    /// Weight is taken from a healthy server of an announced VIP: enough must be left.
    private mutating func checkReduction(
        _ key: ServiceKey,
        _ endpoint: Endpoint,
        _ vip: VIP?,
        _ change: Change
    ) {
        guard let vip, !isTampered(.ipvs),
            let service = vip.services.first(where: { $0.id == key.id }), service.gates,
            vip.condition == .allServices
        else { return }
        let backend = service.backends.first { $0.endpoint == endpoint }
        // Failing health takes weight away whatever is left.
        let isUsed = backend.map { use(of: $0, in: service, at: key) != .drained } ?? true
        if let backend, backend.admin == .ready, backend.weight > 0, isUsed { return }
        if let backend {
            if isSurelyDown(backend, service) { return }
            if use(of: backend, in: service, at: key) == .down { return }
        }
        let left = live(service, at: key, without: endpoint)
        if left < needed(service, whileUp: true) {
            violate("\(change) leaves \(left) of an announced VIP")
        }
    }

    mutating func checkForeign() {
        if world.services[Self.foreignService] != Self.foreignSlice {
            violate("a foreign service was touched")
        }
        if !world.addresses.contains(Operator.foreignVIP) {
            violate("a foreign address was touched")
        }
        if let network = Self.foreignNetwork, !world.networks.contains(network) {
            violate("a foreign network was touched")
        }
    }

    /// Whether the table serves `vip` with a quorum of servers not known to be down.
    func isServed(_ vip: VIP) -> Bool {
        let gating = vip.services.filter(\.gates)
        let served = { (service: VirtualService) in
            let key = ServiceKey(vip.address, service.id)
            // Replies of a server whose route leads elsewhere never reach the client without.
            let isReturning =
                !service.hasSourceNAT || isTampered(.link) || world.masquerades.contains(key)
            return isReturning
                && live(service, at: key, without: nil) >= needed(service, whileUp: true)
        }
        return switch vip.condition {
        case .allServices: gating.allSatisfy(served)
        case .anyService: gating.contains(where: served)
        }
    }

    /// What lives and takes flows, in what the quorum counts.
    func live(
        _ service: VirtualService,
        at key: ServiceKey,
        without endpoint: Endpoint?
    ) -> Int {
        service.backends.reduce(0) { sum, backend in
            guard backend.admin == .ready, backend.endpoint != endpoint,
                !isSurelyDown(backend, service), use(of: backend, in: service, at: key) == .asElse,
                (world.services[key]?.destinations[backend.endpoint]?.weight ?? 0) > 0
            else { return sum }
            return sum + service.quorum.up.unit.amount(of: backend.weight)
        }
    }

    func needed(_ service: VirtualService, whileUp: Bool) -> Int {
        let configured = service.backends.reduce(0) { $0 + ($1.admin == .ready ? $1.weight : 0) }
        return (whileUp ? service.quorum.down : service.quorum.up)
            .least(ofConfigured: configured)
    }

    func isSurelyDown(_ backend: Backend, _ service: VirtualService) -> Bool {
        service.checks.filter { !$0.check.method.isAgent }.contains { named in
            told[named.check.target(for: backend)]?.isDown == true
        }
    }
}
