package import Net

// Whether the director suspects itself: what the results of everybody come to, what the canaries
// say, and what is held meanwhile.

/// What was last heard of a canary.
struct CanaryStanding: Sendable {
    /// The canary.
    let canary: Canary
    /// When it last passed, and when it last failed.
    var passedAt: Moment?
    var failedAt: Moment?

    /// Whether it answered at `since` or later, and has not failed after that.
    func answers(since: Moment) -> Bool {
        guard let passedAt, passedAt >= since else { return false }
        return failedAt.map { $0 < passedAt } ?? true
    }

    /// Whether it failed at `since` or later, and has not answered after that.
    func isSilent(since: Moment) -> Bool {
        guard let failedAt, failedAt >= since else { return false }
        return passedAt.map { $0 < failedAt } ?? true
    }
}

/// Whom the driver is to have probed now, whatever the schedule says.
package struct Summons: Equatable, Sendable {
    /// Counts them.
    package var generation = 0
    /// Whose servers, with the reason.
    package var addresses: [IPAddress: String] = [:]
}

extension Director {
    /// Takes note of what a canary answered.
    mutating func heard(_ target: ProbeTarget, _ outcome: Outcome, at now: Moment) {
        guard let index = canaries.firstIndex(where: { $0.canary.target == target }) else { return }
        switch outcome.verdict {
        case .passed: canaries[index].passedAt = now
        case .failed: canaries[index].failedAt = now
        case .unknown: return
        }
        isBrakeDue = true
    }

    /// Makes the canaries of the configuration the ones there are.
    mutating func adoptCanaries(at now: Moment) {
        let before = canaries
        canaries = intent.canaries.map { canary in
            before.first { $0.canary == canary } ?? CanaryStanding(canary: canary)
        }
        if intent.brake == nil { brake.release(at: now) }
        isBrakeDue = true
    }

    /// Reckons anew whether nearly everything fails, where something has happened that may say so.
    mutating func reviewBrake(at now: Moment) {
        guard let policy = intent.brake else { return }
        let isOver = brake.nextDeadline.map { $0 <= now } ?? false
        let hasTurned = health.takeTurn()
        guard hasTurned || isBrakeDue || isOver else { return }
        isBrakeDue = false
        switch brake.state {
        case .off:
            guard let crowd = health.crowd(policy, at: now) else { return }
            let step = brake.suspect(crowd, canaries(since: crowd.since), policy, at: now)
            follow(step, crowd, at: now)
        case .on(let hold), .spent(let hold):
            let crowd = health.crowd(since: hold.crowd.since)
            let step = brake.review(crowd, canaries(since: crowd.since), policy, at: now)
            follow(step, crowd, at: now)
        }
    }

    private mutating func follow(_ step: Brake.Step?, _ crowd: Brake.Crowd, at now: Moment) {
        guard let step, let policy = intent.brake else { return }
        let what = "\(crowd.failing) of \(crowd.heard) targets fail"
        switch step {
        case .engaged:
            record(
                .node,
                level: .error,
                "\(what) at once: this director suspects itself (brake: \(policy.action.rawValue))"
            )
            summon(everybody, because: "nearly everything fails at once")
        case .dismissed:
            guard dismissedCrowd != crowd.since else { return }
            dismissedCrowd = crowd.since
            record(.node, level: .error, "\(what) and others answer: the servers are gone")
        case .recovered:
            record(.node, level: .warning, "what failed at once is back: everybody is asked anew")
            if policy.action != .withdraw { health.forgive(since: crowd.since) }
            summon(everybody, because: "what failed at once is back")
        case .spent:
            record(
                .node,
                level: .error,
                "\(what) for longer than brake.at-most (\(Int(policy.atMost.seconds)) s): "
                    + "nothing is held any more"
            )
        case .over: record(.node, "what failed is back, after the time of the brake")
        }
        dirty.formUnion(tracks.keys)
    }

    private var everybody: Set<IPAddress> { Set(health.targets.map(\.host)) }

    private mutating func summon(_ addresses: Set<IPAddress>, because reason: String) {
        summons.generation += 1
        summons.addresses = Dictionary(uniqueKeysWithValues: addresses.map { ($0, reason) })
    }

    /// What the canaries say of what began at `since`.
    func canaries(since: Moment) -> Brake.Canaries {
        if canaries.isEmpty { return .none }
        if canaries.contains(where: { $0.answers(since: since) }) { return .answering }
        return canaries.allSatisfy { $0.isSilent(since: since) } ? .silent : .awaited
    }

    /// Whether servers are believed that failed while nobody could be heard, and were not since.
    package var hasForgiven: Bool { health.forgiven > 0 }

    /// From when on what fell is held; `nil` while nothing is.
    var heldSince: Moment? { intent.brake?.action == .withdraw ? nil : brake.heldSince }

