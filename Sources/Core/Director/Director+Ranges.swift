import Net

// The ranges whose host prefixes are ours, and those that were.

extension Director {
    /// True when an announcement of `prefix` is ours to make or to take back.
    func isOurs(_ prefix: Prefix) -> Bool {
        intent.owns(prefix)
            || prefix.isHost && formerRanges.contains { $0.contains(prefix) }
    }

    /// Lets those ranges go that have left the configuration and in which nothing of ours is left.
    ///
    /// Only once everything has been seen, and read to its end: what nobody has looked at is not
    /// clear. From then on they are others' to announce in.
    mutating func reviewFormerRanges() {
        guard !formerRanges.isEmpty, planes.values.allSatisfy({ $0.visibility == .seen }),
            intent.bgp.speakers.allSatisfy({ isWritable($0.name) && !isLoading($0.name) })
        else { return }
        let left = tracks.keys.map { Prefix(host: $0) }.filter { !intent.owns($0) }
        for range in formerRanges where !left.contains(where: range.contains) {
            record(.node, "nothing of ours is left in \(range), which is not ours any more")
            formerRanges.removeAll { $0 == range }
        }
    }
}
