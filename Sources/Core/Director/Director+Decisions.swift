import Net

// Deciding about dirty addresses, and handing the differences to idle planes.

extension Director {
    /// The most changes handed to a plane at once.
    ///
    /// Large enough that all that a look takes from thousands of servers is one transaction; the
    /// table takes a hundred thousand changes a second, so that whatever comes up meanwhile waits
    /// for less than a tenth of one.
    package static let changesPerBatch = 8192

    /// What every gate has to know now.
    var scene: Scene {
        var scene = Scene()
        for plane in PlaneName.allCases { scene[plane] = visibility(of: plane) }
        if intent.ipvs.settings != .ignore {
            scene.wrongSettings =
                settings.filter { $0.isNeeded && !$0.isRight }.map(\.name).sorted()
            // What is told of a blind IPVS is that it is blind.
            if scene.ipvs == .seen, !areSettingsKnown { scene.link = .unseen }
        }
        scene.drainReason = node.drain?.reason
        scene.drainMode = node.drain?.mode ?? .soft
        scene.drain = intent.drain
        scene.sparesLastPath = nodeDrains.allSatisfy { source, wish in
            source == .command && !wish.isLastPathWaived
        }
        scene.suspicion = brakeScene
        scene.softenAtMost = intent.drain.softenAtMost + intent.routeTurns
        return scene
    }

    /// Decides about one address in `scene`, which is the same for all that are decided about now.
    mutating func decide(about address: IPAddress, in scene: Scene, at now: Moment) {
        guard var track = tracks[address] else { return }
        let health = self.health
        let agents = agentSight
        let heldSince = self.heldSince
        track.sight.forgetLingering(at: now)
        setAside(&track, at: address, now)
        let asides = track.asides
        let gate = Gate(
            vip: track.vip,
            sight: track.sight,
            scene: self.scene(scene, for: track, at: address, now),
            handovers: overrides.handovers.filter {
                $0.isRunning && $0.service.address == address
            },
            vipDrain: overrides.drains[.vip(address)],
            // What cannot be seen is not quiet.
            quietSince: planes[.ipvs]?.visibility == .seen ? track.meter.quietSince : nil,
            now: now,
            isHeld: { health.isHeld($0, since: heldSince) },
            isUp: { health.isUp($0, heldSince: heldSince) },
            agent: { agents.effect($0, of: $1, at: address) },
            aside: { asides[$0.id]?.current[$1.endpoint] }
        )
        let decision = gate.decide(remembering: &track.memory)
        if decision.drain != track.decision?.drain { isDrainDue = true }
        if case .settling(let until)? = decision.drain, until <= now {
            askForFullLook(of: track.speaker, after: until, at: now)
        }
        // That an announcement was refused is no reason to wait with its end.
        if decision.wanted.announcement == nil, track.decision?.wanted.announcement != nil {
            track.holds = track.holds.filter { $0.key.speaker != track.speaker }
        }
        notePanic(track.decision?.services ?? [], decision.services, at: address)
        track.decision = decision
        tracks[address] = track
        for post in planes.keys {
            if differs(track, at: post) {
                planes[post]?.unsettled.insert(address)
            } else {
                planes[post]?.unsettled.remove(address)
            }
        }
        if !track.holds.isEmpty {
            // Where all is as wanted, nothing that failed earlier matters any more.
            track.holds = track.holds.filter { subject, _ in
                planes.contains {
                    $0.key.plane == subject.plane && $0.value.unsettled.contains(address)
                }
            }
            tracks[address]?.holds = track.holds
        }
        awaitRoute(of: address, at: now)
        queueRoute(of: address, at: now)
        noteStuck(address)
        noteState(of: address, at: now)
        let holds = tracks[address]?.holds.values.map(\.until).filter { $0 > now }.min()
        let lingers = track.sight.lingering.values.min()
        let review = track.asides.values.compactMap(\.nextReview).min()
        let pending = [decision.revisitAt, holds, tracks[address]?.blockedAt, lingers, review]
        timers.set(address, at: pending.compactMap { $0 }.filter { $0 > now }.min())
        forgetIfGone(address)
    }

    private func differs(_ track: Track, at post: Post) -> Bool {
        guard let wanted = track.decision?.wanted else { return false }
        let seen = track.sight.slice
        return switch post {
        case .link: seen.bound != wanted.bound || seen.masqueraded != wanted.masqueraded
        case .ipvs: seen.services != wanted.services
        case .speaker(track.speaker): seen.announcement != wanted.announcement
        case .speaker(let name): seen.strays.contains(name) != wanted.strays.contains(name)
        }
    }

    /// Drops an address that is no longer configured once nothing of it is left anywhere.
    private mutating func forgetIfGone(_ address: IPAddress) {
        guard let track = tracks[address], track.vip == nil, track.sight.slice == .empty,
            isRouteSeenGone(track), planes.values.allSatisfy({ !$0.isBusy })
        else { return }
        tracks[address] = nil
        timers.set(address, at: nil)
        record(.vip, address: address, "let go: nothing of it is left")
    }

    /// What `post` should do now; `nil` while it is busy or has nothing to do.
    mutating func assign(_ post: Post, at now: Moment) -> Assignment? {
        guard let state = planes[post], !state.isBusy else { return nil }
        let isLookDue = state.nextLook <= now
        if isLookDue, state.visibility != .seen || state.didApplyLast {
            return observe(post, at: now)
        }
        let changes = state.visibility == .seen ? collect(post, state.unsettled, at: now) : []
        guard !changes.isEmpty else { return isLookDue ? observe(post, at: now) : nil }
        begin(post, at: now)
        planes[post]?.didApplyLast = true
        for change in changes {
            if post.plane == .bgp { count(change) }
            spendRoute(change, at: now)
            anticipate(change)
        }
        return .apply(post, changes)
    }

