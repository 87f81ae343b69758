import Net

// What the driver reports: probes, looks, failed looks, acknowledged changes.

extension Director {
    /// How soon a plane is looked at again after a look failed, a change failed, or bgpd was
    /// written to; doubled each time up to the longest.
    ///
    /// bgpd holds best-path work back for 50 ms, so that much passes before a write can show.
    static let lookDelays = (first: Duration.milliseconds(60), longest: Duration.seconds(5))

    /// How often the table is looked at while something waits for traffic to end.
    static let ebbInterval: Duration = .seconds(1)

    /// Probes of `target` ended, so many in a row that say the same, the last with `outcome`, and
    /// so long ago, the first `firstAge` ago: what was heard before something happened is no word
    /// about it.
    package mutating func probed(
        _ target: ProbeTarget,
        _ outcome: Outcome,
        count: Int = 1,
        age: Duration = .zero,
        firstAge: Duration? = nil,
        at now: Moment
    ) {
        let ended = now + (.zero - age)
        let began = firstAge.map { now + (.zero - $0) } ?? ended
        toldTime = now
        guard !target.check.method.isAgent else { return hear(target, outcome, at: now) }
        var isChanged = false
        let wasForgiven = health.forgiven
        // More results than any check counts say nothing more.
        for number in 0..<min(count, HealthMachine.mostCounted) {
            let moment = number == 0 ? began : ended
            isChanged = health.probed(target, outcome, at: moment) || isChanged
        }
        if !canaries.isEmpty { heard(target, outcome, at: ended) }
        if health.forgiven != wasForgiven { dirty.formUnion(health.dependents(on: target)) }
        guard isChanged else { return }
        countTurns(by: target)
        blame(.health, for: health.dependents(on: target))
        let isUp = health[target]?.isUp == true
        if canaries.contains(where: { $0.canary.target == target }) {
            let word = isUp ? "answers" : "is silent"
            record(
                .node,
                level: isUp ? .info : .warning,
                "the canary \(target.endpoint) \(word): \(outcome)"
            )
            return
        }
        guard target.check.mode == .enforce else {
            let word = isUp ? "passes" : "fails"
            record(.backend, "\(target.endpoint) \(word) what is only observed: \(outcome)")
            return
        }
        record(
            .backend,
            level: isUp ? .info : .warning,
            "\(target) is \(isUp ? "up" : "down"): \(outcome)"
        )
        dirty.formUnion(health.dependents(on: target))
    }

    /// The kernel reported that something of `plane` changed; what, a look will tell.
    package mutating func stirred(_ plane: PlaneName, at now: Moment) {
        lookAgain(at: plane, now)
    }

    /// When the last look at `plane` that has ended began, whatever came of it.
    ///
    /// Of the routing daemons it is the one that has been looked at least lately which counts; but
    /// for those that none of `scopes` is announced at, which may hang without anybody waiting.
    package func lookedSince(_ plane: PlaneName, for scopes: [DrainScope] = [.node]) -> Moment? {
        let speakers =
            scopes.contains(.node)
            ? nil : Set(intent.vips.filter { scopes.contains(.vip($0.address)) }.map(\.speaker))
        let ends = planes.filter { post, _ in
            guard case .speaker(let name) = post, let speakers else { return post.plane == plane }
            return plane == .bgp && speakers.contains(name)
        }.map(\.value.lookedSince)
        let seen = ends.compactMap(\.self)
        return seen.count == ends.count ? seen.min() : nil
    }

    /// How well `plane` can be seen: that of the routing daemons as well as the best of them.
    func visibility(of plane: PlaneName) -> Scene.Visibility {
        let all = Self.posts(of: intent).filter { $0.plane == plane }
            .map { planes[$0]?.visibility ?? .unseen }
        return all.contains(.seen) ? .seen : all.first ?? .unseen
    }

    /// Has `plane` looked at after `now`, whatever a look that is under way says.
    private mutating func lookAgain(at plane: PlaneName, _ now: Moment) {
        for (post, var state) in planes where post.plane == plane {
            state.nextLook = now
            // How often it was looked for in vain says nothing of what has just come.
            if case .blind = state.visibility { state.patience = 0 }
            state.isLookStale = state.isBusy && !state.didApplyLast
            planes[post] = state
        }
    }

    /// Has `plane` looked at as soon as nothing else is under way there.
    mutating func lookNow(at plane: PlaneName, _ now: Moment) {
        for post in planes.keys where post.plane == plane { planes[post]?.nextLook = now }
    }

    /// `plane` could not be looked at: what is believed stays, and nothing is changed there.
    package mutating func couldNotSee(_ plane: PlaneName, _ fault: Fault, at now: Moment) {
        toldTime = now
        for post in Self.posts(of: intent) where post.plane == plane { lost(post, fault, at: now) }
    }

