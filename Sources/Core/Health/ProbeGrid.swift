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

    /// A step is at most this part of an interval: less than the tenth that it varies by.
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

    /// When a probe begins that follows one of `start` by `wanted`, or `least` to `most`, all in
    /// nanoseconds.
    ///
    /// On the coarsest step that leaves a choice of two moments at least: with one alone, targets
    /// that once met would meet for ever. Without any, `wanted` after `start`.
    package func moment(
        after start: Moment,
        by wanted: Int64,
        least: Int64,
        most: Int64,
        every: Duration
    ) -> Moment {
        let limit = min(longest, .nanoseconds(every.nanoseconds / Int64(Self.partsOfInterval)))
        for step in Self.steps where step <= limit {
            let step = step.nanoseconds
            // One that began a little late was planned for the moment before.
            let late = start.nanoseconds % step
            let base = late <= step / 2 ? start.nanoseconds - late : start.nanoseconds
            let first = (base + least + step - 1) / step * step
            let last = (base + most) / step * step
            guard last - first >= step else { continue }
            let nearest = (base + wanted + step / 2) / step * step
            return Moment(nanoseconds: max(first, min(last, nearest)))
        }
        return Moment(nanoseconds: start.nanoseconds + wanted)
    }
}
