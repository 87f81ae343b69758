import Net

// What takes the last known path to a VIP away without having been asked about, said out loud.

extension Director {
    /// The most VIPs that are named in one sentence.
    private static let namedAtMost = 10

    /// Whether bgpd knows no path to `address` but ours, and that is news: where the fabric hides
    /// the others it never does.
    private func isLastPath(_ track: Track) -> Bool {
        intent.drain.lastPath == .ask && track.vip != nil && track.sight.slice.announced
            && track.sight.hasOtherPath == false
    }

    // MARK: Once more before a route goes

    /// Whether the look at `post` that is to begin, or is under way, reads everything.
    package func readsInFull(_ post: Post) -> Bool { planes[post]?.isLookFull == true }

    /// Has everything read of the speaker called `name` by a look that begins after `moment`.
    mutating func askForFullLook(of name: Name, after moment: Moment, at now: Moment) {
        guard var state = planes[.speaker(name)], !state.isFullLookAsked else { return }
        let isLooking = state.isBusy && !state.didApplyLast
        guard !isLooking || !state.isLookFull || (state.lookBegan ?? .zero) < moment else { return }
        state.isFullLookAsked = true
        state.nextLook = now
        state.isLookStale = isLooking
        planes[.speaker(name)] = state
    }

    /// The speaker called `name` was looked at with success.
    mutating func noteFullLook(of name: Name) {
        guard let state = planes[.speaker(name)], state.isLookFull, let began = state.lookBegan
        else { return }
        planes[.speaker(name)]?.isLookFull = false
        planes[.speaker(name)]?.readSince = began
        for (address, track) in tracks where track.speaker == name {
            guard case .settling(let until)? = track.decision?.drain, until <= began else {
                continue
            }
            dirty.insert(address)
        }
    }

    /// What is kept on a worse path because it has become the last one, as warnings.
    var heldWarnings: [WarningStatus] {
        tracks.filter { $0.value.decision?.drain == .held }.sorted { $0.key < $1.key }
            .map { address, track in
                let name = track.name(address)
                return WarningStatus(.lastPathLeft([name]), vip: name)
            }
    }

    // MARK: Told

    /// A drain begins, of one VIP or of all of them.
    mutating func noteLastPaths(takenByDrainOf address: IPAddress?) {
        let affected = address.map { [$0] } ?? tracks.keys.sorted()
        let lost = affected.compactMap { address -> String? in
            guard let track = tracks[address], isLastPath(track) else { return nil }
            return track.name(address)
        }
        guard !lost.isEmpty else { return }
        let more = lost.count - Self.namedAtMost
        record(
            address == nil ? .node : .vip,
            level: .warning,
            address: address,
            "bgpd knows no other path to \(lost.prefix(Self.namedAtMost).joined(separator: ", "))"
                + (more > 0 ? " and \(more) more" : "") + ": this drain takes the last one away"
        )
    }

    /// A route was taken back, whether for a drain or because it must not be out.
    mutating func noteLastPath(takenBy change: Change) {
        guard case .withdraw(let address, let speaker) = change,
            let track = tracks[address], track.speaker == speaker, isLastPath(track)
        else { return }
        record(
            .vip,
            level: .warning,
            address: address,
            "taken back, and bgpd knows no other path to it"
        )
    }
}

extension Fault {
    /// The most VIPs that are named in one sentence.
    private static let namedAtMost = 10

    /// A drain has settled, and what it was about to take back has become the last path.
    static func lastPathLeft(_ names: [String]) -> Fault {
        let more = names.count - namedAtMost
        let them =
            names.prefix(namedAtMost).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
        return Fault(
            code: "D443",
            summary: "bgpd no longer knows another path to \(them): kept on the worse path",
            because: "there was one when the drain was ordered",
            fix: "bring another director back; or say that it is meant: penstock drain --yes"
        )
    }
}
