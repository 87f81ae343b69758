/// Which probe targets are to be probed when.
///
/// Pure: time and chance are arguments. A target is probed for the first time somewhere inside one
/// interval of its check (all new targets together fill that interval evenly, so that ten thousand
/// of them neither burst nor take minutes to begin), then `fastEvery` apart until `rise` or `fall`
/// results agree, then `every` apart. One target is never probed twice at once.
package struct ProbeSchedule: Sendable {
    /// A probe that is to be started now; hand it back to `finished` with its result.
    package struct Run: Sendable {
        /// What to probe.
        package let target: ProbeTarget
        /// How long after its due time it starts.
        package let lateness: Duration
        /// Whether it starts later than a whole interval of its check.
        package var isLate: Bool { lateness > target.check.every }
        fileprivate let slot: Int
    }

    private struct Slot: Sendable {
        let target: ProbeTarget
        /// When the probe under way began; `nil` while none is.
        var started: Moment?
        /// Whether the target left the configuration while its probe was under way.
        var isRetired = false
        var passed = false
        /// A byte, as there is a slot for every target; no check asks for more than a hundred.
        var streak: UInt8 = 0

        /// Whether enough results agree for the normal interval.
        var isSettled: Bool {
            Int(streak) >= (passed ? target.check.rise : target.check.fall)
        }
    }

    /// How many probes may be under way at once when nothing else is said.
    ///
    /// Each holds one descriptor, and the usual soft limit of a process is 1024: half is left for
    /// the control socket, the planes and their clients.
    package static let defaultConcurrency = 512

    /// Intervals vary by up to this share either way, or targets that once met would meet for ever.
    package static let jitter = 0.05

    /// How many probes may be under way at once.
    package let concurrency: Int
    /// How many probes are under way.
    package private(set) var running = 0
    /// How many probes began later than a whole interval of their check, ever.
    package private(set) var lateStarts = 0

    private var slots: [Slot] = []
    private var slotOfTarget: [ProbeTarget: Int] = [:]
    private var freeSlots: [Int] = []
    private var queue = DueQueue()

    /// A schedule without targets; `concurrency` is 1 or more.
    package init(concurrency: Int = Self.defaultConcurrency) {
        precondition(concurrency > 0, "A schedule that may run nothing probes nothing")
        self.concurrency = concurrency
    }

    /// How many targets are scheduled; those that left with their probe under way do not count.
    package var targetCount: Int { slotOfTarget.values.count { !slots[$0].isRetired } }

    /// When to call `due` next unless a probe ends before; `nil` when only that can bring work.
    package var nextDeadline: Moment? { running < concurrency ? queue.first?.due : nil }

    /// Makes `targets` the ones to probe.
    ///
    /// Kept ones keep their phase and their streak. A probe under way of a target that left still
    /// counts as running until it is handed back, and should the target return before that, it
    /// waits for it.
    package mutating func update(
        targets: some Sequence<ProbeTarget>,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        var wanted: Set<ProbeTarget> = []
        var new: [ProbeTarget] = []
        for target in targets where wanted.insert(target).inserted {
            if let slot = slotOfTarget[target] {
                slots[slot].isRetired = false
            } else {
                new.append(target)
            }
        }
        // Swift orders a set differently in every process; the numbers of the slots do not vary.
        for slot in slots.indices where slotOfTarget[slots[slot].target] == slot {
            if !wanted.contains(slots[slot].target) { retire(slot) }
        }
        spread(new, from: now, using: &generator)
    }

    /// Takes the probes to start now, most overdue first, as many as may run at once.
    package mutating func due(now: Moment) -> [Run] {
        var runs: [Run] = []
        while running < concurrency, let (slot, due) = queue.first, due <= now {
            queue.remove(slot)
            slots[slot].started = now
            running += 1
            let run = Run(target: slots[slot].target, lateness: now - due, slot: slot)
            if run.isLate { lateStarts += 1 }
            runs.append(run)
        }
        return runs
    }

    /// A probe ended with this verdict; plans the next one of its target.
    package mutating func finished(
        _ run: Run,
        _ verdict: Outcome.Verdict,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let started = slots[run.slot].started else {
            preconditionFailure("A probe ends once")
        }
        slots[run.slot].started = nil
        running -= 1
        guard !slots[run.slot].isRetired else { return free(run.slot) }
        let interval = interval(of: run.slot, after: verdict)
        let share = Double.random(in: 1 - Self.jitter...1 + Self.jitter, using: &generator)
        // A probe may take longer than the interval: the next one follows at once, not before.
        queue.insert(run.slot, due: max(now, started + interval * share))
    }

    private mutating func interval(
        of slot: Int,
        after verdict: Outcome.Verdict
    ) -> Duration {
        let check = slots[slot].target.check
        switch verdict {
        // What could not be run for want of a local resource is not cured by running it more often.
        case .unknown: return check.every
        case .passed, .failed:
            let passed = verdict == .passed
            let again = slots[slot].passed == passed && slots[slot].streak > 0
            slots[slot].streak =
                again
                ? UInt8(clamping: min(Int(slots[slot].streak) + 1, max(check.rise, check.fall))) : 1
            slots[slot].passed = passed
            return slots[slot].isSettled ? check.every : check.fastEvery
        }
    }

    /// Gives each new target a random place in its own equal part of the interval.
    private mutating func spread(
        _ new: [ProbeTarget],
        from now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        for (part, target) in new.shuffled(using: &generator).enumerated() {
            let place = Double(part) + Double.random(in: 0..<1, using: &generator)
            let slot = allocate(target)
            slotOfTarget[target] = slot
            queue.insert(slot, due: now + target.check.every * (place / Double(new.count)))
        }
    }

    private mutating func allocate(_ target: ProbeTarget) -> Int {
        if let slot = freeSlots.popLast() {
            slots[slot] = Slot(target: target)
            return slot
        }
        slots.append(Slot(target: target))
        return slots.count - 1
    }

    private mutating func retire(_ slot: Int) {
        slots[slot].isRetired = true
        guard slots[slot].started == nil else { return }
        queue.remove(slot)
        free(slot)
    }

    private mutating func free(_ slot: Int) {
        slotOfTarget[slots[slot].target] = nil
        freeSlots.append(slot)
    }
}
