package import API

/// `penstock plan`: what a reload would change.
package struct PlanScreen: Sendable {
    /// What it shows.
    package let report: PlanReport

    /// The screen for `report`.
    package init(_ report: PlanReport) { self.report = report }

    /// The lines of the screen.
    package var lines: [StyledText] {
        let columns = [Table.Column(""), Table.Column(""), Table.Column("")]
        var table = Table(columns: columns, indent: "  ", hasTitles: false)
        for step in report.steps {
            table.add([
                step.action.mark + " " + StyledText(step.kind),
                StyledText(step.subject),
                StyledText(step.text),
            ])
        }
        let notes = report.notes.map { StyledText("  ! ", .warning) + StyledText($0) }
        return table.lines + notes + [summary]
    }

    private var summary: StyledText {
        guard !report.isEmpty else { return "Plan: nothing to do." }
        let changing = report.vipsChangingState
        let effect =
            changing.isEmpty
            ? StyledText("No VIP changes state.")
            : StyledText(
                "Changing state: \(changing.joined(separator: ", ")).",
                .warning
            )
        return StyledText(
            "Plan: \(report.count(.add)) to add, \(report.count(.change)) to change,"
                + " \(report.count(.remove)) to remove. "
        ) + effect
    }
}

extension PlanReport.Step.Action {
    /// The mark in front of a step.
    fileprivate var mark: StyledText {
        switch self {
        case .add: StyledText("+", .good)
        case .change: StyledText("~", .warning)
        case .remove: StyledText("-", .bad)
        }
    }
}