    /// Believes the worst of a change from the moment it is on its way.
    ///
    /// What is being taken away no longer carries an announcement, although it may still be
    /// there; a route that is being written may be out, whichever way it is written. What is being
    /// added counts when it is acknowledged. Without this, a VIP that leaves the configuration and
    /// comes back within one round could be announced on services about to vanish.
    private mutating func anticipate(_ change: Change) {
        // Most of a large batch: taking the track out and putting it back would cost more than the
        // decision did.
        switch change {
        case .removePath(let key): return probePaths.anticipate(removalOf: key)
        case .bind, .set, .discard, .masquerade, .addService, .updateService, .addDestination,
            .addPath:
            return
        case .unbind, .unmasquerade, .removeService, .updateDestination, .moveDestination,
            .removeDestination, .announce, .withdraw:
            break
        }
        guard let address = change.address, var track = tracks[address] else { return }
        switch change {
        case .unbind, .unmasquerade, .removeDestination: track.apply(change)
        case .removeService(let key):
            track.apply(change)
            track.sight.vanishing.insert(key.id)
        case .updateDestination(let key, let endpoint, _, let weight):
            let before = track.sight.slice.services[key.id]?.destinations[endpoint]?.weight ?? 0
            if weight < before { track.apply(change) }
        // It may end without being there. What already carries an announcement is given the time:
        // the others take its flows for these microseconds.
        case .moveDestination(let key, let endpoint, _, _, _):
            guard !track.sight.slice.announced else { break }
            track.apply(.removeDestination(key, endpoint))
            // What was decided for this turn did not know of it.
            dirty.insert(address)
        case .announce(_, _, let speaker), .withdraw(_, let speaker):
            track.doubtRoute(after: change)
            // Which route-maps are in use is known again after the next look.
            speakers[speaker]?.facts.unusedRouteMaps = []
        case .bind, .set, .discard, .masquerade, .addService, .updateService, .addDestination,
            .addPath, .removePath:
            break
        }
        tracks[address] = track
    }

    private mutating func begin(_ post: Post, at now: Moment) {
        planes[post]?.isBusy = true
        planes[post]?.began = now
        // What is being read of the table meanwhile is neither as before nor as after.
        if post == .ipvs { audit.isSpoiled = true }
    }

    private mutating func observe(_ post: Post, at now: Moment) -> Assignment {
        begin(post, at: now)
        planes[post]?.lookBegan = now
        planes[post]?.didApplyLast = false
        if post == .link { isLinkLookTelling = true }
        let isFull = planes[post]?.isFullLookAsked == true
        planes[post]?.isLookFull = isFull
        planes[post]?.isFullLookAsked = false
        return .observe(post)
    }

    /// The next batch of changes for `post`, withdrawals first.
    private func collect(
        _ post: Post,
        _ unsettled: Set<IPAddress>,
        at now: Moment
    ) -> [Change] {
        var changes = post == .link ? settingChanges(at: now) : []
        let turn = post.plane == .bgp ? routesInTurn(at: now) : []
        for address in pressing(unsettled) {
            guard let track = tracks[address], let wanted = track.decision?.wanted else { continue }
            let own = track.sight.slice
                .changes(
                    to: wanted,
                    at: address,
                    by: track.speaker,
                    nominal: { nominalWeight(of: $1, in: $0, of: track.vip) },
                    earlier: { subject in
                        guard let hold = track.holds[subject] else { return .none }
                        return hold.until <= now ? .failed : .held
                    }
                )
                .filter {
                    $0.post == post && ($0.speaker.map(isWritable) ?? true) && isInTurn($0, turn)
                }
            guard changes.isEmpty || changes.count + own.count <= Self.changesPerBatch else {
                break
            }
            changes += own
        }
        // After everything that traffic depends on.
        if post == .ipvs {
            changes += probePaths.changes(at: now).prefix(Self.changesPerBatch - changes.count)
        }
        if case .speaker(let name) = post {
            changes += discards(besides: changes, of: name, at: now)
        }
        return changes
    }

    /// Those of `addresses` that were decided about, withdrawals first, then by address.
    ///
    /// Their tracks stay where they are: sorting copies what it moves many times over.
    private func pressing(_ addresses: Set<IPAddress>) -> [IPAddress] {
        addresses.compactMap { address -> (rank: Int, address: IPAddress)? in
            guard let wanted = tracks[address]?.decision?.wanted else { return nil }
            guard wanted.announced else { return (0, address) }
            // What stands and is to stand otherwise comes before what is announced anew.
            return (tracks[address]?.sight.slice.announced == true ? 1 : 2, address)
        }
        .sorted { $0 < $1 }
        .map(\.address)
    }

    private func settingChanges(at now: Moment) -> [Change] {
        guard intent.ipvs.settings == .apply else { return [] }
        return settings.filter { !$0.isRight && (settingHolds[$0.name]?.until ?? now) <= now }
            .compactMap { setting in setting.accepted.first.map { .set(setting.name, to: $0) } }
    }

    private func nominalWeight(of endpoint: Endpoint, in id: ServiceID, of vip: VIP?) -> Int {
        vip?.services.first { $0.id == id }?.backend(at: endpoint)?.weight ?? 0
    }
}
