import Net

// The speakers: what each shows, and what follows for the VIPs that are announced through it.

/// What is known about one speaker.
struct SpeakerState: Sendable {
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
    /// Whether it has read all of its configuration.
    var load = LoadWatch()
    /// Whether it was seen with all of its configuration, and with it all of its peers, since this
    /// director runs.
    var hasBeenWhole = false
    /// Why it is not written to, once that has been said.
    var toldRefusal: Fault?
    /// The peers that have lost their session and may keep what they were sent, and until when.
    var holdouts: [String: Moment] = [:]
}

extension Director {
    /// How well the speaker called `name` can be seen.
    func visibility(ofSpeaker name: Name) -> Scene.Visibility {
        planes[.speaker(name)]?.visibility ?? .unseen
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
        scene.drainFileUntil = drainFileUntil
        scene.routesReadSince = planes[.speaker(track.speaker)]?.readSince
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
        guard let state = speakers[name], visibility(ofSpeaker: name) == .seen else {
            return false
        }
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
    /// Speakers were looked at, and each was seen, or was not; of others nothing is said.
    package mutating func saw(_ facts: RoutingFacts, at now: Moment) {
        toldTime = now
        for (name, result) in facts.speakers.sorted(by: { $0.key < $1.key }) {
            let post = Post.speaker(name)
            switch result {
            case .failure(let fault):
                counts.asked("look", isGood: false)
                lost(post, fault, at: now)
            case .success(let facts):
                let took = now - (planes[post]?.lookBegan ?? now)
                counts.asked("look", isGood: true, took: took)
                saw(facts, of: name, took: took, at: now)
            }
        }
        reviewFormerRanges()
        isDrainDue = true
    }

    private mutating func lookSoon(at post: Post, after failures: Int, at now: Moment) {
        look(at: post, within: delay(after: failures), at: now)
    }

    private mutating func look(at post: Post, within wait: Duration, at now: Moment) {
        let soon = now + min(wait, intent.bgp.verifyEvery)
        let due = planes[post]?.nextLook ?? soon
        planes[post]?.nextLook = min(due, soon)
    }

    /// One speaker was seen.
    private mutating func saw(
        _ facts: BGPFacts,
        of name: Name,
        took: Duration,
        at now: Moment
    ) {
        let post = Post.speaker(name)
        let isAwaited = take(facts, of: name, at: now)
        // The second look that agrees is what a new announcement waits for.
        if isLoading(name) { lookSoon(at: post, after: 0, at: now) }
        // No more often than a look takes: a busy bgpd is not kept from its work by looking.
        if let wait = speakers[name]?.load.nextLook(at: now) {
            look(at: post, within: max(wait, took), at: now)
        }
        // What was written is not on the wire yet, or not gone from it: look again soon.
        if isAwaited {
            lookSoon(at: post, after: planes[post]?.patience ?? 0, at: now)
            planes[post]?.patience += 1
        } else {
            planes[post]?.patience = 0
        }
        noteFullLook(of: name)
    }

    /// Takes in what one speaker showed; answers whether something that was written to it does not
    /// show yet.
    private mutating func take(_ facts: BGPFacts, of name: Name, at now: Moment) -> Bool {
        var state = speakers[name] ?? SpeakerState()
        let isNew = review(facts, of: name, in: &state, at: now)
        let post = Post.speaker(name)
        let wasSeen = planes[post]?.visibility == .seen
        if !wasSeen || facts.refusal != state.facts.refusal {
            dirty.formUnion(tracks.filter { $0.value.isConcerned(by: post) }.map(\.key))
        }
        regained(post, next: intent.bgp.verifyEvery, at: now)
        noteRefusal(facts.refusal, in: &state, at: now)
        notePeers(facts.peers, before: state.facts.peers, of: name)
        let established = state.established
        let holdouts = state.holdouts(after: facts, at: now)
        let newHoldouts = holdouts.filter { state.holdouts[$0.key] == nil }
        state.holdouts = holdouts
        state.hasBeenWhole = state.hasBeenWhole || state.isWhole(facts)
        state.seenAt = now
        state.facts = facts
        state.facts.evidence = [:]
        speakers[name] = state
        // A path that is being made worse is reached only when every one of them was sent it.
        let arePeersOthers = established != state.established
        for prefix in facts.announced.keys where isOurs(prefix) {
            if !isNew, tracks[prefix.address] == nil { noteIntrusion(of: prefix.address, at: now) }
            track(prefix.address, by: name, at: now)
        }
        for prefix in facts.sentTo.keys where isOurs(prefix) {
            track(prefix.address, by: name, at: now)
        }
        var isAwaited = false
        for address in tracks.keys {
            if tracks[address]?.speaker == name {
                seeLingering(at: address, newHoldouts, among: holdouts, facts)
                see(facts, at: address, isCounted: !isNew, now)
                if arePeersOthers, tracks[address]?.sight.slice.announcement?.level == .soft {
                    dirty.insert(address)
                }
            } else {
                see(facts, strayAt: address, of: name)
            }
            if tracks[address]?.sight.isRouteAwaited == true { isAwaited = true }
        }
        let isTelling = facts.peers.contains { $0.awaitsEndOfRIB && holdouts[$0.id] != nil }
        return (isAwaited || isTelling) && facts.establishedPeers > 0
    }

    private mutating func see(
        _ facts: BGPFacts,
        at address: IPAddress,
        isCounted: Bool,
        _ now: Moment
    ) {
        guard var track = tracks[address] else { return }
        if !track.hasRouteBeenSeen, speakers[track.speaker]?.hasBeenWhole == true {
            track.hasRouteBeenSeen = true
            tracks[address]?.hasRouteBeenSeen = true
        }
        let before = track.sight
        let prefix = Prefix(host: address)
        track.sight.slice.announcement = facts.announced[prefix]
        track.sight.sentTo = facts.sentTo[prefix] ?? []
        track.sight.sentForms = facts.sentForms[prefix] ?? [:]
        track.sight.obstacle = facts.obstacles[prefix]
        track.sight.withheld = facts.withheld[prefix] ?? [:]
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
    /// Whether what happens at `post` matters here.
    func isConcerned(by post: Post) -> Bool {
        guard case .speaker(let name) = post else { return true }
        return vip == nil || speaker == name || sight.strays[name] != nil
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
        sight.withheld = [:]
        sight.hasOtherPath = nil
        sight.evidence = []
        sight.lingering = [:]
        hasRouteBeenSeen = false
        routing = RouteMemory()
        speaker = name
    }
}

// MARK: - Route-maps

extension Director {
    /// The route-maps of the speaker called `name` to be removed now, if it is given nothing else.
    ///
    /// One that is about to be used again looks unused until the speaker was looked at, so every
    /// write to a speaker makes what is known of them worthless.
    func discards(besides changes: [Change], of name: Name, at now: Moment) -> [Change] {
        guard changes.isEmpty, isWritable(name) else { return [] }
        return (speakers[name]?.facts.unusedRouteMaps ?? []).sorted()
            .map { Change.discard(routeMap: $0, by: name) }
            .filter { (discardHolds[$0]?.until ?? now) <= now }
    }
}
