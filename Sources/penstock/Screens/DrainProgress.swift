package import Core

/// How a drain comes along, from one look at the director to the next.
package struct DrainProgress: Equatable, Sendable {
    /// What the looks so far add up to.
    package enum Outcome: Equatable, Sendable {
        case underWay
        /// Traffic has ended.
        case quiet
        /// It had not when the deadline came; the routes are gone all the same.
        case deadline
        /// Someone made the director active again.
        case undone
    }

    private struct Entry: Equatable {
        let step: DrainStatus.Step
        let began: Duration
        var latest: Duration
        var text: String
    }

    /// What the looks so far add up to.
    package private(set) var outcome: Outcome = .underWay
    private var entries: [Entry] = []

    /// A drain that has not been looked at.
    package init() {}

    /// Takes in a look at the director, `elapsed` after the drain was asked for.
    ///
    /// - Returns: true when something happened that is worth a line of its own in a log.
    package mutating func observe(_ node: NodeStatus, at elapsed: Duration) -> Bool {
        guard let drain = node.drain else {
            // Before the first sign of the drain this only means that it has not begun.
            if !entries.isEmpty { outcome = .undone }
            return !entries.isEmpty
        }
        let text = Self.text(drain)
        let isNew = entries.last?.step != drain.step
        let hadText = entries.last?.text
        if isNew {
            // The look that would have shown the last route go may never have been taken.
            if let last = entries.indices.last, entries[last].step == .withdrawing,
                [.ebbing, .done].contains(drain.step)
            {
                entries[last].text = Self.withdrawn(drain.total, of: drain.total)
            }
            entries.append(
                Entry(step: drain.step, began: elapsed, latest: elapsed, text: text)
            )
        } else {
            entries[entries.count - 1].text = text
            entries[entries.count - 1].latest = elapsed
        }
        if node.state == .drained { outcome = drain.ending == "deadline" ? .deadline : .quiet }
        // The rate changes with every look; only the count of routes is news.
        return isNew || (drain.step == .withdrawing && hadText != text)
    }

    /// One line for each step so far.
    package var lines: [StyledText] {
        entries.indices.map { line(entries[$0], isLast: $0 == entries.count - 1) }
    }

    /// The line of the step that is under way.
    package var lastLine: StyledText? { lines.last }

    private func line(_ entry: Entry, isLast: Bool) -> StyledText {
        let isOver = !isLast || outcome != .underWay
        let mark: StyledText =
            switch outcome {
            case .deadline where isLast: StyledText("!", .warning)
            case .undone where isLast: StyledText("✗", .bad)
            default: isOver ? StyledText("✓", .good) : StyledText("…", .warning)
            }
        return mark + " " + StyledText(entry.step.rawValue).padded(to: 12)
            + StyledText(entry.text).padded(to: 44)
            + StyledText(Figures.elapsed(entry.latest), .faint)
    }

    private static func withdrawn(_ gone: Int, of total: Int) -> String {
        "\(gone) of \(Figures.count(total, "VIP")) withdrawn"
    }

    private static func text(_ drain: DrainStatus) -> String {
        if let fault = drain.waitingFor {
            return "waiting: \(fault.code) \(fault.summary); \(fault.fix)"
        }
        switch drain.step {
        case .withdrawing:
            return withdrawn(drain.total - drain.left, of: drain.total)
        case .softening:
            return "\(drain.total - drain.left) of \(Figures.count(drain.total, "VIP")) softened"
        case .settling: return "every peer was sent the worse path"
        case .ebbing:
            guard let rate = drain.packetsPerSecond else { return "measuring packets" }
            return "\(Figures.grouped(rate)) packets/s, quiet below "
                + "\(Figures.short(drain.packetsBelow))"
        case .done:
            return drain.ending == "deadline"
                ? "traffic has not ended before the deadline" : "quiet"
        }
    }
}
