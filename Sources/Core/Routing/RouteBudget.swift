/// How many route changes may go out now: a bucket that fills at a steady pace.
///
/// It is kept as the moment at which it will be full again, in whole nanoseconds, so that it comes
/// to the same however often it is asked.
package struct RouteBudget: Equatable, Sendable {
    /// The numbers in force.
    package var policy: RouteChangePolicy
    /// When the bucket is full again; it is full whenever that is past.
    private var fullAt = Moment.zero

    /// Changes go out at least this far apart, as many at a time as there is room for: ten batches
    /// a second cost bgpd little, and one for each change would cost it a read-back each.
    package static let stride: Duration = .milliseconds(100)

    /// A full bucket.
    package init(_ policy: RouteChangePolicy) { self.policy = policy }

    /// The time that one change costs; rounded up, so that never more than the rate goes out.
    private var price: Duration {
        let rate = Int64(max(1, policy.perSecond))
        return .nanoseconds((1_000_000_000 + rate - 1) / rate)
    }

    /// How many changes may go out at `now`.
    package func room(at now: Moment) -> Int {
        let filled = now + price * max(1, policy.burst) - max(fullAt, now)
        return max(0, Int(filled.nanoseconds / price.nanoseconds))
    }

    /// When the next batch of what waits may go out: when there is room for all of it, or for as
    /// much as comes in during one stride.
    package func nextRoom(for waiting: Int) -> Moment {
        let perStride = Int(Int64(policy.perSecond) * Self.stride.nanoseconds / 1_000_000_000)
        let batch = max(1, min(waiting, perStride, policy.burst))
        return fullAt + (price * batch - price * max(1, policy.burst))
    }

    /// So many changes went out; what does not fit any more is forgiven.
    ///
    /// What never waits can take all there is and no more: a debt would prolong an outage that is
    /// over.
    package mutating func spend(_ changes: Int, at now: Moment) {
        let empty = now + price * max(1, policy.burst)
        fullAt = min(max(fullAt, now) + price * changes, empty)
    }
}
