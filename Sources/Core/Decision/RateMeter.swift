/// Turns readings of a packet counter into a rate, and remembers since when it has been low.
package struct RateMeter: Equatable, Sendable {
    /// The least time between two readings that are compared.
    ///
    /// The kernel's estimator adds to the counter every 2 s; a shorter span would see the same
    /// figure twice and call a busy VIP quiet.
    package static let window: Duration = .milliseconds(2500)

    /// Packets per second over the last window; `nil` until there were two readings.
    package private(set) var rate: Double?
    /// Since when every rate has been below the limit given with the readings.
    package private(set) var quietSince: Moment?
    private var base: Reading?

    private struct Reading: Equatable {
        let count: UInt64
        let at: Moment
    }

    /// A meter without readings.
    package init() {}

    /// The counter read `count` at `now`; rates below `limit` per second are quiet.
    package mutating func read(_ count: UInt64, at now: Moment, quietBelow limit: Double) {
        guard let base, count >= base.count else {
            // The first reading, or the service was created anew and counts from zero.
            self.base = Reading(count: count, at: now)
            return
        }
        let span = now - base.at
        guard span >= Self.window else { return }
        let rate = Double(count - base.count) / span.seconds
        self.rate = rate
        quietSince = rate < limit ? quietSince ?? base.at : nil
        self.base = Reading(count: count, at: now)
    }
}
