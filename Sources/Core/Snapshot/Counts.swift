// What has happened since this process began, counted: pictures show what is, and graphs need both.

/// What has happened to the route of one VIP.
package struct RouteCounts: Codable, Equatable, Sendable {
    /// Something that was done for a reason, and how often.
    package struct Entry: Codable, Equatable, Sendable {
        /// What: `announce`, `soften` or `withdraw`; of a transition, the state it led to.
        package var what: String
        /// Why, in the words of reasons.
        package var reason: String
        /// How often.
        package var count: Int

        /// So much of it.
        package init(what: String, reason: String, count: Int) {
            self.what = what
            self.reason = reason
            self.count = count
        }
    }

    /// What routing daemons were told.
    package private(set) var commands: [Entry] = []
    /// The states that it entered.
    package private(set) var transitions: [Entry] = []

    /// Whether nothing has happened.
    package var isEmpty: Bool { commands.isEmpty && transitions.isEmpty }

    /// Nothing yet.
    package init() {}

    /// A daemon was told.
    mutating func told(_ what: String, because reason: String) {
        Self.count(what, reason, in: &commands)
    }

    /// It entered a state.
    mutating func entered(_ state: String, because reason: String) {
        Self.count(state, reason, in: &transitions)
    }

    /// There are few of them, and few are looked through faster than hashed.
    private static func count(_ what: String, _ reason: String, in entries: inout [Entry]) {
        if let place = entries.firstIndex(where: { $0.what == what && $0.reason == reason }) {
            entries[place].count += 1
        } else {
            entries.append(Entry(what: what, reason: reason, count: 1))
        }
    }
}

/// How long something took, each time.
package struct DurationCounts: Codable, Equatable, Sendable {
    /// Which durations are told apart.
    package enum Scale: String, Codable, Equatable, Sendable, CaseIterable {
        /// From a look at a small table to the patience of an operator.
        case work
        /// From an answer on the same wire to the longest timeouts, finest around the 10 ms by
        /// which a probe may be late.
        case probes

        private static let ofWork = [
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
        ]
        private static let ofProbes = [
            0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
        ]

        /// The upper bounds that are counted by, in seconds.
        package var bounds: [Double] {
            switch self {
            case .work: Self.ofWork
            case .probes: Self.ofProbes
            }
        }
    }

    /// The scale that is not the usual one; what an older release wrote has none.
    private let scale: Scale?
    /// How many took no longer than each bound and longer than the one before; the last, longer
    /// than all.
    package private(set) var counts: [Int]
    /// All of them together, in seconds.
    package private(set) var sum = 0.0

    /// The upper bounds that are counted by, in seconds.
    package var bounds: [Double] { (scale ?? .work).bounds }

    /// Nothing yet.
    package init(_ scale: Scale = .work) {
        self.scale = scale == .work ? nil : scale
        counts = [Int](repeating: 0, count: scale.bounds.count + 1)
    }

    /// One more.
    package mutating func add(_ duration: Duration) {
        let seconds = duration.seconds
        let bounds = bounds
        var place = 0
        while place < bounds.count, seconds > bounds[place] { place += 1 }
        counts[place] += 1
        sum += seconds
    }
}

/// How often something was done for a cause.
package struct ChangeCount: Codable, Equatable, Sendable {
    /// Where: `addresses`, `sysctl`, `firewall`, `ipvs` or `bgp`.
    package var target: String
    /// What, such as `update-destination`.
    package var action: String
    /// Why: `config`, `health`, `drift` or `operator`.
    package var cause: String
    /// How often.
    package var count: Int

    /// So much of it.
    package init(target: String, action: String, cause: String, count: Int) {
        self.target = target
        self.action = action
        self.cause = cause
        self.count = count
    }
}

/// What has happened on the whole director.
package struct DirectorCounts: Codable, Equatable, Sendable {
    /// How often each bgpd was seen to be another process than before, by speaker.
    package var restarts: [String: Int] = [:]
    /// What bgpds were asked, by kind and result: `look/ok`, `announce/failed`.
    package var commands: [String: Int] = [:]
    /// How long that took, by kind; a batch of writes counts as one.
    package var commandSeconds: [String: DurationCounts] = [:]
    /// Looks at each plane, by plane and result.
    package var looks: [String: Int] = [:]
    /// How long those took that showed something, by plane.
    package var lookSeconds: [String: DurationCounts] = [:]
    /// From a decision about a route until bgpd was seen to follow it, by what was to be done.
    package var convergence: [String: DurationCounts] = [:]
    /// What was logged, by kind.
    package var events: [String: Int] = [:]
    /// What was carried out, and why; absent before the first.
    package var changes: [ChangeCount]?

    /// Nothing yet.
    package init() {}

    /// The key of a kind and a result.
    package static func key(_ kind: String, _ result: String) -> String { "\(kind)/\(result)" }

    /// The kind and the result of a key.
    package static func parts(of key: String) -> (kind: String, result: String) {
        let parts = key.split(separator: "/", maxSplits: 1)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    /// A bgpd was asked something, with a result, and how long that took where it matters.
    mutating func asked(_ kind: String, isGood: Bool, took: Duration? = nil) {
        commands[Self.key(kind, isGood ? "ok" : "failed"), default: 0] += 1
        if let took { commandSeconds[kind, default: DurationCounts()].add(took) }
    }

    /// A plane was looked at, and showed something after so long, or did not.
    mutating func looked(at plane: PlaneName, took: Duration?) {
        let name = plane == .link ? "addresses" : plane.rawValue
        looks[Self.key(name, took == nil ? "failed" : "ok"), default: 0] += 1
        if let took { lookSeconds[name, default: DurationCounts()].add(took) }
    }
}
