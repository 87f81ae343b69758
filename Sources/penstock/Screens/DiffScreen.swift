/// `penstock diff`: where two directors disagree, and about how many flows.
package struct DiffScreen: Sendable {
    /// What it shows.
    package let comparison: Comparison
    /// Whether services that do not differ are shown as well.
    package let isWide: Bool

    /// The screen for `comparison`.
    package init(_ comparison: Comparison, isWide: Bool = false) {
        self.comparison = comparison
        self.isWide = isWide
    }

    /// The lines of the screen.
    package var lines: [StyledText] {
        let shown = comparison.services.filter { isWide || $0.differs }
        let notes = comparison.notes.map { StyledText("! ", .warning) + StyledText($0) }
        return [title] + notes + shown.flatMap(lines) + [summary]
    }

    private var title: StyledText {
        let (here, there) = (comparison.here, comparison.there)
        return StyledText(here.name, .strong) + " against " + StyledText(there.name, .strong)
            + StyledText(" (\(there.source), \(Figures.moment(there.takenAt)))")
    }

    private func lines(_ service: ServiceComparison) -> [StyledText] {
        let mark =
            service.differs
            ? StyledText(service.flows == 0 ? "~ " : "✗ ", service.flows == 0 ? .warning : .bad)
            : StyledText("✓ ", .good)
        let head =
            mark + StyledText("\(service.vip)/\(service.service) \(service.listen)", .strong) + "  "
            + effect(service)
        var table = Table(
            columns: [Table.Column(""), Table.Column(""), Table.Column("")],
            indent: "    ",
            hasTitles: false
        )
        for difference in service.differences {
            table.add([
                StyledText(difference.kind.rawValue), StyledText(difference.endpoint ?? ""),
                StyledText(
                    "\(difference.here ?? "nothing") here, \(difference.there ?? "nothing") there"
                ),
            ])
        }
        return [head] + table.lines + digests(service)
    }

    private func effect(_ service: ServiceComparison) -> StyledText {
        guard let flows = service.flows else {
            return service.differs ? "differs" : "the same as far as can be seen"
        }
        guard flows > 0 else { return "every flow goes to the same server" }
        return StyledText("\(Figures.percent(flows)) of new flows go to different servers", .bad)
    }

    private func digests(_ service: ServiceComparison) -> [StyledText] {
        guard service.digestHere != service.digestThere || isWide,
            let here = service.digestHere ?? service.digestThere
        else { return [] }
        guard service.digestHere != service.digestThere else {
            return [StyledText("    table \(here)", .faint)]
        }
        let mine = service.digestHere ?? "not known"
        return [
            StyledText(
                "    table \(mine) here, \(service.digestThere ?? "not known") there",
                .faint
            )
        ]
    }

    private var summary: StyledText {
        let all = comparison.services.count
        let differing = comparison.services.count(where: \.differs)
        guard differing > 0 else {
            return StyledText("\(Figures.count(all, "service")), no difference.", .good)
        }
        return StyledText(
            "\(differing) of \(Figures.count(all, "service")) "
                + (differing == 1 ? "differs." : "differ.")
        )
    }
}
