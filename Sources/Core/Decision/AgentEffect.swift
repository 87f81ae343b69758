/// What the word of its agent does to a real server.
///
/// A word that takes the server out of use counts as a failed check does: it lives no more, and
/// what a quorum is measured by stays. A word about its share changes only what it gets, and never
/// whether it counts; so no load that agents report ends an announcement.
package struct AgentEffect: Hashable, Sendable {
    /// Whether it is to be used.
    package enum Use: Hashable, Sendable {
        /// As its checks and the operator say.
        case asElse
        /// It takes no new flows, and is none of those that live.
        case drained
        /// It is down, whatever its checks say.
        case down
    }

    /// Whether it is to be used.
    package var use = Use.asElse
    /// Its share of its own weight in `Ramp.steps`; `nil` for all of it.
    package var steps: Int?
    /// Whether its agent was not asked by this run yet.
    package var isUnheard = false
    /// Whether it was not, and no earlier run had the server in use either.
    package var isUnknown = false

    /// No effect: there is no agent, or it has said nothing.
    package static let none = AgentEffect()

    /// The effect of `word` where the operator ordered nothing that stands over it.
    ///
    /// - Parameters:
    ///   - word: Everything that the agent has said.
    ///   - isStateOrdered: Whether an operator has ordered a state, which says all about its use.
    ///   - isWeightOrdered: Whether one has ordered a weight, which says all about its share.
    ///   - scheduler: What spreads the flows; one that cannot ramp takes a share for none or all.
    package init(
        _ word: AgentWord = AgentWord(),
        isStateOrdered: Bool = false,
        isWeightOrdered: Bool = false,
        scheduler: Scheduling.Scheduler = .wrr
    ) {
        if !isStateOrdered {
            if word.health?.isDown == true {
                use = .down
            } else if word.wish == .drain || word.wish == .maint {
                use = .drained
            }
        }
        guard !isWeightOrdered, let percent = word.percent else { return }
        guard percent > 0 else {
            // HAProxy shows a server of weight 0 as drained, which is what it is.
            if use == .asElse, !isStateOrdered { use = .drained }
            return
        }
        guard scheduler.obstacleToRamps == nil else { return }
        // Each other weight is a write to the kernel, so there are as few as those of a ramp; and
        // whoever asks for some is given some.
        let steps = max(1, (percent * Ramp.steps + 50) / 100)
        self.steps = steps == Ramp.steps ? nil : steps
    }

    /// The weight of a server whose whole weight is `full`.
    package func share(of full: Int) -> Int {
        guard let steps, full > 0 else { return full }
        return min(Ramp.largestWeight, max(1, full * steps / Ramp.steps))
    }
}
