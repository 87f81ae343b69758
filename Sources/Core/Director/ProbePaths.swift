import Net

/// The ways of probes through IPVS: which are wanted, which mark each has, and which are there.
///
/// A mark is given once and kept as long as its way is wanted. A director that starts takes over
/// the marks that it finds in the table, so that nothing has to be written for what is there
/// already; that the table says whose mark it is makes a memory on disk superfluous.
struct ProbePaths: Sendable {
    /// The marks that are ours.
    private(set) var range: MarkRange
    /// The marks of the ways that are wanted.
    private(set) var marks: [ProbePath: UInt32] = [:]
    /// The same by mark.
    private var wanted: [MarkKey: ProbePath] = [:]
    /// The ways that are wanted and have no mark yet, as nobody has looked at the table.
    private var unmarked: Set<ProbePath> = []
    /// What is believed to be in the table with a mark of the range, and is ours.
    private(set) var seen: [MarkKey: ServiceSlice] = [:]
    /// What is there with a mark of the range and is somebody else's.
    private(set) var strangers: [MarkKey] = []
    /// Counts the changes of `open`.
    private(set) var generation = 0
    /// The differences between what is wanted and what is believed to be there.
    private var unsettled: Set<MarkKey> = []
    private var holds: [MarkKey: Hold] = [:]
    /// Where the search for a free mark begins, so that one that was let go is not given again at
    /// once, to a way that probes still under way would then take.
    private var next: UInt32
    private var wasSeen = false

    /// No ways yet.
    init(_ range: MarkRange) {
        self.range = range
        next = range.first
    }

    /// The ways that packets can take now, with their marks.
    var open: [ProbePath: UInt32] {
        marks.filter { isOpen($0.key) }
    }

    /// Whether packets can take `path` now.
    func isOpen(_ path: ProbePath) -> Bool {
        marks[path].map { seen[MarkKey($0, path.family)] == path.slice } ?? false
    }

    /// Whether everything that is wanted is there, and nothing else of ours.
    var isSettled: Bool { unsettled.isEmpty && unmarked.isEmpty }

    /// How many ways are wanted.
    var count: Int { marks.count + unmarked.count }

    /// The first failure that keeps a way from being as wanted.
    var fault: Fault? {
        holds.min { $0.key < $1.key }?.value.fault
    }

    /// When the first of what failed is due again.
    var nextTry: Moment? { holds.values.map(\.until).min() }

    /// Makes `paths` the ways that are wanted, with marks of `range`.
    mutating func adopt(_ paths: Set<ProbePath>, range: MarkRange) {
        if range != self.range {
            // Those of the other range are known by their form, and let go.
            self.range = range
            marks = [:]
            next = range.first
        }
        marks = marks.filter { paths.contains($0.key) }
        unmarked = paths.filter { marks[$0] == nil }
        if wasSeen { giveMarks() }
        compare()
    }

    /// The table was looked at; answers with what is not as it was left.
    ///
    /// What we gave a mark is ours, and what has the form that nobody else gives, also with a mark
    /// of a range that an earlier configuration had.
    mutating func saw(_ services: [MarkKey: ObservedService]) -> [String] {
        var found: [MarkKey: ServiceSlice] = [:]
        strangers = []
        for (key, service) in services {
            if wanted[key] != nil || isOurs(service.slice, key.mark) {
                found[key] = service.slice
            } else if range.contains(key.mark) {
                strangers.append(key)
            }
        }
        strangers.sort()
        // After a failed change nobody knows who left it so.
        let lost =
            holds.isEmpty ? seen.filter { wanted[$0.key] != nil && found[$0.key] != $0.value } : [:]
        let drift = lost.keys.sorted().map {
            "the path of checks with \($0)\(found[$0] == nil ? " is gone" : "")"
        }
        seen = found
        wasSeen = true
        giveMarks()
        compare()
        return drift
    }

    /// Whether what is there with this mark is ours.
    func isOurs(_ key: MarkKey) -> Bool { seen[key] != nil }

    /// One without a destination is what is left of a way that was cut short while it was made.
    private func isOurs(_ slice: ServiceSlice, _ mark: UInt32) -> Bool {
        guard slice.destinations.isEmpty else { return ProbePath(slice) != nil }
        return range.contains(mark) && slice.scheduling?.scheduler == ProbePath.scheduler
    }

    /// What a glance at the table shows to be otherwise than is believed.
    func amiss(in listing: TableListing) -> [(key: MarkKey, listed: ListedService?)] {
        seen.compactMap { key, slice in
            let listed = listing.markServices[key]
            return listed?.matches(slice) == true ? nil : (key, listed)
        }
    }

    /// The next changes, without those that failed and are not due yet.
    func changes(at now: Moment) -> [Change] {
        guard !unsettled.isEmpty else { return [] }
        return unsettled.sorted().filter { (holds[$0]?.until ?? now) <= now }.flatMap { key in
            let removal: [Change] = seen[key] == nil ? [] : [.removePath(key)]
            return removal + (wanted[key].map { [.addPath(key, $0)] } ?? [])
        }
    }

    /// A removal is on its way: what it takes away is not counted on.
    mutating func anticipate(removalOf key: MarkKey) {
        seen[key] = nil
        compare(key)
    }

    /// A change was carried out.
    mutating func acknowledge(_ change: Change) {
        switch change {
        case .addPath(let key, let path):
            seen[key] = path.slice
            holds[key] = nil
            compare(key)
        case .removePath(let key): holds[key] = nil
        default: return
        }
    }

    /// A change failed; answers whether that is news.
    mutating func failed(_ change: Change, _ fault: Fault, at now: Moment) -> Bool {
        switch change {
        case .addPath(let key, _), .removePath(let key):
            let isNews = holds[key]?.fault != fault
            holds[key] = Hold(fault, after: holds[key], now: now)
            return isNews
        default: return false
        }
    }

    /// Gives every way a mark: that which it has in the table, or one that nothing there has.
    private mutating func giveMarks() {
        guard !unmarked.isEmpty else { return }
        var taken = Set(marks.values).union(seen.keys.map(\.mark)).union(strangers.map(\.mark))
        for (key, slice) in seen.sorted(by: { $0.key < $1.key }) where range.contains(key.mark) {
            guard let path = ProbePath(slice), path.family == key.family,
                unmarked.remove(path) != nil
            else { continue }
            marks[path] = key.mark
        }
        for path in unmarked.sorted() {
            guard let mark = range.free(from: next, among: taken) else { return }
            marks[path] = mark
            taken.insert(mark)
            unmarked.remove(path)
            next = range.following(mark)
        }
    }

    private mutating func compare() {
        wanted = Dictionary(
            uniqueKeysWithValues: marks.map { (MarkKey($0.value, $0.key.family), $0.key) }
        )
        unsettled = Set(wanted.keys).union(seen.keys).filter { wanted[$0]?.slice != seen[$0] }
        holds = holds.filter { unsettled.contains($0.key) }
        generation += 1
    }

    private mutating func compare(_ key: MarkKey) {
        if wanted[key]?.slice == seen[key] {
            unsettled.remove(key)
        } else {
            unsettled.insert(key)
        }
        generation += 1
    }
}