    /// What every gate has to know of it.
    var brakeScene: Scene.Suspicion? {
        guard let policy = intent.brake, policy.action != .withdraw else { return nil }
        guard case .on(let hold) = brake.state else {
            // Those that were forgiven are believed, and nothing new is built on that.
            guard health.forgiven > 0 else { return nil }
            return Scene.Suspicion(
                failing: health.forgiven,
                heard: health.targets.count - canaries.count,
                softens: policy.action == .soften
            )
        }
        // Before the canaries have had their say nothing is made worse for a suspicion.
        let isConfirmed = canaries.isEmpty || hold.wasSilent
        return Scene.Suspicion(
            failing: hold.crowd.failing,
            heard: hold.crowd.heard,
            softens: policy.action == .soften && isConfirmed
        )
    }
}

// MARK: - For people

extension Director {
    /// The brake in the picture; `nil` where there is none.
    func brakeStatus(_ frame: Frame) -> BrakeStatus? {
        guard let policy = intent.brake else { return nil }
        var status = BrakeStatus(
            state: "off",
            policy: policy.action.rawValue,
            share: policy.share,
            targets: policy.targets,
            engagements: brake.engagements,
            canaries: canaries.map { standing in
                CanaryStatus(
                    name: standing.canary.name.text,
                    endpoint: "\(standing.canary.target.endpoint)",
                    health: health[standing.canary.target]?.label ?? "unknown",
                    last: health[standing.canary.target]?.last?.description ?? ""
                )
            }
        )
        switch brake.state {
        case .off: break
        case .on(let hold): describe(hold, "on", in: &status, frame)
        case .spent(let hold): describe(hold, "spent", in: &status, frame)
        }
        return status
    }

    private func describe(
        _ hold: Brake.Hold,
        _ word: String,
        in status: inout BrakeStatus,
        _ frame: Frame
    ) {
        status.state = word
        status.failing = hold.crowd.failing
        status.heard = hold.crowd.heard
        status.since = frame.time(of: hold.since)
        status.until = frame.time(of: hold.until)
    }

    /// The gate of the brake: it keeps nothing from being announced, but for what it holds.
    func brakeGates(_ now: Moment) -> [GateStatus] {
        guard let policy = intent.brake else { return [] }
        let answering = canaries.count { health[$0.canary.target]?.isUp == true }
        let birds =
            canaries.isEmpty
            ? "no canaries" : "\(answering) of \(canaries.count) canaries answer"
        let text: String
        switch brake.state {
        case .off:
            text = "off (\(policy.share)% of targets, \(policy.targets) or more, at once); \(birds)"
        case .on(let hold):
            text =
                "\(hold.crowd.failing) of \(hold.crowd.heard) targets fail at once, \(birds): "
                + "\(policy.action.effect) for \(Reason.tenths(hold.until - now)) s at the most"
        case .spent(let hold):
            text =
                "\(hold.crowd.failing) of \(hold.crowd.heard) targets fail for too long, \(birds): "
                + "nothing is held any more"
        }
        let standing: GateStatus.Standing = if case .off = brake.state { .open } else { .none }
        return [GateStatus(name: "brake", standing: standing, text: text)]
    }

    /// What nobody must overlook of it.
    func brakeWarnings(at now: Moment) -> [WarningStatus] {
        guard let policy = intent.brake else { return [] }
        switch brake.state {
        case .off: return []
        case .on(let hold): return [WarningStatus(.brakeOn(hold, policy, at: now))]
        case .spent(let hold): return [WarningStatus(.brakeSpent(hold, policy))]
        }
    }
}

extension BrakePolicy.Action {
    /// What it does, in a sentence.
    fileprivate var effect: String {
        switch self {
        case .keep: "weights and announcements are kept as they were"
        case .soften: "weights are kept, and what would be withdrawn is announced softly"
        case .withdraw: "nothing is held"
        }
    }
}

extension Fault {
    fileprivate static func brakeOn(
        _ hold: Brake.Hold,
        _ policy: BrakePolicy,
        at now: Moment
    ) -> Fault {
        Fault(
            code: "D460",
            summary: "\(hold.crowd.failing) of \(hold.crowd.heard) targets fail at once: "
                + policy.action.effect,
            because: "for \(Reason.tenths(hold.until - now)) s at the most",
            fix: "look at this director's own uplink"
        )
    }

    fileprivate static func brakeSpent(_ hold: Brake.Hold, _ policy: BrakePolicy) -> Fault {
        Fault(
            code: "D461",
            summary: "\(hold.crowd.failing) of \(hold.crowd.heard) targets have failed for longer "
                + "than brake.at-most (\(Int(policy.atMost.seconds)) s): nothing is held any more",
            because: "what is not back by then counts as gone",
            fix: "look at this director's own uplink, and at the servers"
        )
    }
}
