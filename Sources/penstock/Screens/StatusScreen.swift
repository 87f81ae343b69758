package import Core

/// `penstock status`: the director on one screen, what is wrong, and what to do about it.
package struct StatusScreen: Sendable {
    /// The picture it shows.
    package let snapshot: Snapshot
    /// Whether addresses and real servers are shown as well.
    package let isWide: Bool

    /// How much of the configuration's digest is shown: enough to compare two directors by eye.
    private static let digestShown = 8

    /// The screen for `snapshot`.
    package init(_ snapshot: Snapshot, isWide: Bool = false) {
        self.snapshot = snapshot
        self.isWide = isWide
    }

    /// Whether something is wrong, which `--exit-code` tells.
    ///
    /// A director that was drained on purpose announces nothing, and that is no problem.
    package var hasProblem: Bool {
        if !snapshot.warnings.isEmpty { return true }
        guard snapshot.node.state == .active else { return snapshot.node.state == .starting }
        return snapshot.vips.contains { $0.state != .advertised }
    }

    /// Whether nothing is on its way to another state, which `--wait` waits for.
    package var isSettled: Bool {
        switch snapshot.node.state {
        case .starting, .draining: false
        case .active, .drained:
            !snapshot.vips.contains { $0.state == .holding || $0.state == .advertising }
        }
    }

    /// The lines of the screen.
    package var lines: [StyledText] {
        var lines = [header] + vips.lines
        if isWide, !snapshot.vips.allSatisfy(\.services.isEmpty) {
            lines += [""] + backends.lines
            if !tables.rows.isEmpty { lines += [""] + tables.lines }
        }
        return lines + warnings + asides
    }

    private func age(_ time: Timestamp) -> String { Figures.age(snapshot.takenAt - time) }
}

// MARK: - The first line

extension StatusScreen {
    private var header: StyledText {
        [node, frr, ipvs, config].joined(separator: "   ")
    }

    private var node: StyledText {
        let node = snapshot.node
        let style: StyledText.Style =
            switch node.state {
            case .active: .good
            case .starting, .draining, .drained: .warning
            }
        var line =
            StyledText(node.name, .strong) + "  " + StyledText(node.state.rawValue, style)
            + StyledText(" for \(age(node.since))")
        if let reason = node.drain?.reason, !reason.isEmpty { line += StyledText(": \(reason)") }
        return line
    }

    private var frr: StyledText {
        let frr = snapshot.frr
        if let trouble = trouble("FRR", frr.visibility) { return trouble }
        let up = frr.peers.count(where: \.established)
        let peers = StyledText(
            "\(up)/\(frr.peers.count) peers",
            up == frr.peers.count && up > 0 ? .plain : .warning
        )
        var line = StyledText("FRR \(frr.version) AS \(frr.asn), ") + peers
        if let refusal = frr.refusal { line += ", " + StyledText("refused \(refusal.code)", .bad) }
        return line
    }

    private var ipvs: StyledText {
        let ipvs = snapshot.ipvs
        if let trouble = trouble("IPVS", ipvs.visibility) { return trouble }
        let place = ipvs.inMemory ? StyledText("IPVS in memory only", .warning) : "IPVS"
        return place
            + StyledText(
                " \(Figures.count(ipvs.services, "service"))"
                    + " \(Figures.count(ipvs.destinations, "destination")), "
            ) + (ipvs.inStep ? "in step" : StyledText("out of step", .warning))
            + (ipvs.checkPaths.map {
                ", beside them \(Figures.count($0.inTable, "path")) of checks"
            } ?? "")
    }

    private var config: StyledText {
        let config = snapshot.config
        let line = StyledText(
            "config \(config.digest.prefix(Self.digestShown)) (\(age(config.loadedAt)))"
        )
        guard config.lastReloadFailed else { return line }
        return line + ", " + StyledText("last reload failed", .bad)
    }

    /// What to show for a part of the world that cannot be seen.
    private func trouble(_ name: String, _ visibility: VisibilityStatus) -> StyledText? {
        switch visibility.state {
        case "seen": nil
        case "unseen": StyledText("\(name) not seen yet", .warning)
        default: StyledText("\(name) ✗ \(visibility.fault?.code ?? visibility.state)", .bad)
        }
    }
}

// MARK: - The tables

