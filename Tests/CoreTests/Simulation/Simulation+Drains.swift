import Core
import Net

// Drains in the simulation: of the director and of VIPs, softly and in haste, by command and by
// file, begun and ended at random; and what they must not do.

extension Simulation {
    mutating func drainOrUndrain() {
        let scope: DrainScope =
            operators.chance(60)
            ? .node : .vip(Operator.vip(Int.random(in: 0..<3, using: &operators.generator)))
        let mode: DrainMode = operators.chance(70) ? .soft : .atOnce
        if scope == .node, operators.chance(30) { return touchFile(mode) }
        guard overrides.drains[scope] == nil || operators.chance(30) else {
            note("undrain \(scope)")
            return ask(.undrain(scope))
        }
        note("drain \(scope) \(mode)")
        let isWaived = Int.random(in: 0..<100, using: &liar) < 30
        let wish = DrainWish(mode, mandate(), isLastPathWaived: isWaived)
        ask(.drain(DrainOrder(scope, wish)))
    }

    /// Another director comes or goes, as far as bgpd can tell.
    mutating func changeOtherPaths() {
        let all = Set((0..<3).map { Prefix(host: Operator.vip($0)) })
        world.otherPaths = [nil, [], all].randomElement(using: &liar) ?? nil
        note("other paths: \(world.otherPaths.map { "\($0.count)" } ?? "unknown")")
    }

    /// Somebody has been able to look at the drain file.
    mutating func tellOfFile() {
        guard isFileUntold else { return }
        isFileUntold = false
        note("the drain file is told of: \(fileDrain == nil ? "absent" : "there")")
        let order = fileDrain.map { Command.drain(DrainOrder(.node, $0, source: .file)) }
        director.asked(for: order ?? .drainFileKnown, at: now)
    }

    /// Somebody asks for something that outlasts a restart.
    private mutating func ask(_ command: Command) {
        overrides.take(command, configured: intent.vips)
        director.asked(for: command, at: now)
    }

    private mutating func touchFile(_ mode: DrainMode) {
        if fileDrain == nil {
            note("the drain file appears")
            let wish = DrainWish(mode, mandate(isForGood: true))
            fileDrain = wish
            guard !isFileUntold else { return }
            director.asked(for: .drain(DrainOrder(.node, wish, source: .file)), at: now)
        } else {
            note("the drain file is gone")
            fileDrain = nil
            guard !isFileUntold else { return }
            director.asked(for: .undrain(.node, source: .file), at: now)
        }
    }

    /// Every drain that concerns the VIP at `address`.
    func drains(of address: IPAddress) -> [DrainWish] {
        [overrides.drains[.node], overrides.drains[.vip(address)], fileDrain].compactMap(\.self)
    }

    func isDrained(_ address: IPAddress) -> Bool { !drains(of: address).isEmpty }

    /// How `vip` is announced when all is well.
    func normal(_ vip: VIP) -> Announcement { Announcement(.normal, vip.attributes) }

    /// Follows since when each VIP is drained, and when it was last out.
    mutating func watchRoutes() {
        for address in (0..<4).map(Operator.vip) {
            drainedSince[address] = isDrained(address) ? drainedSince[address] ?? now : nil
            if world.isOut(address), !isTampered(.bgp) { lastOut[address] = now }
        }
        watchSoftPaths()
    }

    /// Whether routers may still forward to `address`, though its route was taken back.
    func isJustGone(_ address: IPAddress) -> Bool {
        lastOut[address].map { now - $0 < .seconds(1) } ?? false
    }

    /// Follows since when no peer has had a better path than a soft one.
    private mutating func watchSoftPaths() {
        for prefix in world.networks.union(softSince.keys) {
            let forms = SimulatedWorld.peers.compactMap { world.wire[$0]?[prefix] }
            let isSoft =
                world.networks.contains(prefix) && world.form(of: prefix).level == .soft
                && forms.allSatisfy { $0 == world.form(of: prefix) }
            if !isSoft {
                softSince[prefix] = nil
            } else if softSince[prefix] == nil {
                softSince[prefix] = (now, tampered[.bgp] ?? 0)
            }
        }
    }

    /// A change is handed out: a drain prefers nothing, brings nothing back, and hurries nothing.
    mutating func checkDrain(_ change: Change) {
        switch change {
        case .announce(let address, let form, _):
            let isOut = world.networks.contains(Prefix(host: address))
            let isSuspect = intent.brake?.action == .soften
            if form.level == .soft, !isDrained(address), !isSuspect {
                violate("\(change) without a drain")
            }
            guard isDrained(address) else { return }
            if form.level != .soft { violate("\(change) while drained") }
            if !isOut, !isTampered(.bgp) { violate("\(change), which was withdrawn") }
        case .withdraw(let address, _): checkHaste(address)
        default: return
        }
    }

    private mutating func checkHaste(_ address: IPAddress) {
        let wishes = drains(of: address)
        let prefix = Prefix(host: address)
        guard !wishes.isEmpty, !wishes.contains(where: { $0.mode == .atOnce }),
            intent.drain.announce != .none, !PlaneName.allCases.contains(where: isTampered),
            let vip = effective.vips.first(where: { $0.address == address }),
            world.networks.contains(prefix), isSurelyServed(vip)
        else { return }
        let sent = routesAtLook.sentTo[prefix] ?? []
        let established = Set(routesAtLook.peers.filter(\.isEstablished).map(\.id))
        let concerned = sent.intersection(established)
        guard !concerned.isEmpty else { return }
        let isSpared = fileDrain == nil && !wishes.contains(where: \.isLastPathWaived)
        if isSpared, routesAtLook.otherPaths?.contains(prefix) == false {
            return violate("withdraws \(address), the last path that bgpd knows")
        }
        // Whoever does not confirm it is waited for so long.
        let drained = drainedSince[address].map { now - $0 } ?? .zero
        guard drained < intent.drain.softenAtMost else { return }
        for peer in concerned {
            if routesAtLook.sentForms[prefix]?[peer]?.level != .soft {
                violate("withdraws \(address) although \(peer) is not known to be soft")
            }
        }
        guard let since = softSince[prefix] else {
            return violate("withdraws \(address), which is not soft")
        }
        // Who changed bgpd by hand may have made a path better for a moment.
        guard since.tampered == tampered[.bgp] ?? 0 else { return }
        if now - since.moment < intent.drain.settle {
            violate("withdraws \(address) before it has settled")
        }
        if isSpared, routesReadSince < since.moment + intent.drain.settle {
            violate("withdraws \(address) without having looked for other paths once more")
        }
    }

    /// Whether nothing but a drain can speak against `vip`, whichever watermark holds.
    private func isSurelyServed(_ vip: VIP) -> Bool {
        guard world.addresses.contains(vip.address), world.isLinkUp else { return false }
        return vip.services.allSatisfy { service in
            let key = ServiceKey(vip.address, service.id)
            let needed = max(needed(service, whileUp: true), needed(service, whileUp: false))
            let isWhole = service.backends.allSatisfy { backend in
                backend.admin != .ready || backend.weight == 0
                    || (world.services[key]?.destinations[backend.endpoint]?.weight ?? 0) > 0
                        && !isSurelyDown(backend, service)
            }
            let masqueraded = !service.hasSourceNAT || world.masquerades.contains(key)
            return isWhole && masqueraded && live(service, at: key, without: nil) >= needed
                && world.services[key]?.scheduling == service.scheduling
                && service.backends.contains { $0.admin == .ready && $0.weight > 0 }
        }
    }
}
