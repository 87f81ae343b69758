/// Counts what comes of probes: by check and not by server, so that graphs of ten thousand servers
/// need no more series than those of ten.
///
/// Counting is on the way of every probe, so it costs the same however many there are: a place is
/// looked up, and numbers are added to.
package struct ProbeTally: Sendable {
    private struct Key: Hashable, Sendable {
        let check: String
        let type: String
    }

    private struct Row: Sendable {
        let key: Key
        /// How many had each code, in the order of all codes.
        var results = Array(repeating: 0, count: Outcome.Code.all.count)
        var took = DurationCounts(.probes)

        init(_ key: Key) { self.key = key }
    }

    /// What a check is counted under that has no name, such as one of a reload before the last.
    package static let nameless = "other"

    /// How many targets are probed again and again.
    package var scheduled = 0
    /// How many probes are under way.
    package var running = 0
    private var lateness = DurationCounts(.probes)
    private var names: [Check: String] = [:]
    private var places: [Check: Int] = [:]
    /// The last one that was looked for: results of one check mostly come together.
    private var latest: (check: Check, place: Int)?
    private var rows: [Row] = []

    /// Nothing yet.
    package init() {}

    /// Makes `names` what checks are counted under from now on.
    ///
    /// What has just lost its name keeps it until the next call, for its last probes are still
    /// under way; after that its numbers are dropped, so that there is never more than two
    /// configurations have.
    package mutating func call(checks names: [Check: String]) {
        guard names != self.names else { return }
        let before = rows
        let leaving = self.names.filter { names[$0.key] == nil }
        rows = []
        places = [:]
        latest = nil
        for (check, name) in names.merging(leaving, uniquingKeysWith: { first, _ in first }) {
            let key = Key(check: name, type: check.method.word)
            places[check] = place(of: key, keeping: before)
        }
        self.names = names
    }

    private mutating func place(of key: Key, keeping before: [Row]) -> Int {
        if let place = rows.firstIndex(where: { $0.key == key }) { return place }
        rows.append(before.first { $0.key == key } ?? Row(key))
        return rows.count - 1
    }

    /// A probe began so long after its time.
    package mutating func began(late: Duration) { lateness.add(late) }

    /// A probe with `check` ended.
    package mutating func ended(_ check: Check, _ outcome: Outcome) {
        let place: Int
        if let latest, latest.check == check {
            place = latest.place
        } else {
            place =
                places[check]
                ?? self.place(of: Key(check: Self.nameless, type: check.method.word), keeping: [])
            latest = (check, place)
        }
        rows[place].results[outcome.code.number] += 1
        rows[place].took.add(outcome.duration)
    }

    /// The numbers so far.
    package var counts: ProbeCounts {
        var counts = ProbeCounts()
        counts.scheduled = scheduled
        counts.running = running
        counts.lateness = lateness
        counts.checks = rows.sorted { ($0.key.check, $0.key.type) < ($1.key.check, $1.key.type) }
            .map { row in
                ProbeCounts.Row(
                    check: row.key.check,
                    type: row.key.type,
                    results: Dictionary(
                        uniqueKeysWithValues: zip(Outcome.Code.all, row.results)
                            .filter { $0.1 > 0 }.map { ($0.0.rawValue, $0.1) }
                    ),
                    took: row.took
                )
            }
        return counts
    }
}

extension Director {
    /// The names that checks go by in metrics; of several that ask the same of the same servers and
    /// so share their probes, all.
    ///
    /// What is asked of a VIP before it is announced, and of canaries, is called by what it is for.
    package var checkNames: [Check: String] {
        var names: [Check: Set<String>] = [:]
        for vip in intent.vips {
            for named in vip.services.flatMap(\.checks) {
                var check = named.check
                check.port = nil
                names[check, default: []].insert(named.name)
            }
            for (_, target) in vip.selfCheck {
                names[target.check, default: []].insert("self-check")
            }
        }
        for canary in intent.canaries { names[canary.target.check, default: []].insert("canary") }
        return names.mapValues { $0.sorted().joined(separator: ",") }
    }
}
