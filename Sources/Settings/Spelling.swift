/// Finds the word that was probably meant.
package enum Spelling {
    /// What other load balancers call a thing that has another name here.
    private static let synonyms = [
        "interval": "every", "inter": "every", "delay-loop": "every", "retry": "fall",
        "retries": "fall", "unhealthy-threshold": "fall", "healthy-threshold": "rise",
        "fastinter": "fast-every", "ip": "address", "vip": "address", "servers": "backends",
        "real-servers": "backends", "members": "backends", "targets": "backends",
        "algorithm": "scheduler", "lb-algo": "scheduler", "lb-kind": "forward",
        "virtual-servers": "vips", "health-checks": "checks", "comment": "note",
        "as": "asn", "local-as": "asn", "community": "communities", "metric": "med",
        "large-community": "large-communities", "as-path-prepend": "prepend", "weight": "bandwidth",
        "gshut": "graceful-shutdown", "redistribute": "kernel-route", "uri": "path", "url": "path",
        "maglev": "mh", "round-robin": "rr", "least-connections": "lc", "source-hash": "sh",
        "gateway": "dr", "direct": "dr", "ipip": "tun", "tunnel": "tun", "masquerade": "nat",
        "masq": "nat", "enabled": "ready", "disabled": "maint", "maintenance": "maint",
    ]

    /// The one of `candidates` nearest to `word`, when one is near enough to be meant.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        // A long word is a value that strayed, and the distance costs the square of the length.
        guard !word.isEmpty, word.unicodeScalars.count <= 40 else { return nil }
        let folded = word.lowercased().replacing("_", with: "-")
        var best: (word: String, distance: Int)?
        func consider(_ spelling: String, for candidate: String) {
            let distance = distance(Array(folded.unicodeScalars), Array(spelling.unicodeScalars))
            // One slip in three letters still looks like the word; more is another word.
            let allowed = max(1, spelling.unicodeScalars.count / 3)
            guard distance <= allowed, distance < best?.distance ?? .max else { return }
            best = (candidate, distance)
        }
        for candidate in candidates { consider(candidate, for: candidate) }
        for (synonym, meant) in synonyms.sorted(by: { $0.key < $1.key })
        where candidates.contains(meant) {
            consider(synonym, for: meant)
        }
        return best?.word
    }

    /// The edits between two words: insertions, deletions, changes and swaps of neighbours.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(
                    last[column] + (letter == other ? 0 : 1),
                    last[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
