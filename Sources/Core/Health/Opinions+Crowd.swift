// What the results of all targets come to: whether a crowd of them began to fail together.

extension Opinions {
    /// When a target was last heard of, and since when it fails.
    struct Evidence: Sendable {
        /// When a result last said anything.
        var heardAt: Moment?
        /// Since when every result has been a failure.
        var failingSince: Moment?
        /// When it was found down that had been up before; until it is up again.
        var fellAt: Moment?
        /// Whether its failures were forgiven and it was not heard of since.
        var isForgiven = false
        /// How many seconds a check that passes takes, smoothed; 0 before the first.
        var latency: Float = 0

        /// The weight of the newest in that: eight checks say it, one does not.
        static let newestShare: Float = 1.0 / 8

        /// Whether it fails that was up before.
        func isContrary(_ machine: HealthMachine) -> Bool {
            failingSince != nil && (machine.isUp == true || fellAt != nil)
        }
    }

    /// The crowd that began to fail together within the time of `policy`, if there is one.
    ///
    /// Reckoned from some moment at which one began to: of everybody who was heard of since, enough
    /// fail. So a director that hears of few targets at a time suspects itself as soon as those few
    /// fail one after the other, long before the first of them has failed often enough to count.
    func crowd(_ policy: BrakePolicy, at now: Moment) -> Brake.Crowd? {
        let earliest = now + (.zero - policy.within)
        var begun: [Moment] = []
        var passed: [Moment] = []
        forEachWitness { machine, evidence in
            if let since = evidence.failingSince {
                if evidence.isContrary(machine), since >= earliest { begun.append(since) }
            } else if let heard = evidence.heardAt, heard >= earliest {
                passed.append(heard)
            }
        }
        guard begun.count >= policy.targets else { return nil }
        begun.sort()
        passed.sort()
        var late = 0
        for (index, since) in begun.enumerated() {
            if index > 0, begun[index - 1] == since { continue }
            while late < passed.count, passed[late] < since { late += 1 }
            let failing = begun.count - index
            let crowd = Brake.Crowd(
                since: since,
                failing: failing,
                heard: failing + passed.count - late
            )
            if policy.isCrowd(crowd) { return crowd }
        }
        return nil
    }

    /// What the crowd that began to fail at `since` has come to.
    func crowd(since: Moment) -> Brake.Crowd {
        var failing = 0
        var passed = 0
        forEachWitness { machine, evidence in
            if let began = evidence.failingSince {
                if began >= since, evidence.isContrary(machine) { failing += 1 }
            } else if let heard = evidence.heardAt, heard >= since {
                passed += 1
            }
        }
        return Brake.Crowd(since: since, failing: failing, heard: failing + passed)
    }

    /// How long a check of `target` that passes takes, smoothed; `nil` before the first.
    func latency(of target: ProbeTarget) -> Duration? {
        guard let place = place(of: target) else { return nil }
        let seconds = evidence(at: place).latency
        return seconds > 0 ? .nanoseconds(Int64(seconds * 1e9)) : nil
    }

    /// Whether `target` is alive, as far as that was known before `since`.
    func isUp(_ target: ProbeTarget, heldSince since: Moment?) -> Bool? {
        guard let place = place(of: target) else { return nil }
        return isHeld(place, since) ? true : machine(at: place).isUp
    }

    /// Whether `target` counts as alive only because what fell since `since` is held.
    func isHeld(_ target: ProbeTarget, since: Moment?) -> Bool {
        place(of: target).map { isHeld($0, since) } ?? false
    }

    private func isHeld(_ place: Int, _ since: Moment?) -> Bool {
        let evidence = evidence(at: place)
        if evidence.isForgiven { return true }
        guard let since, let fell = evidence.fellAt else { return false }
        return fell >= since
    }
}