    /// Nothing of `post` could be seen.
    mutating func lost(_ post: Post, _ fault: Fault, at now: Moment) {
        toldTime = now
        guard var state = planes[post] else { return }
        if state.visibility != .blind(fault) {
            record(.plane, level: .error, "\(label(of: post)) cannot be seen: \(fault)")
            state.since = now
            dirty.formUnion(tracks.filter { $0.value.isConcerned(by: post) }.map(\.key))
        }
        state.visibility = .blind(fault)
        state.isBusy = false
        state.lookedSince = state.lookBegan
        counts.looked(at: post.plane, took: nil)
        state.isLookStale = false
        state.nextLook = now + delay(after: state.patience)
        state.patience += 1
        planes[post] = state
    }

    /// The link plane was looked at.
    package mutating func saw(_ facts: LinkFacts, at now: Moment) {
        toldTime = now
        let isFirst = planes[.link]?.visibility == .unseen
        regained(.link, next: intent.ipvs.reconcileEvery, at: now)
        if facts.settings != link.settings { noteSettings(facts.settings) }
        let before = scene
        link = facts
        areSettingsKnown = isLinkLookTelling
        if scene != before { dirty.formUnion(tracks.keys) }
        let found = facts.addresses.filter { isOurs(Prefix(host: $0)) }
        for address in found { track(address, by: intent.bgp.mainSpeaker.name, at: now) }
        for address in tracks.keys {
            guard let track = tracks[address] else { continue }
            // An address on a link that is down serves nobody, and is still there to be removed.
            let isBound = found.contains(address) && (facts.isUp || track.vip == nil)
            guard track.sight.slice.bound != isBound else { continue }
            if !isFirst {
                noteDrift(of: address, .link, isBound ? "bound, not by us" : "no longer bound")
            }
            tracks[address]?.sight.slice.bound = isBound
            dirty.insert(address)
        }
        see(masqueraded: facts.masqueraded, isFirst: isFirst, at: now)
    }

    /// The IPVS plane was looked at.
    package mutating func saw(_ facts: IPVSFacts, at now: Moment) {
        toldTime = now
        let isFirst = planes[.ipvs]?.visibility == .unseen
        if planes[.ipvs]?.visibility != .seen {
            // Its module may have been loaded just now, and brought settings with it.
            areSettingsKnown = false
            isLinkLookTelling = false
            lookAgain(at: .link, now)
        }
        regained(.ipvs, next: isEbbing ? Self.ebbInterval : intent.ipvs.reconcileEvery, at: now)
        if intent.ipvs.management == .all {
            let main = intent.bgp.mainSpeaker.name
            for key in facts.services.keys { track(key.address, by: main, at: now) }
        }
        var byAddress: [IPAddress: [ServiceID: ObservedService]] = [:]
        for (key, service) in facts.services where tracks[key.address] != nil {
            byAddress[key.address, default: [:]][key.id] = service
        }
        for text in probePaths.saw(facts.markServices) {
            commonCause = .drift
            record(.drift, level: .warning, "IPVS: someone changed \(text)")
        }
        foreignServices = facts.foreign {
            tracks[$0.address] == nil
        } marked: {
            !probePaths.isOurs($0)
        }
        var packets: UInt64 = 0
        var drift = Drift()
        for address in tracks.keys.sorted() {
            packets += see(byAddress[address] ?? [:], at: address, isFirst, &drift, now: now)
        }
        tell(drift)
        settleSuspicion(isConfirmed: drift.isAny, at: now)
        postponeAudit(at: now)
        meter.read(packets, at: now, quietBelow: intent.drain.packetsBelow)
        if isFirst { assumeHealth() }
        isDrainDue = true
    }

    private mutating func see(
        _ services: [ServiceID: ObservedService],
        at address: IPAddress,
        _ isFirst: Bool,
        _ drift: inout Drift,
        now: Moment
    ) -> UInt64 {
        guard var track = tracks[address] else { return 0 }
        let slices = services.mapValues(\.slice)
        let before = track.sight.slice.services
        let isDrifted = before != slices
        let isWaiting = !track.memory.leavingSince.isEmpty || track.vip == nil
        track.sight.slice.services = slices
        track.sight.vanishing = []
        track.sight.activeConnections = services.mapValues(\.activeConnections)
        track.sight.traffic = services.mapValues(\.traffic)
        track.sight.tableSeenAt = now
        let packets = services.values.reduce(0) { $0 + $1.inPackets }
        track.meter.read(packets, at: now, quietBelow: intent.drain.packetsBelow)
        // After a failed change nobody knows who left it so.
        if isDrifted, !isFirst, track.holds.isEmpty, track.vip != nil {
            drift.note(from: before, to: slices, at: address)
        }
        drift.isAny = drift.isAny || isDrifted
        tracks[address] = track
        if isDrifted || isWaiting || isFirst { dirty.insert(address) }
        return packets
    }

    /// The most changes of one batch that are told one by one; of a larger one, routes only.
    static let changesToldOneByOne = 16

