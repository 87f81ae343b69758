/// The moments that regular probes are planned for, so that probes due at about the same time are
/// due at the same time.
///
/// A probe passes through several threads of two processes, and to wake them costs more than the
/// probe itself: 1,000 probes a second that come by fives cost twice what they cost by forties.
/// When a regular probe is made is ours to choose, within what its interval varies by anyway.
package struct ProbeGrid: Sendable {
    /// The steps there are, each of which the next ones are multiples of, so that targets with
    /// different intervals meet; the largest is below what anybody notices in a check.
    package static let steps: [Duration] = [80, 40, 20, 10, 5].map { .milliseconds($0) }

    /// A step is at most this part of an interval: less than the tenth that it varies by, so that
    /// there is always a moment to choose.
    package static let partsOfInterval = 12

    /// How many probes should begin together at most: some milliseconds of work, which those that
    /// come last are late by.
    package static let together = 128.0

    /// The largest step at which no more than `together` begin at once.
    private let longest: Duration

    /// A grid for targets that are probed so often all together, in probes a second.
    package init(rate: Double = 0) {
        longest = rate > 0 ? min(Self.steps[0], .seconds(Self.together / rate)) : Self.steps[0]
    }

    /// The step for checks with this interval; `nil` where any would be too coarse.
    package func step(for every: Duration) -> Duration? {
        let part = every.nanoseconds / Int64(Self.partsOfInterval)
        let limit = min(longest, .nanoseconds(part))
        return Self.steps.first { $0 <= limit }
    }

    /// The moment nearest to `moment` that is on the grid and within `bounds`, which are more than
    /// a step apart; `moment` itself where there is no grid for this interval.
    package func moment(
        near moment: Moment,
        within bounds: ClosedRange<Moment>,
        every: Duration
    ) -> Moment {
        guard let step = step(for: every)?.nanoseconds else { return moment }
        let nearest = (moment.nanoseconds + step / 2) / step * step
        let least = (bounds.lowerBound.nanoseconds + step - 1) / step * step
        let most = bounds.upperBound.nanoseconds / step * step
        return Moment(nanoseconds: max(least, min(most, nearest)))
    }
}
