import Core

/// How long to wait before the next worker takes the place of one that ended.
struct RestartPause: Hashable, Sendable {
    /// The pause after two that did not last, and the unit of longer ones: far above what a start
    /// costs, so that a worker that cannot start takes no noticeable share of the machine.
    static let first = Duration.milliseconds(100)
    /// The longest pause: what an operator who has mended the cause waits for.
    static let most = Duration.seconds(5)
    /// A worker that lived so long was well, and the next one is started at once.
    static let lasting = Duration.seconds(10)

    /// How many in a row did not last.
    private var brief = 0

    /// A worker ended after `life`: how long the next one is to wait.
    mutating func ended(after life: Duration) -> Duration {
        if life >= Self.lasting { brief = 0 }
        defer { brief = min(brief + 1, 10) }
        return brief == 0 ? .zero : min(Self.first * (1 << (brief - 1)), Self.most)
    }
}
