import Net

// The speakers: what each shows, and what follows for the VIPs that are announced through it.

/// What is known about one speaker.
struct SpeakerState: Sendable {
    /// How well it can be seen.
    var visibility: Scene.Visibility = .unseen
    /// What it last showed.
    var facts = BGPFacts() {
        didSet {
            for family in AddressFamily.allCases {
                established[family] = Set(
                    facts.peers.filter { $0.isEstablished && $0.families.contains(family) }
                        .map(\.id)
                )
            }
        }
    }
    /// Its established peers by family; kept, since every decision asks.
    private(set) var established: [AddressFamily: Set<String>] = [:]
    /// When it was last seen.
    var seenAt: Moment?
    /// How many looks failed in a row.
    var failures = 0
    /// Whether it has read all of its configuration.
    var load = LoadWatch()
}

extension Director {
    /// How well the speaker called `name` can be seen.
    func visibility(ofSpeaker name: Name) -> Scene.Visibility {
        speakers[name]?.visibility ?? .unseen
    }

    /// How well the speakers of `track` can be seen: its own while it is configured; all of them
    /// when it is to be let go, since any may announce it.
    private func routeVisibility(of track: Track) -> Scene.Visibility {
        guard track.vip == nil else { return visibility(ofSpeaker: track.speaker) }
        let all = intent.bgp.speakers.map { visibility(ofSpeaker: $0.name) }
        return all.first { $0 != .seen } ?? .seen
    }

    /// `scene` as the gate of the address of `track` has to know it.
    func scene(_ scene: Scene, for track: Track, at address: IPAddress, _ now: Moment) -> Scene {
        var scene = scene
        let state = speakers[track.speaker]
        scene.bgp = routeVisibility(of: track)
        scene.refusal = state?.facts.refusal
        scene.isLoading = isLoading(track.speaker)
        scene.contestedUntil = contestedUntil(track, at: now)
        scene.method = intent.bgp[track.speaker]?.method ?? .network
        scene.establishedPeers = state?.established[address.family] ?? []
        return scene
    }

    /// Whether the route of `track` is seen gone, everywhere.
    func isRouteSeenGone(_ track: Track) -> Bool {
        routeVisibility(of: track) == .seen && track.sight.isRouteGone
    }

    /// Whether the speaker called `name` may be written to now.
    func isWritable(_ name: Name) -> Bool {
        guard let state = speakers[name], state.visibility == .seen else { return false }
        // Ours to write only in an instance that is known to be the right one.
        return state.facts.refusal == nil
    }

    /// The peers of every speaker.
    var allPeers: [Peer] {
        intent.bgp.speakers.flatMap { speakers[$0.name]?.facts.peers ?? [] }
    }

    /// What to call a peer where speakers are not told apart otherwise.
    func peerName(_ id: String, of speaker: Name) -> String {
        intent.bgp.speakers.count > 1 ? "\(speaker)/\(id)" : id
    }
}

// MARK: - Looks

extension Director {
    /// The BGP plane was looked at: each speaker was seen, or was not.
    package mutating func saw(_ facts: RoutingFacts, at now: Moment) {
        toldTime = now
        let results = facts.speakers.sorted { $0.key < $1.key }
        let faults = results.compactMap { name, result -> (Name, Fault)? in
            if case .failure(let fault) = result { (name, fault) } else { nil }
        }
        for (name, fault) in faults { lost(name, fault) }
        let took = now - (planes[.bgp]?.lookBegan ?? now)
        for (_, result) in results {
            if case .success = result {
                counts.asked("look", isGood: true, took: took)
            } else {
                counts.asked("look", isGood: false)
            }
        }
        if faults.count == results.count, let fault = faults.first?.1 {
            return lost(.bgp, fault, at: now)
        }
        regained(.bgp, next: intent.bgp.verifyEvery, at: now)
        var isAwaited = false
        for (name, result) in results {
            guard case .success(let facts) = result else { continue }
            isAwaited = saw(facts, of: name, at: now) || isAwaited
            // The second look that agrees is what a new announcement waits for.
            if isLoading(name) { lookSoon(after: 0, at: now) }
        }
        // What was written is not on the wire yet, or not gone from it: look again soon.
        if isAwaited {
            lookSoon(after: planes[.bgp]?.patience ?? 0, at: now)
            planes[.bgp]?.patience += 1
        } else {
            planes[.bgp]?.patience = 0
        }
        for (name, _) in faults { lookSoon(after: speakers[name]?.failures ?? 0, at: now) }
        isDrainDue = true
    }

