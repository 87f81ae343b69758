/// Chance as an argument: numbers that look random and follow from where they began (SplitMix64).
package struct Chance: RandomNumberGenerator, Equatable, Sendable {
    private var state: UInt64

    /// The numbers that belong to `seed`.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A time from nothing to `longest`, or nothing where that is not more.
    package mutating func wait(upTo longest: Duration) -> Duration {
        guard longest > .zero else { return .zero }
        return .nanoseconds(Int64.random(in: 0...longest.nanoseconds, using: &self))
    }
}
