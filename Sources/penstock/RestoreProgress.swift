/// How far a restore has come, said where somebody may be waiting.
struct RestoreProgress {
    /// After this time a word is said even where lines cannot be drawn anew: in a log, silence
    /// for longer looks like a hang.
    static let silence: Duration = .seconds(5)

    let total: Int
    let terminal: Terminal
    private var spoke = ContinuousClock.now
    private var drawn = 0

    init(total: Int, terminal: Terminal) {
        self.total = total
        self.terminal = terminal
    }

    /// So many operations have been sent.
    mutating func reached(_ count: Int) throws {
        guard count < total else { return }
        let line = StyledText("\(count) of \(total) operations")
        if terminal.isLive {
            try terminal.redraw([line], over: drawn)
            drawn = 1
        } else if spoke.duration(to: .now) > Self.silence {
            try terminal.tell([line])
            spoke = .now
        }
    }

    /// The last word is somebody else's.
    mutating func end() throws {
        guard drawn > 0 else { return }
        try terminal.redraw([], over: drawn)
        drawn = 0
    }
}
