/// A weight that changes in steps over a time.
///
/// Each step is a write to the kernel, so there are few of them; and IPVS knows whole weights only,
/// so where the configured ones leave no room for steps, every weight of the service is multiplied.
/// Shares are what they were, because the schedulers that may ramp look at ratios.
package struct Ramp: Equatable, Sendable {
    /// The steps from nothing to everything: each adds a tenth of a server's share, which a server
    /// that was sized for its whole share bears at once.
    package static let steps = 10
    /// The largest weight that is written: what the kernel's `wrr` reckons with without scaling.
    package static let largestWeight = 65_535

    /// When it began.
    let began: Moment
    /// How long it takes.
    let over: Duration

    /// How many of `steps` have been taken: the first at once, the last at the end.
    func step(at now: Moment) -> Int {
        let elapsed = max(0, (now - began).nanoseconds)
        let whole = max(1, over.nanoseconds)
        guard elapsed < whole else { return Self.steps }
        return min(Self.steps - 1, Int(elapsed / max(1, whole / Int64(Self.steps))))
    }

    /// When the next step is due; `nil` once it is over.
    func next(after now: Moment) -> Moment? {
        let step = step(at: now)
        guard step < Self.steps else { return nil }
        let length = Duration.nanoseconds(max(1, over.nanoseconds) / Int64(Self.steps))
        return step + 1 == Self.steps ? began + over : began + length * (step + 1)
    }

    /// The weight on the way up to `full`: never 0, never more than `full`.
    func rising(to full: Int, at now: Moment) -> Int {
        guard full > 0 else { return 0 }
        let step = step(at: now)
        // One who takes its first step takes some work, or there would be nothing to see.
        return max(1, full * max(1, step) / Self.steps)
    }

    /// The weight on the way down from `full`: never 0, because only a drain takes all.
    func falling(from full: Int, at now: Moment) -> Int {
        guard full > 0 else { return 0 }
        return max(1, full * (Self.steps - step(at: now)) / Self.steps)
    }

    /// The moment at which a ramp over `over` that has come to `weight` of `full` began.
    static func beginning(of weight: Int, of full: Int, over: Duration, at now: Moment) -> Moment {
        let step = min(steps, weight * steps / max(1, full))
        return now + .nanoseconds(-over.nanoseconds / Int64(steps) * Int64(step))
    }

    /// What every weight of a service is multiplied by so that the smallest has `steps` steps.
    package static func fineness(of weights: [Int]) -> Int {
        let weights = weights.filter { $0 > 0 }
        guard let least = weights.min(), let most = weights.max() else { return 1 }
        let wanted = (steps + least - 1) / least
        return max(1, min(wanted, largestWeight / most))
    }
}

extension Scheduling.Scheduler {
    /// Why a weight cannot change in steps under this scheduler; `nil` when it can.
    package var obstacleToRamps: String? {
        switch self {
        case .wrr, .wlc, .sed, .nq, .twos: nil
        case .mh: "each step rebuilds the hash table and moves flows of other servers"
        case .sh: "each step changes the hash table and moves flows of other servers"
        case .dh: "it hashes, and does not look at weights"
        case .rr, .lc: "it does not look at weights, only whether there is one"
        case .fo: "it sends everything to the server of the largest weight"
        case .ovf, .lblc, .lblcr: "a weight is a number of connections to it, not a share"
        }
    }

    /// The schedulers under which it can, for messages.
    package static var ramping: String {
        allCases.filter { $0.obstacleToRamps == nil }.map { "`\($0.rawValue)`" }
            .joined(separator: ", ")
    }
}
