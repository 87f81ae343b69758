package import Core

/// How real servers come to be out of use, from one look at them to the next.
package struct BackendProgress: Equatable, Sendable {
    /// What the looks so far add up to.
    package enum Outcome: Equatable, Sendable {
        /// A server still gets new flows; the last line says why.
        case waiting
        /// None gets new flows, and connections go on.
        case emptying
        /// Few enough connections are left.
        case empty
        /// Someone put one back to use, or a hand-over was stopped.
        case undone
    }

    fileprivate struct Entry: Equatable {
        let name: String
        var outcome = Outcome.waiting
        var text = ""
        var latest = Duration.zero
        var hasBegun = false
        /// How far a hand-over has come, in the steps in which its weights change.
        var tenths: Int?
        /// When the table was first seen without weight for it, by the daemon's clock.
        var withoutWeight: Timestamp?
    }

    /// How many connections may be left of each.
    package let connections: Int
    private var entries: [Entry]

    /// The servers called `names`, none of which has been looked at.
    package init(_ names: [String], connections: Int) {
        self.connections = connections
        entries = names.map { Entry(name: $0) }
    }

    /// What the looks so far add up to: that of the server which has come least far.
    package var outcome: Outcome {
        let outcomes = entries.map(\.outcome)
        return [.undone, .waiting, .emptying].first(where: outcomes.contains) ?? .empty
    }

    /// Takes in a look at the server called `name`, `elapsed` after the order was given.
    ///
    /// - Returns: true when something happened that is worth a line of its own in a log.
    package mutating func observe(
        _ backend: BackendStatus,
        of name: String,
        at elapsed: Duration
    ) -> Bool {
        guard let place = entries.firstIndex(where: { $0.name == name }) else { return false }
        let before = entries[place]
        guard before.outcome != .empty, before.outcome != .undone else { return false }
        entries[place].take(backend, connections)
        entries[place].latest = elapsed
        // Counts change with every look; that the text is of another kind is news.
        return entries[place].outcome != before.outcome
            || entries[place].tenths != before.tenths
            || (entries[place].outcome == .waiting && entries[place].tenths == nil
                && entries[place].text != before.text)
    }

    /// One line for each server.
    package var lines: [StyledText] { entries.map(Self.line) }

    /// The line of the server called `name`.
    package func line(of name: String) -> StyledText? {
        entries.first { $0.name == name }.map(Self.line)
    }

    private static func line(_ entry: Entry) -> StyledText {
        let mark: StyledText =
            switch entry.outcome {
            case .waiting, .emptying: StyledText("…", .warning)
            case .empty: StyledText("✓", .good)
            case .undone: StyledText("✗", .bad)
            }
        return mark + " " + StyledText(entry.name) + "  " + StyledText(entry.text) + "  "
            + StyledText(Figures.elapsed(entry.latest), .faint)
    }
}

extension BackendProgress.Entry {
    fileprivate mutating func take(_ backend: BackendStatus, _ limit: Int) {
        if let handover = backend.handover {
            hasBegun = true
            if let reason = handover.stopped {
                (outcome, text) = (.undone, "the hand-over was stopped: \(reason)")
            } else {
                tenths = handover.percent / 10
                text = "\(handover.percent)% handed over to \(handover.with)"
            }
            return
        }
        tenths = nil
        guard backend.admin != Backend.AdminState.ready.rawValue else {
            // Before the first sign of the order this only means that it has not begun.
            if hasBegun { (outcome, text) = (.undone, "put back to use by someone") }
            return
        }
        hasBegun = true
        guard (backend.weight ?? 0) == 0 else {
            withoutWeight = nil
            outcome = .waiting
            text = "still gets new flows: \(backend.waiting ?? "its weight is on its way to 0")"
            return
        }
        guard let seenAt = backend.seenAt else { return }
        let began = withoutWeight ?? seenAt
        withoutWeight = began
        let active = backend.activeConnections ?? 0
        text = Figures.count(active, "active connection")
        // A count read before the weight was gone may miss the last that came.
        outcome = active <= limit && seenAt > began ? .empty : .emptying
    }
}
