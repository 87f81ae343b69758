/// The agent of a real server in a snapshot: what it says of itself, and what follows from that.
package struct AgentStatus: Codable, Equatable, Sendable {
    /// Everything it has said and not taken back, in its words: `75% drain`; empty for nothing.
    package var says: String
    /// Since when.
    package var since: Timestamp?
    /// What came of asking it the last time.
    package var last: String
    /// `none`, `unheard`, `drained`, `down` or `share`.
    package var effect: String
    /// The share of its weight that it gets, in percent; absent where that is all of it.
    package var sharePercent: Int?
    /// Why what it says is not followed, or not all of it.
    package var ignored: String?

    /// An agent of these parts.
    package init(
        says: String,
        since: Timestamp? = nil,
        last: String,
        effect: String,
        sharePercent: Int? = nil,
        ignored: String? = nil
    ) {
        self.says = says
        self.since = since
        self.last = last
        self.effect = effect
        self.sharePercent = sharePercent
        self.ignored = ignored
    }
}
