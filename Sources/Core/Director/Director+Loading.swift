import Net

// A bgpd that has just appeared: what it had is gone, and it may not have read everything.

extension Director {
    /// The speaker called `name` was seen with `facts`.
    ///
    /// Answers whether it may be another process than before, or was still reading, so that what
    /// changed in it tells nothing of anyone at work.
    mutating func review(
        _ facts: BGPFacts,
        of name: Name,
        in state: inout SpeakerState,
        at now: Moment
    ) -> Bool {
        let isRestarted = state.seenAt != nil && state.facts.incarnation != facts.incarnation
        let isNew = isRestarted || visibility(ofSpeaker: name) != .seen
        let wasLoaded = state.load.isLoaded
        if isNew { state.load.lost() }
        _ = state.load.saw(
            incarnation: facts.incarnation,
            // An instance of another AS is loaded, and is none of ours.
            hasInstance: facts.refusal == nil,
            digest: facts.digest,
            at: now
        )
        if isRestarted {
            counts.restarts[name.text, default: 0] += 1
            forgetStanding(at: name, facts)
        }
        // What is read in meanwhile is nobody's work either.
        let isReadIn = isNew || !wasLoaded
        guard state.load.isLoaded != wasLoaded else { return isReadIn }
        dirty.formUnion(tracks.filter { $0.value.speaker == name }.map(\.key))
        if state.load.isForced {
            record(.plane, level: .warning, "\(Fault.neverAtRest(name))")
        }
        return isReadIn
    }

    /// The code of the fault that bgpd has no instance.
    private static let noInstanceCode = "F109"

    /// Says once why a speaker is not written to, unless it has just begun to read.
    mutating func noteRefusal(_ refusal: Fault?, in state: inout SpeakerState, at now: Moment) {
        guard let refusal else { return state.toldRefusal = nil }
        let isReading = refusal.code == Self.noInstanceCode && state.load.hasJustAppeared(at: now)
        guard refusal != state.toldRefusal, !isReading else { return }
        state.toldRefusal = refusal
        record(.plane, level: .error, "\(refusal)")
    }

    /// Whether the speaker called `name` may not have read all of its configuration yet.
    func isLoading(_ name: Name) -> Bool {
        guard let state = speakers[name], visibility(ofSpeaker: name) == .seen else {
            return false
        }
        return state.facts.refusal == nil && !state.load.isLoaded
    }

    /// What is odd about the loading of speakers, as warnings.
    var loadWarnings: [WarningStatus] {
        intent.bgp.speakers.filter { speakers[$0.name]?.load.isForced == true }
            .map { WarningStatus(.neverAtRest($0.name)) }
    }

    /// Everything that was announced through a bgpd that is gone is gone with it.
    private mutating func forgetStanding(at name: Name, _ facts: BGPFacts) {
        var lost = 0
        for address in tracks.keys where tracks[address]?.speaker == name {
            tracks[address]?.routing.hasStood = false
            tracks[address]?.routing.isTampered = false
            tracks[address]?.routing.isAcknowledged = false
            if tracks[address]?.sight.slice.announcement != nil,
                facts.announced[Prefix(host: address)] == nil
            {
                lost += 1
            }
        }
        record(
            .plane,
            level: .warning,
            "bgpd was started anew, or hung up: \(lost) routes of ours are not in it"
        )
    }
}

extension Fault {
    static func neverAtRest(_ speaker: Name) -> Fault {
        Fault(
            code: "F142",
            summary: "the configuration of bgpd keeps changing; it counts as loaded all the same",
            because: "no two looks within \(Reason.tenths(LoadWatch.longest)) s agreed",
            fix: "find what keeps writing to it: vtysh -c 'show running-config'"
        )
    }
}
