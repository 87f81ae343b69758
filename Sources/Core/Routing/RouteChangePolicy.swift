/// How many route changes a director gives the routers.
///
/// What counts, and what never waits, is said in <doc:0020-A-ration-of-route-changes>.
package struct RouteChangePolicy: Equatable, Sendable {
    /// How many changes a second go out in the long run; 1 or more.
    package var perSecond: Int
    /// How many may go out at once after a quiet time; 1 or more.
    package var burst: Int
    /// The longest time by which a change that was not asked for is put off by chance, so that
    /// directors who see the same thing do not all move in the same instant.
    package var jitter: Duration

    /// What a switch of the price of a router takes into its forwarding hardware every second
    /// while it also serves others: a thousand or two, for all its neighbours together.
    package static let usualPerSecond = 500
    /// A director of this many VIPs goes out, or comes back, in one go.
    package static let usualBurst = 1000
    /// Enough to spread the moves of a rack, and less than what BGP itself takes to spread them:
    /// a director that is back long before the others would have all of the load.
    package static let usualJitter: Duration = .milliseconds(200)

    /// The policy of these numbers.
    package init(
        perSecond: Int = RouteChangePolicy.usualPerSecond,
        burst: Int = RouteChangePolicy.usualBurst,
        jitter: Duration = RouteChangePolicy.usualJitter
    ) {
        self.perSecond = perSecond
        self.burst = burst
        self.jitter = jitter
    }
}