    /// A batch of changes was carried out; each was acknowledged or failed.
    package mutating func applied(
        _ results: [(change: Change, result: Result<Void, Fault>)],
        to post: Post,
        at now: Moment
    ) {
        toldTime = now
        let plane = post.plane
        planes[post]?.isBusy = false
        // A batch of which nothing worked is no step towards a table.
        let worked = results.contains { if case .success = $0.result { true } else { false } }
        if worked, plane != .bgp { lastAdvance = now }
        let isTerse = results.count > Self.changesToldOneByOne
        if isTerse { record(.change, "\(results.count) changes to \(plane.label)") }
        for (change, result) in results {
            switch result {
            case .success:
                noteLastPath(takenBy: change)
                countChange(change)
                acknowledged(change)
                let isTold = !isTerse || plane == .bgp
                if isTold { record(.change, address: change.address, "\(change)") }
            case .failure(let fault): failed(change, fault, at: now)
            }
            if let address = change.address { dirty.insert(address) }
        }
        if plane == .bgp {
            countWrites(results, by: post, at: now)
            // What we write ourselves is no sign that a configuration is still being loaded.
            for name in Set(results.compactMap(\.change.speaker)) {
                speakers[name]?.load.wrote(at: now)
            }
            planes[post]?.patience = 0
            planes[post]?.nextLook = now + Self.lookDelays.first
        }
    }

    private mutating func acknowledged(_ change: Change) {
        if case .set(let name, let number) = change {
            for index in link.settings.indices where link.settings[index].name == name {
                link.settings[index].actual = "\(number)"
            }
            settingHolds[name] = nil
            dirty.formUnion(tracks.keys)
        }
        probePaths.acknowledge(change)
        if case .discard(let routeMap, let speaker) = change {
            speakers[speaker]?.facts.unusedRouteMaps.remove(routeMap)
            discardHolds[change] = nil
        }
        guard let address = change.address else { return }
        // Somebody may be waiting for its connections to end.
        if isEmptied(by: change) { planes[.ipvs]?.nextLook = toldTime }
        tracks[address]?.acknowledge(change)
    }

    /// A change failed: what is believed may be wrong, so the plane is looked at before a retry.
    private mutating func failed(_ change: Change, _ fault: Fault, at now: Moment) {
        var soon = now + Self.lookDelays.first
        // Half of a move takes a destination away, and nothing else may be built on it.
        if case .moveDestination = change { soon = now }
        let due = planes[change.post]?.nextLook ?? soon
        planes[change.post]?.nextLook = min(due, soon)
        if case .set(let name, _) = change {
            if settingHolds[name]?.fault != fault {
                record(.change, level: .error, "\(change) failed: \(fault)")
            }
            settingHolds[name] = Hold(fault, after: settingHolds[name], now: now)
        }
        if case .discard = change {
            if discardHolds[change]?.fault != fault {
                record(.change, level: .error, "\(change) failed: \(fault)")
            }
            discardHolds[change] = Hold(fault, after: discardHolds[change], now: now)
        }
        if probePaths.failed(change, fault, at: now) {
            record(.change, level: .error, "\(change) failed: \(fault)")
        }
        guard let address = change.address, var track = tracks[address] else { return }
        if track.holds[change.subject]?.fault != fault {
            record(.change, level: .error, address: address, "\(change) failed: \(fault)")
        }
        track.holds[change.subject] = Hold(fault, after: track.holds[change.subject], now: now)
        // A write to bgpd that failed may have been carried out all the same.
        track.doubtRoute(after: change)
        tracks[address] = track
    }

    mutating func regained(_ post: Post, next: Duration, at now: Moment) {
        guard var state = planes[post] else { return }
        if state.visibility != .seen {
            if case .blind = state.visibility {
                record(.plane, "\(label(of: post)) can be seen again")
            }
            state.since = now
            dirty.formUnion(tracks.filter { $0.value.isConcerned(by: post) }.map(\.key))
        }
        state.visibility = .seen
        state.isBusy = false
        state.lookedSince = state.lookBegan
        counts.looked(at: post.plane, took: now - (state.lookBegan ?? now))
        state.nextLook = state.isLookStale ? now : now + next
        state.isLookStale = false
        if post.plane != .bgp { state.patience = 0 }
        planes[post] = state
    }

    /// What to call `post` where speakers are told apart.
    private func label(of post: Post) -> String {
        guard case .speaker(let name) = post, intent.bgp.speakers.count > 1 else {
            return post.plane.label
        }
        return "\(post.plane.label) \(name)"
    }

    func delay(after failures: Int) -> Duration {
        min(Self.lookDelays.first * (1 << min(failures, 10)), Self.lookDelays.longest)
    }

    /// True while something waits for traffic or connections to end.
    private var isEbbing: Bool {
        if case .draining = node { return true }
        return isEmptyingServers
            || tracks.values.contains { track in
                if case .draining = track.drain { return true }
                return track.vip == nil || !track.memory.leavingSince.isEmpty
            }
    }
}
