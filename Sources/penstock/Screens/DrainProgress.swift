package import Core

/// How a drain comes along, from one look at it to the next.
package struct DrainProgress: Equatable, Sendable {
    /// What the looks so far add up to.
    package enum Outcome: Equatable, Sendable {
        case underWay
        /// Traffic has ended.
        case quiet
        /// It had not when the deadline came; the routes are gone all the same.
        case deadline
        /// Someone ended the drain.
        case undone
    }

    private struct Entry: Equatable {
        let step: DrainStatus.Step
        let began: Duration
        var latest: Duration
        var text: String
        /// What the count was that is worth a line of its own whenever it changes.
        var left: Int?
    }

    /// What the looks so far add up to.
    package private(set) var outcome: Outcome = .underWay
    /// The VIP it is about; `nil` for the whole director.
    private let vip: String?
    private var entries: [Entry] = []

    /// The drain of the director, or of `vip`, that has not been looked at.
    package init(of vip: String? = nil) { self.vip = vip }

    /// Takes in a look, `elapsed` after the drain was asked for, which is `now` in the daemon's
    /// civil time; `nil` when there is no drain.
    ///
    /// - Returns: true when something happened that is worth a line of its own in a log.
    package mutating func observe(
        _ drain: DrainStatus?,
        at elapsed: Duration,
        now: Timestamp
    ) -> Bool {
        guard let drain else {
            // Before the first sign of the drain this only means that it has not begun.
            if !entries.isEmpty { outcome = .undone }
            return !entries.isEmpty
        }
        let text = Self.text(drain, now)
        let left = [.softening, .withdrawing].contains(drain.step) ? drain.left : nil
        let before = entries.last
        let isNew = before?.step != drain.step
        if isNew {
            completeLast(before: drain)
            entries.append(
                Entry(step: drain.step, began: elapsed, latest: elapsed, text: text, left: left)
            )
        } else {
            entries[entries.count - 1].text = text
            entries[entries.count - 1].left = left
            entries[entries.count - 1].latest = elapsed
        }
        if drain.step == .done { outcome = drain.ending == "deadline" ? .deadline : .quiet }
        // The rate and the time left change with every look; only a count of routes is news.
        return isNew || left != before?.left
    }

    /// The look that would have shown the last route take a step may never have been taken.
    private mutating func completeLast(before drain: DrainStatus) {
        guard let last = entries.indices.last, entries[last].left != nil else { return }
        let order = DrainStatus.Step.allCases
        guard let from = order.firstIndex(of: entries[last].step),
            let to = order.firstIndex(of: drain.step), from < to
        else { return }
        guard entries[last].step != .softening || drain.unsoftened == nil else { return }
        entries[last].text = Self.count(drain.total, of: drain.total, entries[last].step)
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
        let took = entry.latest - entry.began
        return mark + " " + StyledText(vip.map { "\($0)  " } ?? "")
            + StyledText(entry.step.rawValue).padded(to: 12)
            + StyledText(entry.text).padded(to: 44)
            + StyledText(Figures.elapsed(entry.latest), .faint)
            + StyledText(took > .zero ? "  (\(Figures.elapsed(took)))" : "", .faint)
    }

    private static func count(_ gone: Int, of total: Int, _ step: DrainStatus.Step) -> String {
        let verb = step == .softening ? "seen with the worse path" : "withdrawn"
        return "\(gone) of \(Figures.count(total, "VIP")) \(verb)"
    }

    private static func text(_ drain: DrainStatus, _ now: Timestamp) -> String {
        if let fault = drain.waitingFor {
            return "waiting: \(fault.code) \(fault.summary); \(fault.fix)"
        }
        switch drain.step {
        case .softening, .withdrawing, .held:
            let late = drain.unsoftened.map {
                "; not seen to be sent the worse path: \($0.joined(separator: ", "))"
            }
            return count(drain.total - drain.left, of: drain.total, drain.step) + (late ?? "")
        case .settling: return "routers leave the worse path\(remaining(drain, now))"
        case .ebbing:
            guard let rate = drain.packetsPerSecond else { return "measuring packets" }
            return "\(Figures.grouped(rate)) packets/s, quiet below "
                + "\(Figures.short(drain.packetsBelow))\(remaining(drain, now))"
        case .done:
            return drain.ending == "deadline"
                ? "traffic has not ended before the deadline" : "quiet"
        }
    }

    private static func remaining(_ drain: DrainStatus, _ now: Timestamp) -> String {
        drain.deadline.map { ", \(Figures.age(max($0 - now, .zero))) left" } ?? ""
    }

    /// What several drains end the program with; `nil` while one is under way.
    package static func status(of all: [DrainProgress]) -> ExitStatus? {
        let outcomes = all.map(\.outcome)
        if outcomes.contains(.undone) { return .refused }
        if outcomes.contains(.underWay) { return nil }
        return outcomes.contains(.deadline) ? .drainDeadline : .success
    }
}
