/// What a server says of itself over its agent, in HAProxy's words.
///
/// An agent says what it wants to change, and what it does not name stays as it was: so words are
/// added up (`followed`), and only the agent takes back what it has said.
package struct AgentWord: Hashable, Sendable {
    /// What the server wants to be used for.
    package enum Wish: String, Hashable, Sendable, CaseIterable {
        case ready
        case drain
        case maint
    }

    /// How the server says it is.
    package enum Health: String, Hashable, Sendable, CaseIterable {
        case up
        case down
        case fail
        case failed
        case stopped

        /// Whether it says that nothing is to be sent there.
        package var isDown: Bool { self != .up }
    }

    // As small as it can be said: an outcome holds one, and there are many of those.
    private var share: UInt16?
    /// The share of its configured weight that it wants, in percent.
    package var percent: Int? {
        get { share.map { Int($0) } }
        set { share = newValue.map { UInt16(clamping: $0) } }
    }
    /// What it wants to be used for.
    package var wish: Wish?
    /// How it says it is.
    package var health: Health?

    /// A word of these parts.
    package init(percent: Int? = nil, wish: Wish? = nil, health: Health? = nil) {
        self.wish = wish
        self.health = health
        self.percent = percent
    }

    /// Whether it says anything.
    package var isEmpty: Bool { share == nil && wish == nil && health == nil }

    /// What stands once `later` has been said after it.
    package func followed(by later: AgentWord) -> AgentWord {
        AgentWord(
            percent: later.percent ?? percent,
            wish: later.wish ?? wish,
            health: later.health ?? health
        )
    }
}

extension AgentWord: CustomStringConvertible {
    /// The words of an agent: `75% drain up`.
    package var description: String {
        [percent.map { "\($0)%" }, wish?.rawValue, health?.rawValue].compactMap { $0 }
            .joined(separator: " ")
    }
}

/// What the agent of a server has said so far, and since when that stands.
struct AgentStanding: Sendable {
    /// Everything it has said and not taken back.
    private(set) var word = AgentWord()
    /// When it last said something else than before.
    private(set) var since: Moment?

    /// It says `word`; answers whether that changed what stands.
    mutating func heard(_ word: AgentWord, at now: Moment) -> Bool {
        let sum = self.word.followed(by: word)
        guard sum != self.word else { return false }
        self.word = sum
        since = now
        return true
    }
}
