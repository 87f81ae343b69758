package import Net

/// The sentinels of all servers whose checks want one: at most one connection to each endpoint.
///
/// Pure: time and chance are arguments, and what is to be done is answered as values.
package struct Sentinels: Sendable {
    /// What is to be done.
    package enum Order: Hashable, Sendable {
        /// Make the connection `serial`, and pass on what becomes of it.
        case open(Endpoint, serial: Int, SentinelTiming)
        /// End the connection.
        case close(Endpoint, serial: Int)
        /// Probe these now.
        case probe([ProbeTarget], SentinelEnd)
    }

    private struct Post: Sendable {
        var machine = SentinelMachine()
        /// The checks that want it, with what their results say about the server.
        var health: [ProbeTarget: HealthMachine] = [:]
        /// Tells word of this connection from that of an earlier one.
        var serial = 0
        /// Whether its connection counts.
        var isOpen = false
        var isCrowdedOut = false
        /// What was told of it last.
        var told: SentinelSight?

        var every: Duration { health.keys.map(\.check.every).min() ?? .seconds(1) }
        var isUp: Bool { health.values.contains { $0.isUp == true } }

        var timing: SentinelTiming {
            SentinelTiming(
                every: every,
                timeout: health.keys.map(\.check.timeout).max() ?? .seconds(1),
                origin: origin
            )
        }

        /// Where the connection comes from: as the probes of the check that is made most often.
        var origin: ProbeOrigin {
            let first = health.keys.map(\.check).min { first, second in
                (first.every, first.origin.mark ?? 0) < (second.every, second.origin.mark ?? 0)
            }
            return first?.origin ?? ProbeOrigin()
        }

        var sight: SentinelSight {
            let phase: SentinelSight.Phase =
                switch machine.state {
                case .off: .off
                case .waiting: isCrowdedOut ? .crowdedOut : .waiting
                case .opening: .connecting
                case .standing: .watching
                }
            return SentinelSight(
                phase: phase,
                lastCall: machine.lastCall,
                idleLimit: machine.idleLimit
            )
        }
    }

    /// How many connections there may be.
    package let limit: Int
    /// How many there are, those that are being made among them.
    package private(set) var connections = 0
    /// How many times there was no room for one, ever.
    package private(set) var refusals = 0

    private var posts: [Endpoint: Post] = [:]
    private var deadlines = DeadlineQueue<Endpoint>()
    private var changed: Set<Endpoint> = []
    private var lastSerial = 0

    /// No sentinels yet, of at most `limit` connections.
    package init(limit: Int) { self.limit = limit }

    /// When to call `due`; `nil` when only news can bring work.
    package var nextDeadline: Moment? { deadlines.earliest }

    /// Makes those of `targets` whose checks want one the ones that have a sentinel.
    ///
    /// The connections of those that stay are kept.
    package mutating func update(targets: some Sequence<ProbeTarget>) -> [Order] {
        var wanted: [Endpoint: [ProbeTarget]] = [:]
        for target in targets where target.check.hasSentinel {
            wanted[target.endpoint, default: []].append(target)
        }
        var orders: [Order] = []
        for (endpoint, post) in posts where wanted[endpoint] == nil {
            if post.isOpen { orders.append(.close(endpoint, serial: post.serial)) }
            connections -= post.isOpen ? 1 : 0
            deadlines.set(endpoint, at: nil)
            posts[endpoint] = nil
            changed.insert(endpoint)
        }
        for (endpoint, targets) in wanted {
            let before = posts[endpoint]?.health ?? [:]
            let origin = posts[endpoint]?.origin
            let health = targets.map { target in
                let fresh = HealthMachine(rise: target.check.rise, fall: target.check.fall)
                return (target, before[target] ?? fresh)
            }
            posts[endpoint, default: Post()].health =
                Dictionary(health, uniquingKeysWith: { first, _ in first })
            changed.insert(endpoint)
            // Made anew from where the probes now come from, at their next result.
            if let origin, let post = posts[endpoint], post.origin != origin {
                if post.isOpen { orders.append(.close(endpoint, serial: post.serial)) }
                connections -= post.isOpen ? 1 : 0
                deadlines.set(endpoint, at: nil)
                posts[endpoint] = Post(health: post.health)
            }
        }
        return orders
    }

    /// A probe ended.
    package mutating func probed(
        _ target: ProbeTarget,
        _ outcome: Outcome,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [Order] {
        guard target.check.hasSentinel, posts[target.endpoint]?.health[target] != nil else {
            return []
        }
        let endpoint = target.endpoint
        _ = posts[endpoint]?.health[target]?.probed(outcome)
        posts[endpoint]?.machine.probed(outcome.verdict)
        let isUp = posts[endpoint]?.isUp ?? false
        let step = posts[endpoint]?.machine.judged(isUp: isUp, now: now, using: &generator)
        return perform(step ?? .none, at: endpoint)
    }

    /// Something became of the connection `serial`.
    package mutating func heard(
        _ news: SentinelNews,
        of endpoint: Endpoint,
        serial: Int,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [Order] {
        guard let post = posts[endpoint], post.isOpen, post.serial == serial else { return [] }
        if news != .stands { leave(endpoint) }
        let step = posts[endpoint]?.machine.heard(
            news,
            now: now,
            every: post.every,
            using: &generator
        )
        return perform(step ?? .none, at: endpoint)
    }

    /// What is to be done at `now` because time has passed.
    package mutating func due(
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [Order] {
        var orders: [Order] = []
        while let endpoint = deadlines.popDue(at: now) {
            guard let every = posts[endpoint]?.every else { continue }
            let step = posts[endpoint]?.machine.elapsed(now: now) ?? .none
            posts[endpoint]?.isCrowdedOut = step == .open && connections >= limit
            if posts[endpoint]?.isCrowdedOut == true {
                refusals += 1
                posts[endpoint]?.machine.crowdedOut(now: now, every: every, using: &generator)
                orders += perform(.none, at: endpoint)
            } else {
                orders += perform(step, at: endpoint)
            }
        }
        return orders
    }

    /// The sentinels that stand otherwise than was told; `nil` for one that is no more.
    package mutating func takeChanged() -> [(endpoint: Endpoint, sight: SentinelSight?)] {
        defer { changed = [] }
        return changed.compactMap { endpoint in
            let sight = posts[endpoint]?.sight
            guard let sight else { return (endpoint, nil) }
            guard sight != posts[endpoint]?.told else { return nil }
            posts[endpoint]?.told = sight
            return (endpoint, sight)
        }
    }

    private mutating func leave(_ endpoint: Endpoint) {
        guard posts[endpoint]?.isOpen == true else { return }
        posts[endpoint]?.isOpen = false
        connections -= 1
    }

    private mutating func perform(_ step: SentinelMachine.Step, at endpoint: Endpoint) -> [Order] {
        changed.insert(endpoint)
        deadlines.set(endpoint, at: posts[endpoint]?.machine.deadline)
        guard let post = posts[endpoint] else { return [] }
        switch step {
        case .none: return []
        case .open:
            // Of all sentinels: one that left and came back must not hear of its first life.
            lastSerial += 1
            posts[endpoint]?.serial = lastSerial
            posts[endpoint]?.isOpen = true
            connections += 1
            return [.open(endpoint, serial: lastSerial, post.timing)]
        case .close:
            leave(endpoint)
            return [.close(endpoint, serial: post.serial)]
        case .probe(let end):
            let targets = post.health.keys.sorted { $0.check.every < $1.check.every }
            return [.probe(targets, end)]
        }
    }
}

/// The times of a sentinel's connection, which follow from those of the check.
///
/// The kernel keeps watch over it with keepalives, five for each interval of the check where that
/// is possible: they cost a packet each and no process. It knows whole seconds only.
package struct SentinelTiming: Hashable, Sendable {
    /// How many keepalives may stay unanswered: one may be lost, a second is none too many.
    package static let keepaliveCount = 2
    /// The intervals of keepalives: shorter ones than a second the kernel does not know, and
    /// longer ones than a minute find less than firewalls forget.
    package static let keepaliveSeconds = 1...60

    /// How long connecting may take.
    package let timeout: Duration
    /// The seconds without a word before a keepalive, and between two of them.
    package let keepalive: Int
    /// Where its packets come from, and how they are marked: as those of its check.
    package let origin: ProbeOrigin

    /// The times for a check of this interval and timeout.
    package init(every: Duration, timeout: Duration, origin: ProbeOrigin = ProbeOrigin()) {
        self.timeout = timeout
        self.origin = origin
        let fifth = Int(every.nanoseconds / 5_000_000_000)
        keepalive = min(
            max(fifth, Self.keepaliveSeconds.lowerBound),
            Self.keepaliveSeconds.upperBound
        )
    }

    /// The times themselves; `keepalive` in seconds, within `keepaliveSeconds` when it is not.
    package init(timeout: Duration, keepalive: Int, origin: ProbeOrigin = ProbeOrigin()) {
        self.timeout = timeout
        self.origin = origin
        self.keepalive = min(
            max(keepalive, Self.keepaliveSeconds.lowerBound),
            Self.keepaliveSeconds.upperBound
        )
    }

    /// How long the connection is without a word from the server before the kernel ends it.
    package var silence: Duration { .seconds(keepalive * (1 + Self.keepaliveCount)) }
}
