import Net

/// Decides about one VIP: what should be bound, served and announced, given what is seen.
///
/// Order is not choreographed here. The gate says only what may be there *now*: an announcement
/// once everything under it is seen ready, and the end of what is under it once the announcement
/// is seen gone. So changes may be applied in any order and fail or stop half way; the next
/// decision starts from what is then seen.
package struct Gate {
    /// How long an announced VIP that lost its footing may take to be repaired.
    ///
    /// A table wiped by hand is put back within milliseconds; withdrawing first would turn a slip
    /// into a route change. A second is far more than a repair takes, and far less than the hold
    /// timers of anything above us.
    package static let repairGrace: Duration = .seconds(1)

    /// The VIP as configured; `nil` for an address that is ours and no longer configured.
    let vip: VIP?
    /// What is believed to be there.
    let sight: Sight
    /// What is known about the director.
    let scene: Scene
    /// The hand-overs under way between real servers of the VIP.
    let handovers: [Handover]
    /// The drain of the VIP alone, while it is wanted.
    let vipDrain: DrainWish?
    /// Whether the VIP has been quiet, as far as `DrainPolicy.packetsBelow` goes.
    let quietSince: Moment?
    /// Whether a probe target counts as up only because the director suspects itself.
    let isHeld: (ProbeTarget) -> Bool
    /// Whether a probe target is up; `nil` while there is nothing to go by.
    let isUp: (ProbeTarget) -> Bool?
    /// What its agent does to a real server, where its service has one.
    let agent: (VirtualService, Backend) -> AgentEffect
    /// Why a real server that passes its checks gets no flows; `nil` for most.
    let aside: (VirtualService, Backend) -> Aside?
    /// The time.
    let now: Moment
    /// What was found out of the real servers on the way.
    let answers = HealthAnswers()

    /// Prepares a decision about `vip`.
    package init(
        vip: VIP?,
        sight: Sight,
        scene: Scene,
        handovers: [Handover] = [],
        vipDrain: DrainWish? = nil,
        quietSince: Moment? = nil,
        now: Moment,
        isHeld: @escaping (ProbeTarget) -> Bool = { _ in false },
        isUp: @escaping (ProbeTarget) -> Bool?,
        agent: @escaping (VirtualService, Backend) -> AgentEffect = { _, _ in .none },
        aside: @escaping (VirtualService, Backend) -> Aside? = { _, _ in nil }
    ) {
        self.vip = vip
        self.sight = sight
        self.scene = scene
        self.handovers = handovers
        self.vipDrain = vipDrain
        self.quietSince = quietSince
        self.isHeld = isHeld
        self.isUp = isUp
        self.agent = agent
        self.aside = aside
        self.now = now
    }

    /// Decides, updating what has to be remembered.
    package func decide(remembering memory: inout GateMemory) -> Decision {
        memory.goneSince = isRouteOut ? nil : memory.goneSince ?? now
        guard let vip else { return dismantle(remembering: &memory) }

        var timer = Timer()
        if let lagEnds = lagEnds(memory) { timer.set(lagEnds) }
        var standings = vip.services.map { weigh($0, remembering: &memory) }
        let health =
            judge(vip, standings, remembering: &memory, timer: &timer) ?? suspicion(vip, standings)
        for index in standings.indices {
            standings[index].patience = patience(
                with: vip.services[index],
                standing: standings[index],
                // On hold-down it is still announced, and on its way out all the same.
                isLosing: health != nil || drainCause != nil || memory.unhealthySince != nil,
                remembering: memory
            )
        }
        let services = vip.services.indices.map { index in
            wanted(
                vip.services[index],
                standing: standings[index],
                remembering: &memory,
                timer: &timer
            )
        }
        for index in standings.indices {
            standings[index].isSeen =
                isSeen(
                    vip.services[index],
                    services[index],
                    needing: standings[index]
                ) && isMasqueradedAsWanted(vip.services[index])
        }
        var decision = Decision(
            wanted: Slice(bound: true, announcement: sight.slice.announcement),
            verdict: .announce,
            services: standings
        )
        for (service, slice) in zip(vip.services, services) {
            // The address on our link is what tells that a service is ours, so it comes first: a
            // service left behind without it would look like somebody else's to the next run.
            guard sight.slice.bound || sight.slice.services[service.id] != nil else { continue }
            decision.wanted.services[service.id] = slice
        }
        letGo(servicesBeyond: vip, in: &decision.wanted, remembering: &memory, timer: &timer)
        decision.wanted.masqueraded = wantedMasquerades(of: vip, among: decision.wanted.services)
        let footing = examineFooting(standings, remembering: &memory, timer: &timer)
        decision.isRepairing = footing.isRepairing
        let bandwidth = bandwidth(of: vip, standings, remembering: &memory)
        conclude(
            &decision,
            about: vip,
            against: health ?? footing.reason ?? unproven(vip),
            normal: held(normal(vip, bandwidth), vip, standings),
            remembering: &memory,
            timer: &timer
        )
        let frailty = frailty(of: vip, standings, health: health, footing: footing.reason)
        decision.isFit = frailty == nil
        rememberFlap(of: vip, frailty, isHeld: health != nil, remembering: &memory)
        damp(&decision, vip, remembering: memory, timer: &timer)
        forbear(&decision, timer: &timer)
        decision.revisitAt = timer.earliest
        return decision
    }

    /// True while the prefix is announced, or may be for all we know.
    var isRouteOut: Bool { !(scene.bgp == .seen && sight.isRouteGone) }

    /// The earliest of the moments at which something is due.
    struct Timer {
        private(set) var earliest: Moment?

        mutating func set(_ moment: Moment) {
            earliest = earliest.map { min($0, moment) } ?? moment
        }
    }
}

