import Net

// Speakers and drains in the picture.

extension Director {
    func frrStatus(_ frame: Frame) -> FRRStatus {
        let main = speakers[intent.bgp.mainSpeaker.name]
        let states = intent.bgp.speakers.map { visibility(ofSpeaker: $0.name) }
        return FRRStatus(
            visibility: VisibilityStatus(states.first { $0 != .seen } ?? .seen),
            version: main?.facts.version ?? "",
            asn: intent.bgp.asn.number,
            refusal: intent.bgp.speakers.lazy.compactMap { speakers[$0.name]?.facts.refusal }.first,
            peers: intent.bgp.speakers.flatMap { peerStatuses(of: $0.name, frame) },
            foreignNetworks: speakers.values.reduce(0) { $0 + $1.facts.foreignNetworks },
            pulse: worstPulse(frame.now),
            loading: intent.bgp.speakers.contains { isLoading($0.name) } ? true : nil,
            speakers: intent.bgp.speakers.map { status(of: $0, frame) }
        )
    }

    private func peerStatuses(of speaker: Name, _ frame: Frame) -> [PeerStatus] {
        guard let state = speakers[speaker] else { return [] }
        return state.facts.peers.map { peer in
            PeerStatus(
                id: peerName(peer.id, of: speaker),
                asn: peer.asn?.number,
                state: peer.state,
                established: peer.isEstablished,
                families: peer.families.sorted().map(\.word),
                prefixesSent: Self.byWord(peer.sentPrefixes),
                prefixesAccepted: Self.byWord(peer.acceptedPrefixes),
                policyMissing: peer.lacksPolicy.isEmpty
                    ? nil
                    : peer.lacksPolicy.map { "\($0.family.word)/\($0.direction.rawValue)" }
                        .sorted(),
                since: peer.stateFor.map { frame.time(of: (state.seenAt ?? frame.now)) - $0 },
                obstacle: peer.obstacle
            )
        }
    }

    private static func byWord(_ counts: [AddressFamily: Int]) -> [String: Int]? {
        guard !counts.isEmpty else { return nil }
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key.word, $0.value) })
    }

    private func status(of speaker: Speaker, _ frame: Frame) -> SpeakerStatus {
        let facts = speakers[speaker.name]?.facts
        return SpeakerStatus(
            name: speaker.name.text,
            visibility: VisibilityStatus(visibility(ofSpeaker: speaker.name)),
            version: facts?.version ?? "",
            routerID: facts?.routerID,
            asn: speaker.asn.number,
            vrf: speaker.vrf,
            method: speaker.method.rawValue,
            refusal: facts?.refusal,
            foreignNetworks: facts?.foreignNetworks ?? 0,
            pulse: pulseStatus(speaker.name, frame.now),
            former: speaker.isFormer ? true : nil
        )
    }
}

// MARK: - Drains

extension Director {
    /// The drain of the director.
    func drainStatus(_ frame: Frame) -> DrainStatus? {
        var status = drainStatus(
            node,
            wish: overrides.drains[.node],
            of: tracks,
            rate: meter.rate,
            frame
        )
        if node.ending == nil, status?.waitingFor == nil {
            status?.waitingFor = blindness(of: intent.bgp.speakers.map(\.name))
        }
        return status
    }

    /// The drain of one VIP by itself.
    func drainStatus(of track: Track, at address: IPAddress, _ frame: Frame) -> DrainStatus? {
        var status = drainStatus(
            track.drain,
            wish: overrides.drains[.vip(address)],
            of: CollectionOfOne((key: address, value: track)),
            rate: track.meter.rate,
            frame
        )
        if track.drain.ending == nil, status?.waitingFor == nil {
            status?.waitingFor = blindness(of: [track.speaker])
        }
        return status
    }

    /// Why one of the speakers called so cannot be seen, or not be written to.
    private func blindness(of names: [Name]) -> Fault? {
        for name in names {
            if case .blind(let fault) = visibility(ofSpeaker: name) { return fault }
        }
        return names.lazy.compactMap { speakers[$0]?.facts.refusal }.first
    }

    private func drainStatus(
        _ state: NodeState,
        wish: DrainWish?,
        of tracks: some Sequence<(key: IPAddress, value: Track)>,
        rate: Double?,
        _ frame: Frame
    ) -> DrainStatus? {
        guard let drain = state.drain else { return nil }
        let tally = tally(tracks)
        var status = DrainStatus(
            reason: drain.reason,
            mode: drain.mode.rawValue,
            sources: drain.sources.sorted().map(\.rawValue),
            by: wish?.mandate.by,
            until: wish?.mandate.until,
            since: wish?.mandate.since ?? frame.time(of: drain.since),
            step: .withdrawing,
            stepSince: frame.time(of: drain.phaseSince),
            left: tally.left,
            total: tally.total,
            packetsPerSecond: rate,
            packetsBelow: intent.drain.packetsBelow
        )
        status.unsoftened = drain.unsoftened.isEmpty ? nil : drain.unsoftened.sorted()
        switch drain.phase {
        case .softening:
            status.step = .softening
            status.left = tally.softening
        case .settling(let until):
            status.step = .settling
            status.deadline = frame.time(of: until)
        case .held:
            status.step = .held
            status.waitingFor = .lastPathLeft(tally.held)
        case .withdrawing:
            status.step = .withdrawing
            status.waitingFor = lingeringFault(of: tracks.lazy.map(\.value), at: frame.now)
        case .ebbing(let since, _):
            status.step = .ebbing
            status.deadline = frame.time(of: since + intent.drain.atMost)
            status.waitingFor = visibility(of: .ipvs).fault
        }
        if let ending = state.ending {
            status.step = .done
            status.ending = ending.rawValue
            status.deadline = nil
            status.waitingFor = nil
        }
        return status
    }
}

extension VisibilityStatus {
    /// The status of `visibility`.
    init(_ visibility: Scene.Visibility) {
        switch visibility {
        case .unseen: self.init(state: "unseen", fault: nil)
        case .seen: self.init(state: "seen", fault: nil)
        case .blind(let fault): self.init(state: "blind", fault: fault)
        }
    }
}

extension AddressFamily {
    /// The word for it in documents.
    fileprivate var word: String { self == .v4 ? "ipv4" : "ipv6" }
}
