package import Core

/// Turns looks at the drain file into orders: one when it appears, one when it is gone.
///
/// What a look cannot tell changes nothing: a director that was drained by a file on a share stays
/// drained when the share does not answer. Until a look has told for the first time, a director
/// that waits for that announces nothing new.
package struct DrainFileWatch: Equatable, Sendable {
    /// The time between two looks; a stat costs microseconds, and a person waits for it.
    package static let every: Duration = .seconds(1)

    /// What one look calls for.
    package enum Step: Equatable, Sendable {
        /// Nothing.
        case none
        /// An order, to be looked at again unless it was passed on.
        case order(Command)
        /// A word in the log: from now on it cannot be told whether the file exists.
        case blind(String)
    }

    private var isOrdered = false
    private var isBlind = false
    /// Whether the director waits for the first look that can tell.
    private var isAwaited: Bool

    /// A watch that has not looked; the director may wait for it.
    package init(isAwaited: Bool = false) { self.isAwaited = isAwaited }

    /// What a look at `now`, which is `civilNow` in civil time, calls for; `nil` stands for a
    /// configuration without a drain file.
    package mutating func take(
        _ look: (file: DrainFile, sight: DrainFile.Sight)?,
        now: Moment,
        civilNow: Timestamp
    ) -> Step {
        switch look?.sight {
        case .unknown(let reason):
            defer { isBlind = true }
            return isBlind ? .none : .blind(reason)
        case .present(let reason):
            isBlind = false
            guard !isOrdered, let file = look?.file else { return .none }
            let mandate = Mandate(
                by: "drain file",
                reason: reason.isEmpty ? "the drain file \(file.path) exists" : reason,
                since: civilNow,
                civilNow: civilNow,
                now: now
            )
            return .order(.drain(DrainOrder(.node, DrainWish(.soft, mandate), source: .file)))
        case .absent, nil:
            isBlind = false
            if isAwaited { return .order(.drainFileKnown) }
            return isOrdered ? .order(.undrain(.node, source: .file)) : .none
        }
    }

    /// The director has taken `command`.
    package mutating func passedOn(_ command: Command) {
        isAwaited = false
        if case .drain = command { isOrdered = true } else { isOrdered = false }
    }
}
