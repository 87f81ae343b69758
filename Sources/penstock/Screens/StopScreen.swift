package import Core
package import Daemon

/// How an emergency stop is told, and what it ends the program with.
package enum StopScreen {
    /// One line for each route, and one for each daemon.
    package static func lines(_ reports: [StopReport]) -> [StyledText] {
        reports.flatMap { report in
            report.routes.map { line($0, of: report, isAlone: reports.count == 1) }
                + [summary(report, isAlone: reports.count == 1)]
        }
    }

    /// What a stop would take back.
    package static func preview(_ reports: [StopReport]) -> [StyledText] {
        reports.flatMap { report -> [StyledText] in
            guard report.isSeen else { return [] }
            let place = reports.count == 1 ? "" : " at \(report.speaker)"
            guard !report.routes.isEmpty else {
                return [StyledText("nothing of ours is announced\(place)")]
            }
            let count = Figures.count(report.routes.count, "prefix", many: "prefixes")
            return [StyledText("\(count) would be withdrawn\(place):")]
                + report.routes.map { route in
                    StyledText("  \(route.prefix)  ") + StyledText(sentence(route), .faint)
                }
        }
    }

    /// What kept a daemon from being seen, or from being written to, that success does not excuse.
    package static func faults(_ reports: [StopReport]) -> [Fault] {
        reports.flatMap { [$0.fault, $0.writeFault].compactMap(\.self) }
    }

    /// What the program ends with: that of the daemon that is farthest from being done.
    package static func status(_ reports: [StopReport]) -> ExitStatus {
        let order: [ExitStatus] = [.forbidden, .unreachable, .refused, .temporary, .problem]
        let found = Set(reports.map(status))
        return order.first(where: found.contains) ?? .success
    }

    private static func status(_ report: StopReport) -> ExitStatus {
        if report.isGone { return .success }
        if report.isForbidden { return .forbidden }
        if report.isUnreachable { return .unreachable }
        if report.isSeen, report.fault != nil { return .refused }
        return report.isLate ? .temporary : .problem
    }

    private static func line(
        _ route: StopReport.Route,
        of report: StopReport,
        isAlone: Bool
    ) -> StyledText {
        let mark: StyledText
        let text: String
        if !report.isSeen {
            (mark, text) = (StyledText("?", .warning), "was last seen \(sentence(route))")
        } else if route.isGone {
            mark = StyledText("✓", .good)
            text =
                route.wasSentTo.isEmpty
                ? "withdrawn; no peer was sent it"
                : "withdrawn; no longer sent to \(route.wasSentTo.joined(separator: ", "))"
        } else {
            (mark, text) = (StyledText("✗", .bad), "still \(sentence(route))")
        }
        let place = isAlone ? "" : "\(report.speaker)  "
        return mark + StyledText(" \(place)\(route.prefix)  ") + StyledText(text)
    }

    private static func sentence(_ route: StopReport.Route) -> String {
        let base = route.configured ? "configured in bgpd" : "no longer configured in bgpd"
        return route.stillSentTo.isEmpty
            ? "\(base), sent to no peer"
            : "\(base), sent to \(route.stillSentTo.joined(separator: ", "))"
    }

    private static func summary(_ report: StopReport, isAlone: Bool) -> StyledText {
        let place = isAlone ? "" : "\(report.speaker): "
        var line: StyledText
        if report.isGone {
            line = StyledText("→ \(place)no owned prefix is announced any more", .good)
        } else if let cleared = report.clearedFromKernel, !cleared.isEmpty {
            let count = Figures.count(cleared.count, "kernel route")
            line = StyledText(
                "→ \(place)\(count) removed: a bgpd that starts has none to announce",
                .warning
            )
        } else if report.wasToldUnseen {
            line = StyledText("→ \(place)what is configured was withdrawn unseen", .warning)
        } else {
            line = StyledText("→ \(place)not seen withdrawn", .bad)
        }
        if !report.silentPeers.isEmpty {
            // A peer that waits for a restart keeps the routes until its timer runs out.
            let peers = report.silentPeers.joined(separator: ", ")
            line += StyledText("; without a session, cannot be told: \(peers)", .warning)
        }
        return line
    }
}
