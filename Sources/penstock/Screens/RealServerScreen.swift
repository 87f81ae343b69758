internal import Foundation
package import RealServers

/// `penstock realserver`: what this machine lacks as a real server, and what was done about it.
package struct RealServerScreen: Sendable {
    /// What was found.
    package let findings: [Finding]
    /// What was done.
    package let events: [RealServer.Event]

    /// The screen for what was found, and done before.
    package init(_ findings: [Finding], events: [RealServer.Event] = []) {
        self.findings = findings
        self.events = events
    }

    /// Whether nothing is missing.
    package var isReady: Bool { findings.allSatisfy { $0.standing == .right } }

    /// Every finding, then what it comes to.
    package var lines: [StyledText] {
        let columns = ["", "", ""].map { Table.Column($0) }
        var table = Table(columns: columns, hasTitles: false)
        for finding in findings {
            let isRight = finding.standing == .right
            table.add([
                finding.standing.mark + " " + StyledText(finding.subject),
                StyledText(finding.found, isRight ? .plain : .bad),
                StyledText(isRight ? "" : "wanted \(finding.wanted)"),
            ])
        }
        return table.lines + trouble
    }

    /// What is wrong, what it costs, and what to do.
    package var trouble: [StyledText] {
        let wrong = findings.filter { $0.standing != .right }
        guard !wrong.isEmpty else { return ["ready"] }
        let details = wrong.flatMap { finding in
            [
                finding.standing.mark + " " + StyledText(finding.subject) + ": "
                    + StyledText(finding.cost),
                StyledText("    fix: \(finding.fix)"),
            ]
        }
        let byHand = wrong.count { $0.standing == .obstacle }
        let remedy =
            byHand == 0
            ? "penstock realserver up puts it right"
            : "\(byHand) of it only you can put right"
        let count = Figures.count(wrong.count, "thing")
        return details + [StyledText("not ready: \(count) wrong; \(remedy)", .bad)]
    }

    /// What was done, and what was left.
    package var eventLines: [StyledText] {
        guard !events.isEmpty else { return ["nothing to do"] }
        return events.map { event in
            guard let because = event.leftBecause else {
                return StyledText("✓ ", .good) + StyledText(event.text)
            }
            return StyledText("! ", .warning) + StyledText("not done: \(event.text) (\(because))")
        }
    }

    /// The same for programs.
    package var document: String {
        get throws {
            struct Entry: Encodable {
                let subject, standing, found, wanted, cost, fix: String
            }
            struct Document: Encodable {
                let ready: Bool
                let findings: [Entry]
                let events: [RealServer.Event]
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let entries = findings.map {
                Entry(
                    subject: $0.subject,
                    standing: $0.standing.rawValue,
                    found: $0.found,
                    wanted: $0.wanted,
                    cost: $0.cost,
                    fix: $0.fix
                )
            }
            let document = Document(ready: isReady, findings: entries, events: events)
            return String(decoding: try encoder.encode(document), as: UTF8.self)
        }
    }
}

extension Finding.Standing {
    fileprivate var mark: StyledText {
        switch self {
        case .right: StyledText("✓", .good)
        case .missing: StyledText("✗", .bad)
        case .obstacle: StyledText("!", .bad)
        }
    }
}