extension StatusScreen {
    private var vips: Table {
        var columns = [Table.Column("VIP")]
        if isWide { columns.append(Table.Column("ADDRESS")) }
        columns += ["STATE", "PEERS", "SINCE", "SERVICES", "HEALTHY"].map { Table.Column($0) }
        columns.append(Table.Column("IN pkt/s", alignsRight: true))
        var table = Table(columns: columns)
        for vip in snapshot.vips {
            var row = [StyledText(vip.name)]
            if isWide { row.append(StyledText(vip.address)) }
            row += [
                StyledText(vip.state.rawValue, vip.state.style),
                StyledText("\(vip.advertisedTo.count)/\(vip.peers ?? snapshot.frr.peers.count)"),
                StyledText(age(vip.since)),
                vip.services.map(service).joined(separator: "  "),
                StyledText(healthy(vip)),
                StyledText(vip.packetsPerSecond.map(Figures.grouped) ?? "–"),
            ]
            table.add(row)
        }
        return table
    }

    private func service(_ service: ServiceStatus) -> StyledText {
        let live = service.backends.count(where: \.isLive)
        let line = StyledText("\(service.name) \(live)/\(service.backends.count)")
        // A service that does not decide about the announcement has no mark to look out for.
        guard service.gates else { return line }
        switch service.state {
        case "up": return line + " " + StyledText("●", .good)
        case "down": return line + " " + StyledText("✗", .bad)
        default: return line + " " + StyledText("?", .warning)
        }
    }

    /// The live share of the configured weight over all services.
    private func healthy(_ vip: VIPStatus) -> String {
        let configured = vip.services.reduce(0) { $0 + $1.configuredWeight }
        guard configured > 0 else { return "–" }
        return "\(vip.services.reduce(0) { $0 + $1.liveWeight } * 100 / configured)%"
    }

    private var backends: Table {
        let titles = ["SERVICE", "LISTEN", "BACKEND", "ADMIN", "HEALTH", "CHECK"]
        let figures = ["MS", "WEIGHT", "CONNS"]
        var table = Table(
            columns: titles.map { Table.Column($0) }
                + figures.map { Table.Column($0, alignsRight: true) } + [Table.Column("NOTE")]
        )
        for vip in snapshot.vips {
            for service in vip.services {
                for backend in service.backends {
                    table.add([
                        StyledText("\(vip.name)/\(service.name)"), StyledText(service.listen),
                        StyledText(backend.endpoint), StyledText(backend.admin),
                        StyledText(backend.health, backend.style),
                        StyledText(backend.check),
                        StyledText(backend.checkMilliseconds.map(Figures.tenths) ?? "–"),
                        StyledText(backend.weight.map(String.init) ?? "–"),
                        StyledText(backend.activeConnections.map(String.init) ?? "–"),
                        StyledText(backend.words),
                    ])
                }
            }
        }
        return table
    }
}

// MARK: - The kernel's own

extension StatusScreen {
    /// The services that the kernel has, each with the digest of its lookup table if it has one.
    private var tables: Table {
        let titles = ["SERVICE", "LISTEN", "SCHEDULER", "TABLE"]
        var table = Table(columns: titles.map { Table.Column($0) })
        for vip in snapshot.vips {
            for service in vip.services {
                guard let seen = service.table else { continue }
                table.add([
                    StyledText("\(vip.name)/\(service.name)"), StyledText(service.listen),
                    StyledText(seen.scheduler ?? "set by another program"),
                    StyledText(seen.digest ?? "–"),
                ])
            }
        }
        return table
    }
}

// MARK: - What is wrong

extension StatusScreen {
    private var warnings: [StyledText] {
        snapshot.warnings.map { warning in
            let subject = warning.vip.map { "\($0): " } ?? ""
            var line = StyledText("! ", .bad) + StyledText("\(subject)\(warning.text)")
            if !warning.fix.isEmpty { line += "      " + StyledText(warning.fix, .faint) }
            return line
        }
    }

    /// The peers that are not sent all that others are; a filter may be meant so.
    private var withheld: [StyledText] {
        snapshot.frr.peers.compactMap { peer in
            peer.obstacle.map { fault in
                StyledText("! ", .warning) + StyledText("peer \(peer.id): \(fault.summary)")
                    + StyledText("      \(fault.fix)", .faint)
            }
        }
    }

    /// VIPs that are drained alone, and drains that wait for a VIP to be configured again.
    private var drains: [StyledText] {
        let drained = snapshot.vips.compactMap { vip in
            vip.drain.map { drain in
                let state = drain.ending.map { "\(drain.step.rawValue), \($0)" }
                return order(
                    "\(vip.name) drained (\(state ?? drain.step.rawValue))",
                    by: drain.by ?? "an operator",
                    (drain.since, drain.until, drain.reason),
                    undrain: vip.name
                )
            }
        }
        let kept = (snapshot.keptDrains ?? []).map { kept in
            order(
                "\(kept.name) is not in the configuration; its drain is kept",
                by: kept.by,
                (kept.since, kept.until, kept.reason),
                undrain: kept.name
            )
        }
        return drained + kept
    }