    private mutating func lookSoon(after failures: Int, at now: Moment) {
        let soon = now + min(delay(after: failures), intent.bgp.verifyEvery)
        let due = planes[.bgp]?.nextLook ?? soon
        planes[.bgp]?.nextLook = min(due, soon)
    }

    /// One speaker could not be seen.
    private mutating func lost(_ name: Name, _ fault: Fault) {
        var state = speakers[name] ?? SpeakerState()
        state.failures += 1
        if state.visibility != .blind(fault) {
            if intent.bgp.speakers.count > 1 {
                record(.plane, level: .error, "bgpd \(name) cannot be seen: \(fault)")
            }
            state.visibility = .blind(fault)
            dirty.formUnion(tracks.filter { $0.value.isConcerned(by: name) }.map(\.key))
        }
        speakers[name] = state
    }

    /// One speaker was seen; answers whether something that was written to it does not show yet.
    private mutating func saw(_ facts: BGPFacts, of name: Name, at now: Moment) -> Bool {
        var state = speakers[name] ?? SpeakerState()
        let isNew = review(facts, of: name, in: &state, at: now)
        if state.visibility != .seen || facts.refusal != state.facts.refusal {
            if case .blind = state.visibility, intent.bgp.speakers.count > 1 {
                record(.plane, "bgpd \(name) can be seen again")
            }
            if let refusal = facts.refusal, refusal != state.facts.refusal {
                record(.plane, level: .error, "\(refusal)")
            }
            dirty.formUnion(tracks.filter { $0.value.isConcerned(by: name) }.map(\.key))
        }
        notePeers(facts.peers, before: state.facts.peers, of: name)
        let established = state.established
        state.visibility = .seen
        state.failures = 0
        state.seenAt = now
        state.facts = facts
        state.facts.evidence = [:]
        speakers[name] = state
        // A path that is being made worse is reached only when every one of them was sent it.
        let arePeersOthers = established != state.established
        for prefix in facts.announced.keys where intent.owns(prefix) {
            if !isNew, tracks[prefix.address] == nil { noteIntrusion(of: prefix.address, at: now) }
            track(prefix.address, by: name, at: now)
        }
        for prefix in facts.sentTo.keys where intent.owns(prefix) {
            track(prefix.address, by: name, at: now)
        }
        var isAwaited = false
        for address in tracks.keys {
            if tracks[address]?.speaker == name {
                see(facts, at: address, isCounted: !isNew, now)
                if arePeersOthers, tracks[address]?.sight.slice.announcement?.level == .soft {
                    dirty.insert(address)
                }
            } else {
                see(facts, strayAt: address, of: name)
            }
            if tracks[address]?.sight.isRouteAwaited == true { isAwaited = true }
        }
        return isAwaited && facts.establishedPeers > 0
    }

