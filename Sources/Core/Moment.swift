/// A point in monotonic time, in nanoseconds since the driver began to count.
///
/// The core owns no clock: whoever drives it says what time it is, so that a simulation can run a
/// day in a second. Only differences mean anything; the zero point is the driver's.
package struct Moment: Hashable, Comparable, Sendable {
    /// Nanoseconds since the driver's zero.
    package let nanoseconds: Int64

    /// The moment this many nanoseconds after the driver's zero.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The driver's zero.
    package static let zero = Moment(nanoseconds: 0)

    package static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `duration` after this one.
    package static func + (moment: Self, duration: Duration) -> Self {
        Moment(nanoseconds: moment.nanoseconds + duration.nanoseconds)
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    package static func - (later: Self, earlier: Self) -> Duration {
        .nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }
}

extension Duration {
    /// The whole nanoseconds of this duration.
    ///
    /// Every duration of a configuration is at most a day, far from the 292 years that fit.
    package var nanoseconds: Int64 {
        // `components` divides numbers of 128 bits, which is slow, and this is asked all the time.
        let magnitude = attoseconds.magnitude
        let high = UInt64(truncatingIfNeeded: magnitude >> 64)
        let low = UInt64(truncatingIfNeeded: magnitude)
        let whole = Int64(UInt64(1_000_000_000).dividingFullWidth((high, low)).quotient)
        return attoseconds < 0 ? -whole : whole
    }

    /// This duration in seconds, for texts and figures.
    package var seconds: Double { Double(nanoseconds) / 1e9 }
}
