/// How a VIP that flaps is held back: the figures of RFC 2439, for the one who announces.
///
/// Every flap adds to a penalty that halves with time. A VIP whose penalty reaches `suppress` is
/// not announced again before it has fallen below `reuse`.
package struct DampingPolicy: Equatable, Sendable {
    /// The time in which a penalty halves; more than zero.
    package var halfLife: Duration
    /// The penalty from which a VIP is held back; more than `reuse`.
    package var suppress: Double
    /// The penalty below which it may return; more than zero.
    package var reuse: Double
    /// The longest time that a VIP is held back; more than zero.
    package var longest: Duration

    /// What the first flap adds.
    ///
    /// Routers have counted in these units since RFC 2439.
    package static let perFlap = 1000.0

    /// Gentle: the first two flaps cost nothing but the hold-up, the third within a minute or so
    /// about a minute and a half, and no number of them more than five minutes.
    package static let usual = DampingPolicy(
        halfLife: .seconds(60),
        suppress: 2500,
        reuse: 1000,
        longest: .seconds(300)
    )

    /// The policy of these numbers.
    package init(halfLife: Duration, suppress: Double, reuse: Double, longest: Duration) {
        self.halfLife = halfLife
        self.suppress = suppress
        self.reuse = reuse
        self.longest = longest
    }

    /// The most a penalty can be: it falls below `reuse` in the longest time.
    package var ceiling: Double {
        reuse / Halving.remainder(after: longest.seconds / halfLife.seconds)
    }
}
