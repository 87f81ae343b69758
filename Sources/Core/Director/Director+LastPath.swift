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