// MARK: - Announcing

extension Gate {
    /// Why the VIP should not be announced, as far as configuration and health go.
    private func judge(
        _ vip: VIP,
        _ standings: [ServiceStanding],
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) -> Reason? {
        let unhealthy = lackingHealth(vip, standings)
        if unhealthy == nil {
            memory.healthySince = memory.healthySince ?? now
            memory.unhealthySince = nil
        } else {
            memory.healthySince = nil
            memory.unhealthySince = memory.unhealthySince ?? now
        }
        if let unhealthy {
            // The hold-down only delays the end of an announcement; it never begins one.
            let holdEnds = (memory.unhealthySince ?? now) + vip.holdDown
            guard sight.slice.announced, now < holdEnds else { return unhealthy }
            timer.set(holdEnds)
            return nil
        }
        let holdEnds = (memory.healthySince ?? now) + vip.holdUp
        guard !sight.slice.announced, now < holdEnds else { return nil }
        timer.set(holdEnds)
        return .holdUp(remaining: holdEnds - now)
    }

    /// What the gating services say against the VIP.
    ///
    /// A service that depends on backends never judged blocks a first announcement and does not
    /// end a standing one: unknown is not down.
    func lackingHealth(_ vip: VIP, _ standings: [ServiceStanding]) -> Reason? {
        let gating = standings.filter(\.gates)
        let passes = { (standing: ServiceStanding) in
            switch standing.state {
            case .up: true
            case .down: false
            case .undetermined: sight.slice.announced
            }
        }
        let isHealthy =
            switch vip.condition {
            case .allServices: gating.allSatisfy(passes)
            case .anyService: gating.contains(where: passes)
            }
        guard !isHealthy else { return nil }
        let down = gating.filter { $0.state == .down }
        guard down.isEmpty else {
            return .noQuorum(
                down.map {
                    .init(
                        service: $0.name,
                        live: $0.counted.live,
                        needed: $0.needed,
                        $0.counted.unit
                    )
                }
            )
        }
        return .notChecked(gating.filter { $0.state == .undetermined }.map(\.name))
    }

    /// Whether what an announcement stands on is seen, and whether a repair is under way.
    private func examineFooting(
        _ standings: [ServiceStanding],
        remembering memory: inout GateMemory,
        timer: inout Timer
    ) -> (reason: Reason?, isRepairing: Bool) {
        for plane in [PlaneName.link, .ipvs] {
            switch scene[plane] {
            case .seen: continue
            // What cannot be seen is neither announced anew nor taken back: a failed look is
            // not an empty look.
            case .unseen: return (sight.slice.announced ? nil : .unseen(plane), false)
            case .blind(let fault):
                return (sight.slice.announced ? nil : .blind(plane, fault), false)
            }
        }
        let missing = standings.filter { $0.gates && $0.state == .up && !$0.isSeen }.map(\.name)
        let broken: Reason? =
            !sight.slice.bound ? .addressMissing : missing.isEmpty ? nil : .servicesMissing(missing)
        guard let broken else {
            memory.brokenSince = nil
            // A wrong setting holds a new announcement back and does not end a standing one:
            // pushed to every director at once, it would empty the fabric.
            let isWrong = !scene.wrongSettings.isEmpty && !sight.slice.announced
            return (isWrong ? .settingsWrong(scene.wrongSettings) : nil, false)
        }
        guard sight.slice.announced else {
            memory.brokenSince = nil
            return (broken, false)
        }
        memory.brokenSince = memory.brokenSince ?? now
        let graceEnds = (memory.brokenSince ?? now) + Self.repairGrace
        guard now < graceEnds else { return (broken, false) }
        timer.set(graceEnds)
        return (nil, true)
    }
}
