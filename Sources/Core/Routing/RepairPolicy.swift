/// How long a director keeps putting back what someone else keeps taking away.
package struct RepairPolicy: Equatable, Sendable {
    /// How many repairs of one prefix there are within `within`; 1 or more.
    package var atMost: Int
    /// The window, and how long the prefix is then left to the other party; more than zero.
    package var within: Duration

    /// A slip of the hand, a script run twice and an `frr-reload` that is repeated are repaired;
    /// what acts more often than every other minute is another controller.
    package static let usual = RepairPolicy(atMost: 5, within: .seconds(600))

    /// The policy of these numbers.
    package init(atMost: Int, within: Duration) {
        self.atMost = atMost
        self.within = within
    }
}
