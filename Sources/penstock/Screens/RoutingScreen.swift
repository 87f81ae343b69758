package import API
package import Core

/// `penstock show bgp`: speakers, peers and routes.
package struct RoutingScreen: Sendable {
    /// What it shows.
    package let report: RoutingReport
    /// Whether each peer of a route has a line of its own.
    package let isWide: Bool

    /// The screen for `report`.
    package init(_ report: RoutingReport, isWide: Bool = false) {
        self.report = report
        self.isWide = isWide
    }

    /// Whether every speaker can be seen and written to, and every route is as it should be.
    package var isWell: Bool {
        report.speakers.allSatisfy {
            $0.speaker.visibility.state == "seen" && $0.speaker.refusal == nil
        } && report.routes.allSatisfy(\.inStep)
    }

    /// The lines of the screen.
    package var lines: [StyledText] {
        report.speakers.flatMap(speakerLines) + [""] + routeTable.lines
            + (isWide ? report.routes.flatMap(peerLines) : []) + warnings
    }

    // MARK: Speakers

    private func speakerLines(_ entry: RoutingReport.SpeakerReport) -> [StyledText] {
        let speaker = entry.speaker
        var line = StyledText(speaker.name, .strong)
        line += StyledText("  AS \(speaker.asn)")
        if let id = speaker.routerID { line += StyledText("  router-id \(id)") }
        if let vrf = speaker.vrf { line += StyledText("  vrf \(vrf)") }
        line += StyledText("  \(speaker.method)")
        switch speaker.visibility.state {
        case "seen":
            let version = speaker.version
            let isNumber = version.first?.isNumber ?? false
            line += StyledText("  \(isNumber ? "FRR " : "")\(version)")
        case "unseen": line += StyledText("  not seen yet", .warning)
        default: line += StyledText("  cannot be seen", .bad)
        }
        if speaker.former == true { line += StyledText("  no longer configured", .warning) }
        if speaker.foreignNetworks > 0 {
            let count = Figures.count(speaker.foreignNetworks, "network")
            line += StyledText("  \(count) of others", .faint)
        }
        let faults = [speaker.visibility.fault, speaker.refusal].compactMap(\.self)
        return [line] + faults.map { StyledText("  ! ", .bad) + StyledText("\($0)") }
            + peerTable(entry).lines
    }

    private func peerTable(_ entry: RoutingReport.SpeakerReport) -> Table {
        var table = Table(
            columns: [
                Table.Column("PEER"), Table.Column("AS", alignsRight: true),
                Table.Column("STATE"), Table.Column("SINCE"), Table.Column("FAMILIES"),
                Table.Column("VIPS", alignsRight: true), Table.Column("SOFT", alignsRight: true),
                Table.Column(""),
            ],
            indent: "  "
        )
        for row in entry.peers {
            let peer = row.peer
            table.add([
                StyledText(peer.id), StyledText(peer.asn.map { "\($0)" } ?? "–"),
                StyledText(peer.state, peer.established ? .good : .bad),
                StyledText(peer.since.map { Figures.age(report.takenAt - $0) } ?? "–", .faint),
                StyledText(peer.families?.joined(separator: " ") ?? "–"),
                StyledText("\(row.vips)"), StyledText("\(row.softened)"),
                StyledText(peer.obstacle.map { "\($0.code) \($0.summary)" } ?? "", .bad),
            ])
        }
        return table
    }

    // MARK: Routes

    private var routeTable: Table {
        var table = Table(columns: [
            Table.Column("VIP"), Table.Column("ADDRESS"), Table.Column("STATE"),
            Table.Column("WANTED"), Table.Column("IN BGPD"), Table.Column("SENT TO"),
            Table.Column("OTHER PATH"),
        ])
        for route in report.routes {
            let soft = route.softenedTo.isEmpty ? "" : ", \(route.softenedTo.count) soft"
            let sent = "\(route.sentTo.count)/\(route.peers.map { "\($0)" } ?? "?")\(soft)"
            table.add([
                StyledText(route.vip),
                StyledText(route.address + (route.speaker.map { " at \($0)" } ?? "")),
                StyledText(route.state.rawValue, route.state.style),
                StyledText(route.wanted?.words ?? "–"),
                StyledText(
                    route.announced?.words ?? "–",
                    route.announced == route.wanted ? .plain : .warning
                ),
                StyledText(sent, route.inStep ? .plain : .warning),
                StyledText(route.otherPath.map { $0 ? "yes" : "no" } ?? "?", .faint),
            ])
        }
        return table
    }

    private func peerLines(_ route: RoutingReport.RouteReport) -> [StyledText] {
        let soft = Set(route.softenedTo)
        return route.sentTo.map { peer in
            StyledText("  \(route.vip) → \(peer)  ") + (soft.contains(peer) ? "soft" : "sent")
        }
    }

    private var warnings: [StyledText] {
        let lines = report.warnings.map { warning in
            StyledText("! ", .warning) + StyledText(warning.vip.map { "\($0): " } ?? "")
                + StyledText("\(warning.code) \(warning.text)")
                + StyledText(warning.fix.isEmpty ? "" : "  \(warning.fix)", .faint)
        }
        return lines.isEmpty ? [] : [""] + lines
    }
}

extension AnnouncementStatus {
    /// In words, as a column has room for.
    package var words: String {
        var parts = [form.map { "as \($0) has it" } ?? level]
        if let communities { parts.append(communities.joined(separator: " ")) }
        if let largeCommunities { parts.append(largeCommunities.joined(separator: " ")) }
        if let med { parts.append("med \(med)") }
        if let prepend { parts.append("prepend \(prepend)") }
        if let bandwidth { parts.append("\(bandwidth) Mbit/s") }
        return parts.joined(separator: ", ")
    }
}