    private mutating func see(
        _ facts: BGPFacts,
        at address: IPAddress,
        isCounted: Bool,
        _ now: Moment
    ) {
        guard var track = tracks[address] else { return }
        let before = track.sight
        let prefix = Prefix(host: address)
        track.sight.slice.announcement = facts.announced[prefix]
        track.sight.sentTo = facts.sentTo[prefix] ?? []
        track.sight.sentForms = facts.sentForms[prefix] ?? [:]
        track.sight.obstacle = facts.obstacles[prefix]
        track.sight.hasOtherPath = facts.otherPaths?.contains(prefix)
        track.sight.evidence = facts.evidence[prefix] ?? []
        track.sight.isRouteConfirmed = true
        guard track.sight != before else { return }
        tracks[address] = track
        countConvergence(of: address, at: now)
        dirty.insert(address)
        let isTelling =
            isCounted && (before.isRouteConfirmed || track.routing.isAcknowledged)
        noteRouteDrift(of: address, from: before.slice.announcement, isCounted: isTelling, at: now)
    }

    /// Looks for the route of `address` at a speaker that it does not belong to.
    private mutating func see(_ facts: BGPFacts, strayAt address: IPAddress, of name: Name) {
        guard let before = tracks[address]?.sight else { return }
        let prefix = Prefix(host: address)
        let form = facts.announced[prefix]
        let sentTo = facts.sentTo[prefix] ?? []
        guard form != nil || !sentTo.isEmpty || before.strays[name] != nil else { return }
        let isGone = form == nil && sentTo.isEmpty
        tracks[address]?.sight.strays[name] =
            isGone ? nil : Sight.Stray(form: form, sentTo: sentTo)
        if form == nil {
            tracks[address]?.sight.slice.strays.remove(name)
        } else {
            tracks[address]?.sight.slice.strays.insert(name)
        }
        if tracks[address]?.sight != before { dirty.insert(address) }
    }
}

extension Sight {
    /// Whether what was written last is not seen to have had its effect yet.
    fileprivate var isRouteAwaited: Bool {
        guard strays.isEmpty else { return true }
        guard let announcement = slice.announcement else { return !sentTo.isEmpty }
        guard announcement.level == .soft else { return sentTo.isEmpty }
        return sentTo.isEmpty || !sentTo.isSubset(of: softPeers)
    }
}

extension Track {
    /// Whether what happens at the speaker called `name` matters here.
    fileprivate func isConcerned(by name: Name) -> Bool {
        vip == nil || speaker == name || sight.strays[name] != nil
    }

    /// The VIP is now to be announced by `name`: what was seen so far is a stray from now on.
    mutating func move(to name: Name) {
        guard name != speaker else { return }
        let isAnywhere = sight.slice.announcement != nil || !sight.sentTo.isEmpty
        if isAnywhere || !sight.isRouteConfirmed {
            sight.strays[speaker] = Sight.Stray(
                form: sight.slice.announcement,
                sentTo: sight.sentTo,
                isConfirmed: sight.isRouteConfirmed
            )
        }
        if sight.slice.announcement != nil { sight.slice.strays.insert(speaker) }
        let stray = sight.strays.removeValue(forKey: name)
        sight.slice.strays.remove(name)
        sight.slice.announcement = stray?.form
        sight.sentTo = stray?.sentTo ?? []
        sight.sentForms = [:]
        sight.isRouteConfirmed = false
        sight.obstacle = nil
        sight.hasOtherPath = nil
        sight.evidence = []
        routing = RouteMemory()
        speaker = name
    }
}

// MARK: - Route-maps

extension Director {
    /// The route-maps to be removed now, of speakers that are given nothing else.
    ///
    /// One that is about to be used again looks unused until the speaker was looked at, so every
    /// write to a speaker makes what is known of them worthless.
    func discards(besides changes: [Change], at now: Moment) -> [Change] {
        let busy = Set(changes.compactMap(\.speaker))
        return intent.bgp.speakers.map(\.name)
            .filter { isWritable($0) && !busy.contains($0) }
            .flatMap { name in
                (speakers[name]?.facts.unusedRouteMaps ?? []).sorted()
                    .map { Change.discard(routeMap: $0, by: name) }
            }
            .filter { (discardHolds[$0]?.until ?? now) <= now }
    }
}
