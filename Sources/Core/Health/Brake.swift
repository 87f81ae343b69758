/// Whether the director suspects itself, because nearly everything fails at once.
///
/// Pure: it is told what the results come to, and what the canaries say. It has one clock that
/// nothing winds up again: from the first time that it held anything until it has been at peace for
/// as long, it holds no longer than `BrakePolicy.atMost` in all.
package struct Brake: Equatable, Sendable {
    /// A crowd of targets that began to fail together.
    package struct Crowd: Equatable, Sendable {
        /// When the first of them did.
        package let since: Moment
        /// How many fail, of how many that were heard of since.
        package let failing: Int
        package let heard: Int

        /// A crowd of these parts.
        package init(since: Moment, failing: Int, heard: Int) {
            self.since = since
            self.failing = failing
            self.heard = heard
        }
    }

    /// What the canaries say since a crowd began to fail.
    package enum Canaries: String, Equatable, Sendable, CaseIterable {
        /// There are none.
        case none
        /// One or more were not heard of since, and none answered.
        case awaited
        /// Each of them failed.
        case silent
        /// At least one answers.
        case answering
    }

    /// How it stands.
    package enum State: Equatable, Sendable {
        /// Can transition to: `on`.
        case off
        /// Holds what was up when the crowd began to fail. Can transition to: `off`, `spent`.
        case on(Hold)
        /// The longest time is over, and what fails counts. Can transition to: `off`.
        case spent(Hold)
    }

    /// What is held, and since when.
    package struct Hold: Equatable, Sendable {
        /// The crowd as it was last reckoned.
        package var crowd: Crowd
        /// When it began to hold.
        package let since: Moment
        /// When that ends, whatever happens.
        package let until: Moment
        /// Whether all canaries failed at some time meanwhile.
        package var wasSilent = false
        /// How many failed at the worst.
        package var most: Int

        init(crowd: Crowd, since: Moment, until: Moment) {
            self.crowd = crowd
            self.since = since
            self.until = until
            most = crowd.failing
        }
    }

    /// What has just happened.
    package enum Step: Equatable, Sendable {
        /// It holds from now on.
        case engaged
        /// The canaries or enough others answer, and did all along: the servers are really gone.
        case dismissed
        /// Results, or the canaries, are back: who still fails is asked anew.
        case recovered
        /// The longest time is over.
        case spent
        /// What failed when it was over is back.
        case over
    }

    /// How it stands.
    package private(set) var state: State = .off
    /// How often it began to hold, ever.
    package private(set) var engagements = 0
    /// When it first held anything without such a peace since, and when it last ceased to.
    private var chainBegan: Moment?
    private var lastEnd: Moment?

    /// One that suspects nothing.
    package init() {}

    /// From when on what fell is held; `nil` while nothing is.
    package var heldSince: Moment? {
        if case .on(let hold) = state { hold.crowd.since } else { nil }
    }

    /// When time alone changes how it stands.
    package var nextDeadline: Moment? {
        if case .on(let hold) = state { hold.until } else { nil }
    }

    /// A crowd fails, as the policy would have it, and this is what canaries say of it.
    package mutating func suspect(
        _ crowd: Crowd,
        _ canaries: Canaries,
        _ policy: BrakePolicy,
        at now: Moment
    ) -> Step? {
        guard case .off = state else { return nil }
        // Who answers is proof that we can reach something.
        guard canaries != .answering else { return .dismissed }
        if let lastEnd, now - lastEnd >= policy.atMost { chainBegan = nil }
        let began = chainBegan ?? now
        let until = began + policy.atMost
        guard now < until else { return nil }
        chainBegan = began
        engagements += 1
        var hold = Hold(crowd: crowd, since: now, until: until)
        hold.wasSilent = canaries == .silent
        state = .on(hold)
        return .engaged
    }

    /// Time passed or results came in: `crowd` is what it has come to by now.
    package mutating func review(
        _ crowd: Crowd,
        _ canaries: Canaries,
        _ policy: BrakePolicy,
        at now: Moment
    ) -> Step? {
        let isCrowd = policy.isCrowd(crowd)
        switch state {
        case .off: return nil
        case .spent(var hold):
            hold.crowd = crowd
            state = isCrowd ? .spent(hold) : .off
            return isCrowd ? nil : .over
        case .on(var hold):
            hold.crowd = crowd
            hold.most = max(hold.most, crowd.failing)
            hold.wasSilent = hold.wasSilent || canaries == .silent
            state = .on(hold)
            if now >= hold.until {
                end(.spent(hold), at: now)
                return .spent
            }
            if canaries == .answering {
                end(.off, at: now)
                // What was learned while nobody could be heard is worth nothing.
                return hold.wasSilent ? .recovered : .dismissed
            }
            guard !isCrowd else { return nil }
            end(.off, at: now)
            // Where nobody of those that fail is back, and only others were heard, it is not us.
            return crowd.failing < hold.most || hold.wasSilent ? .recovered : .dismissed
        }
    }

    /// The policy is gone, or is another: nothing is held for what it said.
    package mutating func release(at now: Moment) {
        if case .on = state { end(.off, at: now) }
        state = .off
    }

    private mutating func end(_ state: State, at now: Moment) {
        self.state = state
        lastEnd = now
    }
}

extension BrakePolicy {
    /// Whether so many of so many are enough to suspect ourselves.
    package func isCrowd(_ crowd: Brake.Crowd) -> Bool {
        crowd.failing >= targets && crowd.failing * 100 >= share * crowd.heard
    }
}
