import OrderedCollections

/// Which probe targets are to be probed when.
///
/// Pure: time and chance are arguments. A target is probed for the first time somewhere inside one
/// interval of its check (all new targets together fill that interval evenly, so that ten thousand
/// of them neither burst nor take minutes to begin), then `fastEvery` apart until `rise` or `fall`
/// results agree, then `every` apart, together with others (`ProbeGrid`). One target is never
/// probed twice at once.
package struct ProbeSchedule: Sendable {
    /// A probe that is to be started now; hand it back to `finished` with its result.
    package struct Run: Sendable {
        /// What to probe.
        package let target: ProbeTarget
        /// How long after its due time it starts.
        package let lateness: Duration
        /// Whether it starts later than a whole interval of its check.
        package var isLate: Bool { lateness > target.check.every }
        /// Whether it was summoned, or confirms what one that was summoned has found.
        package let isSummoned: Bool
        /// Where the schedule kept the target when the probe began.
        fileprivate let slot: Int

        /// A probe of `target`.
        package init(target: ProbeTarget, lateness: Duration = .zero, isSummoned: Bool = false) {
            self.init(target: target, lateness: lateness, isSummoned: isSummoned, slot: -1)
        }

        fileprivate init(target: ProbeTarget, lateness: Duration, isSummoned: Bool, slot: Int) {
            self.target = target
            self.lateness = lateness
            self.isSummoned = isSummoned
            self.slot = slot
        }
    }

    private struct Slot: Sendable {
        /// When the probe under way began; `nil` while none is.
        var started: Moment?
        /// Whether the target left the configuration while its probe was under way.
        var isRetired = false
        var passed = false
        /// A byte, as there is a slot for every target; no check asks for more than a hundred.
        var streak: UInt8 = 0
        /// Whether a probe was summoned that has not begun yet.
        var isSummoned = false
        /// Whether what that finds is to be confirmed quickly.
        var isSure = false
        /// Whether what a summoned probe found is being confirmed.
        var isConfirming = false
        /// Whether it is queued for a time that is worth a wake-up of its own.
        var isPressing = false

        /// Whether nobody wants the target and nothing is owed about it any more.
        var isOver: Bool { isRetired && started == nil }
        /// Whether a probe that has not ended is to say if a server is gone that surely was.
        var isInDoubt: Bool { isConfirming || isSummoned && isSure }

        /// A probe begins; answers whether it was summoned, or confirms what such a one found.
        mutating func begin(at now: Moment) -> Bool {
            started = now
            if isSummoned { isConfirming = isSure }
            defer {
                isSummoned = false
                isSure = false
            }
            return isSummoned || isConfirming
        }

        /// A probe of `check` ended; answers after how long the next one begins.
        mutating func interval(
            after verdict: Outcome.Verdict,
            isRefused: Bool,
            of check: Check
        ) -> Duration {
            let wasConfirming = isConfirming
            isConfirming = false
            switch verdict {
            // What could not be run for want of a local resource is not cured by running it more
            // often.
            case .unknown: return check.every
            case .passed, .failed:
                let passed = verdict == .passed
                let again = self.passed == passed && streak > 0
                let rise = check.rise
                let fall = check.fall
                streak = again ? UInt8(clamping: min(Int(streak) + 1, max(rise, fall))) : 1
                self.passed = passed
                let isSettled = Int(streak) >= (passed ? rise : fall)
                guard !isSettled else { return check.every }
                guard wasConfirming, isRefused else { return check.fastEvery }
                isConfirming = true
                return ProbeSchedule.confirmEvery
            }
        }
    }

    /// How many probes may be under way at once when nothing else is said.
    ///
    /// Each holds one descriptor, and the usual soft limit of a process is 1024: half is left for
    /// the control socket, the planes and their clients.
    package static let defaultConcurrency = 512

    /// Intervals vary by up to this share either way, and by a little more where a probe began
    /// late, or targets that once met would meet for ever.
    package static let jitter = 0.05

    /// The time between probes that confirm what a summoned one has found: no connection.
    ///
    /// `fastEvery` is there against chance: a packet lost, a queue full for a moment. That a
    /// connection broke and the next one is refused is no chance, so all that is waited for is that
    /// the confirmations are probes of their own, some round trips of a data centre apart.
    package static let confirmEvery = Duration.milliseconds(1)

    /// How many probes may be under way at once.
    package let concurrency: Int
    /// How many probes are under way.
    package private(set) var running = 0
    /// How many probes began later than a whole interval of their check, ever.
    package private(set) var lateStarts = 0
    /// How many targets wait for a time that is worth a wake-up of its own.
    private var pressing = 0
    /// Whether what is due next should not be put together with what is due soon after.
    package var isPressing: Bool { pressing > 0 }

    /// How many targets were summoned for what is no chance, and have not yet answered otherwise,
    /// or been refused often enough.
    package private(set) var inDoubt = 0

    // A set in order, and what is known of each at the same index: half the memory of a dictionary,
    // which counts with a hundred thousand of them.
    private var targets: OrderedSet<ProbeTarget> = []
    private var slots: [Slot] = []
    private var queue = DueQueue()
    private var grid = ProbeGrid()

    /// A schedule without targets; `concurrency` is 1 or more.
    package init(concurrency: Int = Self.defaultConcurrency) {
        precondition(concurrency > 0, "A schedule that may run nothing probes nothing")
        self.concurrency = concurrency
    }

    /// How many targets are scheduled; those that left with their probe under way do not count.
    package var targetCount: Int { slots.count { !$0.isRetired } }

    /// The targets that are scheduled.
    package var scheduled: [ProbeTarget] {
        slots.indices.lazy.filter { !slots[$0].isRetired }.map { targets[$0] }
    }

    /// When to call `due` next unless a probe ends before; `nil` when only that can bring work.
    package var nextDeadline: Moment? { running < concurrency ? queue.first?.due : nil }

    /// Makes `targets` the ones to probe.
    ///
    /// Kept ones keep their phase and their streak. A probe under way of a target that left still
    /// counts as running until it is handed back, and should the target return before that, it
    /// waits for it.
    package mutating func update(
        targets wanted: some Sequence<ProbeTarget>,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        var isWanted = Array(repeating: false, count: slots.count)
        var new: OrderedSet<ProbeTarget> = []
        for target in wanted {
            if let slot = targets.firstIndex(of: target), !slots[slot].isOver {
                isWanted[slot] = true
            } else {
                new.append(target)
            }
        }
        for slot in slots.indices {
            slots[slot].isRetired = !isWanted[slot]
            guard !isWanted[slot] else { continue }
            press(slot, false)
            queue.remove(slot)
        }
        compact()
        inDoubt = slots.count { $0.isInDoubt && !$0.isRetired }
        spread(new.elements, from: now, using: &generator)
        grid = ProbeGrid(
            rate: zip(targets, slots).reduce(into: 0) { rate, each in
                if !each.1.isRetired { rate += 1 / each.0.check.every.seconds }
            }
        )
    }

    /// Takes the probes to start now, most overdue first, as many as may run at once.
    package mutating func due(now: Moment) -> [Run] {
        var runs: [Run] = []
        while running < concurrency, let (slot, due) = queue.first, due <= now {
            queue.remove(slot)
            running += 1
            press(slot, false)
            let isSummoned = change(slot) { $0.begin(at: now) }
            let run = Run(
                target: targets[slot],
                lateness: now - due,
                isSummoned: isSummoned,
                slot: slot
            )
            if run.isLate { lateStarts += 1 }
            runs.append(run)
        }
        return runs
    }

    /// Makes the next probe of `target` due now, because something else than time speaks for it;
    /// `false` when it is not scheduled.
    ///
    /// One under way began before that, and says little about what came after: another follows it.
    /// `isSure` is whether a refusal is then no chance, and to be confirmed quickly; `isAnew`
    /// whether what it said before is worth nothing, so that it is asked at the fast pace until it
    /// has said one thing often enough.
    package mutating func summon(
        _ target: ProbeTarget,
        isSure: Bool,
        isAnew: Bool = false,
        now: Moment
    ) -> Bool {
        guard let slot = targets.firstIndex(of: target), !slots[slot].isRetired else {
            return false
        }
        if isAnew { slots[slot].streak = 0 }
        change(slot) { slot in
            slot.isSummoned = true
            slot.isSure = slot.isSure || isSure
        }
        guard slots[slot].started == nil else { return true }
        press(slot, false)
        queue.remove(slot)
        queue.insert(slot, due: now)
        return true
    }

    /// Whether the last probe of `target` that said anything passed.
    package func hasPassed(_ target: ProbeTarget) -> Bool {
        targets.firstIndex(of: target).map { slots[$0].streak > 0 && slots[$0].passed } ?? false
    }

    /// A probe ended with this verdict; plans the next one of its target.
    ///
    /// `isRefused` is whether there was no connection, which is what a summoned probe is quickly
    /// asked again about.
    ///
    /// - Returns: Whether that is news: anything but that a target which has passed often enough
    ///   has passed once more.
    @discardableResult
    package mutating func finished(
        _ run: Run,
        _ verdict: Outcome.Verdict,
        isRefused: Bool = false,
        now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        guard let slot = slot(of: run), let started = slots[slot].started
        else { preconditionFailure("A probe ends once") }
        slots[slot].started = nil
        running -= 1
        guard !slots[slot].isRetired else { return true }
        let check = run.target.check
        let isNews =
            verdict != .passed || !slots[slot].passed || Int(slots[slot].streak) < check.rise
        let interval = change(slot) { slot in
            slot.interval(after: verdict, isRefused: isRefused, of: check)
        }
        guard !slots[slot].isSummoned else {
            queue.insert(slot, due: now)
            return isNews
        }
        press(slot, slots[slot].isConfirming)
        // Nanoseconds, and one number of chance: durations are slow to multiply.
        let length = Double(interval.nanoseconds)
        let chance = Double(generator.next() >> 11) * 0x1p-53
        let least = Int64(length * (1 - Self.jitter))
        let most = Int64(length * (1 + Self.jitter))
        let wanted = least + Int64(Double(most - least) * chance)
        // In doubt, what counts is to know soon, and few are.
        let due =
            interval == check.every
            ? grid.moment(after: started, by: wanted, least: least, most: most, every: interval)
            : Moment(nanoseconds: started.nanoseconds + wanted)
        // A probe may take longer than the interval: the next one follows at once, not before.
        queue.insert(slot, due: max(now, due))
        return isNews
    }

    /// Where the target of `run` is: mostly where it was when that began.
    private func slot(of run: Run) -> Int? {
        if slots.indices.contains(run.slot), targets[run.slot] == run.target { return run.slot }
        return targets.firstIndex(of: run.target)
    }

    /// Does something that may change whether a target is in doubt.
    private mutating func change<Answer>(
        _ slot: Int,
        _ work: (inout Slot) -> Answer
    ) -> Answer {
        let wasInDoubt = slots[slot].isInDoubt
        defer {
            let isInDoubt = slots[slot].isInDoubt
            if isInDoubt != wasInDoubt { inDoubt += isInDoubt ? 1 : -1 }
        }
        return work(&slots[slot])
    }

    private mutating func press(_ slot: Int, _ isPressing: Bool) {
        guard slots[slot].isPressing != isPressing else { return }
        slots[slot].isPressing = isPressing
        pressing += isPressing ? 1 : -1
    }

    /// Gives each new target a random place in its own equal part of the interval.
    private mutating func spread(
        _ new: [ProbeTarget],
        from now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        targets.reserveCapacity(targets.count + new.count)
        slots.reserveCapacity(targets.count + new.count)
        for (part, target) in new.shuffled(using: &generator).enumerated() {
            let place = Double(part) + Double.random(in: 0..<1, using: &generator)
            targets.append(target)
            slots.append(Slot())
            let due = now + target.check.every * (place / Double(new.count))
            queue.insert(slots.count - 1, due: due)
        }
    }

    /// Forgets the targets that are over.
    private mutating func compact() {
        guard slots.contains(where: \.isOver) else { return }
        let before = targets
        let kept = slots.indices.filter { !slots[$0].isOver }
        targets = OrderedSet(kept.map { before[$0] })
        var places = Array(repeating: 0, count: slots.count)
        for (place, slot) in kept.enumerated() { places[slot] = place }
        slots = kept.map { slots[$0] }
        queue.renumber { places[$0] }
    }
}