    private func order(
        _ what: String,
        by who: String,
        _ mandate: (since: Timestamp, until: Timestamp?, reason: String),
        undrain name: String
    ) -> StyledText {
        let until = mandate.until.map { " until \($0)" } ?? ""
        let reason = mandate.reason.isEmpty ? "" : ": \(mandate.reason)"
        return StyledText("! ", .warning)
            + StyledText("\(what), by \(who) since \(age(mandate.since))\(until)\(reason)")
            + "      " + StyledText("penstock undrain \(name)", .faint)
    }

    /// Services with servers that their own agents have taken out of use.
    private var byAgents: [StyledText] {
        snapshot.vips.flatMap { vip in
            vip.services.compactMap { service in
                let out = service.backends.filter(\.isOutByAgent)
                guard let first = out.first, let words = first.agentWords else { return nil }
                let more = out.count > 1 ? ", and \(out.count - 1) more" : ""
                let text = "\(vip.name)/\(service.name)/\(first.endpoint): \(words)\(more)"
                return StyledText("! ", .warning) + StyledText(text)
            }
        }
    }

    /// That the process which carries out the probes was replaced, which costs nothing but results.
    private var worker: [StyledText] {
        guard let worker = snapshot.probeWorker, worker.running, worker.restarts > 0 else {
            return []
        }
        let times = Figures.count(worker.restarts, "restart")
        return [
            StyledText("! ", .warning)
                + StyledText(
                    "probe worker: \(times), the last \(age(worker.since)) ago: "
                        + "it \(worker.lastEnd ?? "ended")"
                )
        ]
    }

    /// Real servers that are treated otherwise than configured, and those that were taken out by
    /// the configuration, with the words of whoever did it.
    private var asides: [StyledText] {
        let orders = snapshot.overrides.map { order in
            StyledText("! ", .warning)
                + StyledText("\(order.vip)/\(order.sentence(since: age(order.since)))")
        }
        var seen: Set<String> = []
        return withheld + worker + drains + orders
            + snapshot.vips.flatMap { vip in
                let drained = vip.services.flatMap(\.backends).filter {
                    $0.admin != "ready" && $0.overrides?.contains { $0.kind == .state } != true
                }
                return drained.compactMap { backend -> StyledText? in
                    let text =
                        "\(vip.name)/\(backend.endpoint) \(backend.admin)"
                        + (backend.note.map { ": \($0)" } ?? "")
                    // Several services of a VIP often share a pool.
                    guard seen.insert(text).inserted else { return nil }
                    return StyledText("! ", .warning) + StyledText(text)
                }
            } + byAgents
    }
}

extension VIPStatus.State {
    /// How the state is coloured.
    var style: StyledText.Style {
        switch self {
        case .advertised: .good
        case .holding, .advertising, .softDraining, .unknown: .warning
        case .down, .blocked, .withdrawn: .bad
        }
    }
}

extension BackendStatus {
    /// Whether it answers its checks; on its way down it still does.
    var isUp: Bool { health == "up" || health.hasPrefix("going-down") }

    /// How its health is coloured; whatever is neither up nor down is on its way or not known.
    var style: StyledText.Style {
        switch health {
        case "up": .good
        case "down": .bad
        default: .warning
        }
    }

    /// Why it is as it is: what keeps it from changing, or who wanted it so.
    var words: String {
        if let waiting { return waiting }
        if let aside { return "\(aside.why): \(aside.text)" }
        let order = overrides?.first
        let observed = observed?.first { $0.health == "down" }
        if order == nil, agentWords == nil, note == nil, let observed {
            return "\(observed.check), only observed, fails: \(observed.last)"
        }
        return order.map { "\($0.by): \($0.kind.rawValue) \($0.value) \($0.reason)" }
            ?? agentWords ?? note ?? ""
    }

    /// What its agent has brought about, if anything.
    var agentWords: String? {
        guard let agent, !agent.says.isEmpty, agent.effect != "none" || agent.ignored != nil else {
            return nil
        }
        return "its agent says \(agent.says)"
            + (agent.ignored.map { ", not followed: \($0)" } ?? "")
    }

    /// Whether its agent has taken it out of use.
    var isOutByAgent: Bool { agent?.effect == "drained" || agent?.effect == "down" }

    /// Whether it takes new flows.
    var isLive: Bool { isUp && admin == "ready" && !isOutByAgent && aside == nil }
}
