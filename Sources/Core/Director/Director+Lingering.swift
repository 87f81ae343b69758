import Net

// Routes that outlive their session: what a router may keep although nobody sends it any more.

extension SpeakerState {
    /// The peers without a session that may keep what they were sent, once `facts` are what is; and
    /// until when.
    ///
    /// Whether a peer helps a graceful restart is known while its session is up, so what was seen
    /// then counts; of one that was never seen up it is not known, and it is taken to do so. What
    /// it had is gone for certain once it is back and was told that it has been sent everything.
    ///
    /// A bgpd that is still reading its configuration does not know all of its peers, which says
    /// nothing of what they keep.
    func holdouts(after facts: BGPFacts, at now: Moment) -> [String: Moment] {
        var found: [String: Moment] = [:]
        for peer in facts.peers {
            // One that was shut down was told, and drops everything.
            guard !peer.isEstablished || peer.awaitsEndOfRIB, let least = peer.retention else {
                continue
            }
            // Back, it goes on by what it had until it is told that it has everything.
            guard !peer.isEstablished else {
                found[peer.id] = now + (least - (peer.stateFor ?? .zero))
                continue
            }
            if let until = holdouts[peer.id] {
                found[peer.id] = until
                continue
            }
            let before = self.facts.peers.first { $0.id == peer.id }
            guard before == nil && !hasBeenWhole || before?.isEstablished == true,
                let retention = before == nil ? least : before?.retention
            else { continue }
            found[peer.id] = now + (retention - (peer.stateFor ?? .zero))
        }
        if !isWhole(facts) { found.merge(unmentioned(in: facts, at: now)) { known, _ in known } }
        return found.filter { $0.value > now }
    }

    /// Whether `facts` are of a bgpd that has read all of its configuration.
    func isWhole(_ facts: BGPFacts) -> Bool { facts.refusal == nil && load.isLoaded }

    /// The peers that `facts` lack and that keep what they have all the same, and until when.
    private func unmentioned(in facts: BGPFacts, at now: Moment) -> [String: Moment] {
        let present = Set(facts.peers.map(\.id))
        var found = holdouts.filter { !present.contains($0.key) }
        for peer in self.facts.peers where peer.isEstablished && !present.contains(peer.id) {
            found[peer.id] = peer.retention.map { now + $0 }
        }
        return found
    }
}

extension Director {
    /// Has the address remember who may keep its route: of `new` those that may have been sent it,
    /// and of `all` when nobody has looked before; until they are no longer among those.
    mutating func seeLingering(
        at address: IPAddress,
        _ new: [String: Moment],
        among all: [String: Moment],
        _ facts: BGPFacts
    ) {
        guard let track = tracks[address], !all.isEmpty || !track.sight.lingering.isEmpty else {
            return
        }
        var sight = track.sight
        for peer in sight.lingering.keys { sight.lingering[peer] = all[peer] }
        // Also when somebody else has announced it since the last look.
        let mayBeOut =
            sight.slice.announced || !sight.isRouteConfirmed
            || facts.announced[Prefix(host: address)] != nil
        for (peer, until) in track.hasRouteBeenSeen ? new : all
        where !track.hasRouteBeenSeen || mayBeOut || sight.sentTo.contains(peer) {
            sight.lingering[peer] = until
        }
        guard sight != track.sight else { return }
        tracks[address]?.sight = sight
        dirty.insert(address)
    }

    /// Which peers may keep routes of `tracks` that are no longer sent, as what a drain waits for.
    func lingeringFault(of tracks: some Sequence<Track>, at now: Moment) -> Fault? {
        var until: [String: Moment] = [:]
        for track in tracks where !track.sight.slice.announced {
            for (peer, end) in track.sight.lingering where end > now {
                let name = peerName(peer, of: track.speaker)
                until[name] = max(until[name] ?? end, end)
            }
        }
        guard let last = until.values.max() else { return nil }
        return .lingering(until.keys.sorted(), for: last - now)
    }
}

extension Fault {
    static func lingering(_ peers: [String], for remaining: Duration) -> Fault {
        Fault(
            code: "F146",
            summary: "\(peers.joined(separator: ", ")) without a session may keep routes for "
                + "\(Reason.tenths(remaining)) s more",
            because: "graceful restart: they go on forwarding by what they were sent",
            fix: "wait, or bring the session back"
        )
    }
}
