package import API
internal import Core

/// `penstock explain`: every gate between the configuration and the routers, in order.
package struct ExplainScreen: Sendable {
    /// What it shows.
    package let explanation: Explanation

    /// Whether every kernel setting is shown, rather than those that are wrong.
    package let isWide: Bool

    /// The screen for `explanation`.
    package init(_ explanation: Explanation, isWide: Bool = false) {
        self.explanation = explanation
        self.isWide = isWide
    }

    /// The lines of the screen.
    package var lines: [StyledText] {
        let columns = [Table.Column(""), Table.Column("")]
        var table = Table(columns: columns, hasTitles: false)
        for (index, gate) in explanation.vip.gates.enumerated() {
            table.add(row("\(index + 1)", gate))
        }
        // What everybody on the way to routers says; the gates are the director's own words.
        if let path = explanation.vip.path, !path.isEmpty {
            table.add([
                StyledText("   way", .faint),
                StyledText("to routers, as each place on it says now", .faint),
            ])
            for place in path { table.add(row("", place)) }
        }
        return table.lines + (isWide ? settings : []) + tables + conclusion
    }

    private func row(_ number: String, _ gate: GateStatus) -> [StyledText] {
        [
            StyledText(number).padded(to: 2, onLeft: true) + " "
                + StyledText(gate.name).padded(to: Self.nameWidth),
            gate.standing.mark + " " + StyledText(gate.text),
        ]
    }

    /// Room for the fixed gates' names, so that the screens of two VIPs line up.
    private static let nameWidth = 12

    /// Every kernel setting that matters, and what it is for.
    private var settings: [StyledText] {
        let columns = ["", "", "", ""].map { Table.Column($0) }
        var table = Table(columns: columns, indent: "    ", hasTitles: false)
        for setting in explanation.settings {
            let mark = setting.right ? StyledText("✓", .good) : StyledText("✗", .bad)
            table.add([
                mark + " " + StyledText(setting.name),
                StyledText(setting.actual ?? "absent", setting.right ? .plain : .bad),
                StyledText("wanted \(setting.wanted)"),
                StyledText("else: \(setting.reason)", .faint),
            ])
        }
        return table.lines
    }

    /// The digest of every lookup table, to hold against those of other directors.
    private var tables: [StyledText] {
        explanation.vip.services.compactMap { service in
            service.table?.digest.map { digest in
                StyledText("  table  \(service.name) \(service.table?.scheduler ?? "") \(digest)")
            }
        }
    }

    private var conclusion: [StyledText] {
        let vip = explanation.vip
        let since = Figures.moment(vip.since)
        var line = StyledText("→ ", .strong)
        switch vip.state {
        case .advertised:
            let peers = vip.peers ?? explanation.establishedPeers
            line += StyledText(
                "advertised to \(vip.advertisedTo.count) of \(peers)"
                    + " peers since \(since)",
                .good
            )
        case .down, .holding, .advertising, .blocked, .softDraining, .unknown, .withdrawn:
            line += StyledText("\(vip.state.rawValue) since \(since)", vip.state.style)
        }
        guard let reason = vip.reason else { return [line] }
        line += StyledText(": \(reason.text)")
        guard !reason.fix.isEmpty else { return [line] }
        return [line, StyledText("  fix: \(reason.fix)")]
    }
}

extension GateStatus.Standing {
    /// The mark in front of a gate's evidence.
    fileprivate var mark: StyledText {
        switch self {
        case .open: StyledText("✓", .good)
        case .closed: StyledText("✗", .bad)
        case .none: StyledText("–", .faint)
        }
    }
}
