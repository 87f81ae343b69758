import Net

/// Something that happened, for the log and the event list.
package struct Event: Equatable, Sendable {
    /// How much it matters.
    package enum Level: String, Equatable, Sendable, CaseIterable {
        case debug, info, warning, error
    }

    /// What it is about.
    package enum Kind: String, Equatable, Sendable, CaseIterable {
        /// The director: drains, reloads.
        case node
        /// A VIP's state.
        case vip
        /// A real server's health.
        case backend
        /// A change that was acknowledged or failed.
        case change
        /// A plane that was lost or regained, or a peer.
        case plane
        /// Something that was changed by someone else.
        case drift
        /// A kernel setting.
        case setting
    }

    /// When the director was told of what led to it.
    package let at: Moment
    package let kind: Kind
    package let level: Level
    /// The VIP it is about.
    package let vip: String?
    /// One sentence without a full stop.
    package let text: String
}

extension Director {
    mutating func record(
        _ kind: Event.Kind,
        level: Event.Level = .info,
        address: IPAddress? = nil,
        _ text: String
    ) {
        counts.events[kind.rawValue, default: 0] += 1
        let vip = address.map { tracks[$0]?.name($0) ?? "\($0)" }
        events.append(
            Event(at: toldTime, kind: kind, level: level, vip: vip, text: text)
        )
    }

    /// Someone else changed `address` on `plane`, as far as can be told.
    mutating func noteDrift(of address: IPAddress, _ plane: PlaneName, _ text: String) {
        guard tracks[address]?.vip != nil else { return }
        tracks[address]?.cause = .drift
        record(.drift, level: .warning, address: address, "\(plane.label): \(text)")
    }

    mutating func noteSettings(_ settings: [SettingReading]) {
        let before = Dictionary(
            uniqueKeysWithValues: self.settings.map { ($0.name, $0.isRight) }
        )
        for setting in intent.judged(settings)
        where !setting.isRight && before[setting.name] != false {
            // What was right was made wrong by somebody.
            if before[setting.name] == true { commonCause = .drift }
            let actual = setting.actual ?? "absent"
            record(
                .setting,
                level: .warning,
                "\(setting.name) is \(actual), should be \(setting.wanted): \(setting.reason)"
            )
        }
    }

    mutating func notePeers(_ peers: [Peer], before: [Peer], of speaker: Name) {
        let before = Dictionary(before.map { ($0.id, $0.isEstablished) }) { first, _ in first }
        for peer in peers where before[peer.id] != peer.isEstablished {
            record(
                .plane,
                level: peer.isEstablished ? .info : .warning,
                "peer \(peerName(peer.id, of: speaker)) is \(peer.state)"
            )
        }
    }

    /// Works out how an address stands and records when that changed.
    mutating func noteState(of address: IPAddress, at now: Moment) {
        guard var track = tracks[address], let decision = track.decision else { return }
        if track.sight.slice.announced { track.wasAnnounced = true }
        track.announcingSince =
            decision.verdict == .announce ? track.announcingSince ?? now : nil
        let isUnknown = isHung(track.speaker) && !isRouteSeenGone(track)
        let state =
            isUnknown
            ? .unknown : track.state(decision, minimumPeers: intent.bgp.minimumPeers, now: now)
        let isChanged = state != track.state
        if isChanged {
            track.state = state
            track.stateSince = now
        }
        tracks[address] = track
        guard isChanged else { return }
        let why = decision.verdict.reason ?? track.sight.obstacle.map(Reason.refused)
        tracks[address]?.counts.entered(state.rawValue, because: why?.code ?? "healthy")
        let isBad = [.withdrawn, .blocked, .down, .unknown].contains(state)
        record(
            .vip,
            level: isBad && node == .active && track.drain == .active ? .warning : .info,
            address: address,
            state.rawValue + (why.map { ": \($0)" } ?? "")
        )
    }
}

extension Track {
    /// How long an announcement may take to be seen at enough peers before it counts as blocked.
    ///
    /// FRR holds a new update group's first announcement back for a second, with many peers more.
    static let announcePatience: Duration = .seconds(10)

    /// When an announcement under way will count as blocked.
    var blockedAt: Moment? {
        state == .advertising ? announcingSince.map { $0 + Self.announcePatience } : nil
    }

    /// The word for how the address stands.
    func state(_ decision: Decision, minimumPeers: Int, now: Moment) -> VIPStatus.State {
        switch decision.verdict {
        case .announce:
            if sight.slice.announced, sight.sentTo.count >= minimumPeers { return .advertised }
            let isLate = announcingSince.map { now >= $0 + Self.announcePatience } ?? false
            return isLate ? .blocked : .advertising
        case .withhold(let reason):
            switch reason {
            case .refused, .contested: return .blocked
            case .holdUp, .damped, .suspect, .loading, .drainFileUnknown, .unseen, .blind,
                .addressMissing, .servicesMissing, .selfCheck, .settingsWrong:
                return wasAnnounced && !sight.slice.announced ? .withdrawn : .holding
            case .notConfigured: return .withdrawn
            case .drained, .vipDrained:
                // Nothing is taken back before the worse path was sent.
                let isSoft =
                    sight.slice.announcement?.level == .soft || decision.drain == .softening
                return isSoft ? .softDraining : .withdrawn
            case .notChecked, .noQuorum: return wasAnnounced ? .withdrawn : .down
            }
        }
    }
}
