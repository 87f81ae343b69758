/// Whether the director as a whole takes part in the fabric.
package enum NodeState: Equatable, Sendable {
    /// Announces what it can serve. Can transition to: `draining` by a command.
    case active
    /// On its way out. Can transition to: `drained` when quiet or at the deadline, `active` by a
    /// command.
    case draining(Drain)
    /// Out. Can transition to: `active` by a command.
    case drained(Drain, Drain.Ending)

    /// The drain, under way or finished.
    package var drain: Drain? {
        switch self {
        case .active: nil
        case .draining(let drain), .drained(let drain, _): drain
        }
    }
}

/// A drain of the director: its cause and how far it has come.
package struct Drain: Equatable, Sendable {
    /// Why, in the operator's words; may be empty.
    package let reason: String
    /// When it began in this run.
    package let since: Moment
    /// How far it has come.
    package var phase: Phase = .withdrawing(left: 0, of: 0)

    /// The steps of a drain, in their order.
    package enum Phase: Equatable, Sendable {
        /// Routes are being taken back; `left` of `of` are not yet seen gone at every peer.
        case withdrawing(left: Int, of: Int)
        /// Every route was seen gone at `since`; IPVS forwards what still comes.
        ///
        /// The rate is over all VIPs, in packets per second; `nil` until it could be measured.
        case settling(since: Moment, rate: Double?)
    }

    /// How a drain ended.
    package enum Ending: String, Hashable, Sendable, CaseIterable {
        /// The packet rate stayed low for as long as configured.
        case quiet
        /// It did not, and the deadline passed.
        case deadline
    }

    /// A drain that begins.
    package init(reason: String, since: Moment) {
        self.reason = reason
        self.since = since
    }

    /// The drain goes on: how many routes of how many are still out, and how busy the VIPs are.
    ///
    /// Answers how the drain ended, once it has.
    package mutating func advance(
        left: Int,
        of total: Int,
        rate: Double?,
        quietSince: Moment?,
        policy: DrainPolicy,
        now: Moment
    ) -> Ending? {
        guard left == 0 else {
            phase = .withdrawing(left: left, of: total)
            return nil
        }
        let since: Moment
        switch phase {
        case .withdrawing: since = now
        case .settling(let start, _): since = start
        }
        phase = .settling(since: since, rate: rate)
        // Nothing was announced and nothing came: there is nothing to wait for.
        if total == 0 { return .quiet }
        if let quietSince, now >= max(quietSince, since) + policy.quietFor { return .quiet }
        return now >= since + policy.atMost ? .deadline : nil
    }
}
