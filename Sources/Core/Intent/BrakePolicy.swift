/// What a director does when nearly everything that it checks fails at once.
///
/// The likelier fault is then its own: its uplink, its view. One director among several must not
/// withdraw on a suspicion, and none may announce for ever what it cannot reach.
package struct BrakePolicy: Equatable, Sendable {
    /// What becomes of announcements meanwhile.
    package enum Action: String, Equatable, Sendable, CaseIterable {
        /// They stand as they are.
        case keep
        /// Those that would be withdrawn are announced with a path worse than any other.
        case soften
        /// They go as servers fail; that it is suspect is only told.
        case withdraw
    }

    /// What becomes of announcements.
    package var action: Action
    /// The share, in percent, of the targets heard of since the first began to fail that must fail.
    package var share: Int
    /// How many must fail at least: two servers of two are no crowd.
    package var targets: Int
    /// The longest time within which they must have begun to.
    package var within: Duration
    /// The longest that anything is held: what is not back by then is gone.
    package var atMost: Duration

    /// The policy of these parts.
    package init(
        action: Action = .keep,
        share: Int = 50,
        targets: Int = 5,
        within: Duration = .seconds(10),
        atMost: Duration = .seconds(60)
    ) {
        self.action = action
        self.share = share
        self.targets = targets
        self.within = within
        self.atMost = atMost
    }
}

/// Something that answers as long as this director can reach anything at all.
package struct Canary: Hashable, Sendable {
    /// The name it goes by.
    package var name: Name
    /// What is asked of it.
    package var target: ProbeTarget

    /// The canary that `target` is.
    package init(name: Name, target: ProbeTarget) {
        self.name = name
        self.target = target
    }
}
