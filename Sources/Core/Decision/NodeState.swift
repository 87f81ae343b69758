/// Whether the director as a whole, or one VIP of it, takes part in the fabric.
package enum NodeState: Equatable, Sendable {
    /// Announces what it can serve. Can transition to: `draining` once anyone asks for it.
    case active
    /// On its way out. Can transition to: `drained` when quiet or at the deadline, `active` once
    /// nobody asks for it any more.
    case draining(Drain)
    /// Out. Can transition to: `active` once nobody asks for it any more, `draining` when a route
    /// is out again.
    case drained(Drain, Drain.Ending)

    /// The drain, under way or finished.
    package var drain: Drain? {
        switch self {
        case .active: nil
        case .draining(let drain), .drained(let drain, _): drain
        }
    }

    /// How the drain ended, once it has.
    package var ending: Drain.Ending? {
        if case .drained(_, let ending) = self { ending } else { nil }
    }
}

/// A drain: its cause and how far it has come.
package struct Drain: Equatable, Sendable {
    /// Why, in the operator's words; may be empty.
    package var reason: String
    /// Whether routes are softened first.
    package var mode: DrainMode
    /// Who asks for it.
    package var sources: Set<DrainSource>
    /// When it began in this run.
    package let since: Moment
    /// How far it has come.
    package private(set) var phase: Phase = .withdrawing(left: 0, of: 0)
    /// Since when it is in that step, whatever the counts.
    package private(set) var phaseSince: Moment
    /// The peers, by name, that were never seen to be sent a worse path before it was taken back.
    package private(set) var unsoftened: Set<String> = []

    /// The steps of a drain; one in haste begins with the withdrawal.
    package enum Phase: Equatable, Sendable {
        /// Paths are made worse; `left` of `of` VIPs are not yet seen so at every peer.
        case softening(left: Int, of: Int)
        /// Every peer was sent the worse paths; routers are given the time to leave them.
        case settling(until: Moment)
        /// `left` of `of` are kept on the worse path, because bgpd knows no other to them any more.
        case held(left: Int, of: Int)
        /// Routes are being taken back; `left` of `of` are not yet seen gone at every peer.
        case withdrawing(left: Int, of: Int)
        /// Every route was seen gone at `since`; IPVS forwards what still comes.
        ///
        /// The rate is in packets per second; `nil` until it could be measured.
        case ebbing(since: Moment, rate: Double?)
    }

    /// How a drain ended.
    package enum Ending: String, Hashable, Sendable, CaseIterable {
        /// The packet rate stayed low for as long as configured.
        case quiet
        /// It did not, and the deadline passed.
        case deadline
    }

    /// How far the VIPs of a drain have come, each by itself.
    package struct Tally: Equatable, Sendable {
        /// How many there are.
        package var total = 0
        /// How many are not yet seen soft at every peer.
        package var softening = 0
        /// When the last of those that routers are to leave will be taken back.
        package var settlesUntil: Moment?
        /// Those that have become the last known path, by name.
        package var held: [String] = []
        /// The peers that some of them were not seen to be sent softly, by name.
        package var unsoftened: Set<String> = []
        /// How many are not seen gone.
        package var left = 0

        /// No VIP counted yet.
        package init() {}
    }

    /// A drain that begins.
    package init(
        reason: String,
        mode: DrainMode = .soft,
        sources: Set<DrainSource> = [.command],
        since: Moment
    ) {
        self.reason = reason
        self.mode = mode
        self.sources = sources
        self.since = since
        phaseSince = since
    }

    /// The drain goes on: how far its VIPs have come, and how busy they are.
    ///
    /// Answers how the drain ended, once it has.
    package mutating func advance(
        _ tally: Tally,
        rate: Double?,
        quietSince: Moment?,
        policy: DrainPolicy,
        now: Moment
    ) -> Ending? {
        let before = phase
        defer { if !phase.isSameStep(as: before) { phaseSince = now } }
        unsoftened.formUnion(tally.unsoftened)
        if tally.softening > 0 {
            phase = .softening(left: tally.softening, of: tally.total)
        } else if let until = tally.settlesUntil {
            phase = .settling(until: until)
        } else if tally.left > tally.held.count {
            phase = .withdrawing(left: tally.left, of: tally.total)
        } else if tally.left > 0 {
            phase = .held(left: tally.left, of: tally.total)
        } else {
            return ebb(tally, rate: rate, quietSince: quietSince, policy: policy, now: now)
        }
        return nil
    }

    private mutating func ebb(
        _ tally: Tally,
        rate: Double?,
        quietSince: Moment?,
        policy: DrainPolicy,
        now: Moment
    ) -> Ending? {
        let since = if case .ebbing(let start, _) = phase { start } else { now }
        phase = .ebbing(since: since, rate: rate)
        // Nothing was announced and nothing came: there is nothing to wait for.
        if tally.total == 0 { return .quiet }
        if let quietSince, now >= max(quietSince, since) + policy.quietFor { return .quiet }
        return now >= since + policy.atMost ? .deadline : nil
    }
}

extension Drain.Phase {
    /// Whether `other` is the same step, with whatever counts.
    func isSameStep(as other: Self) -> Bool {
        switch (self, other) {
        case (.softening, .softening), (.settling, .settling), (.held, .held),
            (.withdrawing, .withdrawing), (.ebbing, .ebbing):
            true
        case (.softening, _), (.settling, _), (.held, _), (.withdrawing, _), (.ebbing, _): false
        }
    }
}
