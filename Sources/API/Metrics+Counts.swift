internal import Core

// What has happened since the process began. A counter that is not there yet has not counted.

extension Metrics {
    func addCounts(to page: inout MetricsText) {
        addRoutes(to: &page)
        page.add(
            "penstock_loop_last_beat_timestamp_seconds",
            "When a loop of the daemon last came round.",
            loops.map { .init([.init("loop", $0.name)], seconds: $0.lastBeat.milliseconds) }
        )
        page.add(
            "penstock_loop_lag_seconds",
            "By how much a loop came round late, at the worst of the last half minute.",
            loops.compactMap { loop in
                loop.lagSeconds.map { .init([.init("loop", loop.name)], $0) }
            }
        )
        page.add(
            "penstock_drift_items",
            "VIPs that are not as wanted now, by where: addresses, ipvs or bgp.",
            (snapshot.unsettled ?? [:]).sorted { $0.key < $1.key }.map { plane, count in
                .init([.init("target", plane == "link" ? "addresses" : plane)], count)
            }
        )
        if let worker = snapshot.probeWorker {
            page.add(
                "penstock_probe_worker_up",
                "1 while the process answers that carries out the probes.",
                [.init([], worker.running)]
            )
            page.add(
                "penstock_probe_worker_restarts_total",
                "How often that process was replaced, because it ended or did not answer.",
                kind: .counter,
                [.init([], worker.restarts)]
            )
        }
        guard let counts = snapshot.counts else { return }
        addCommands(counts, to: &page)
        page.add(
            "penstock_reconcile_runs_total",
            "Looks at what there is, by where and by whether it could be seen.",
            kind: .counter,
            Self.samples(counts.looks, "target", "result")
        )
        page.add(
            "penstock_reconcile_duration_seconds",
            "How long a look took that showed something.",
            durations: Self.durations(counts.lookSeconds, "target")
        )
        page.add(
            "penstock_reconcile_changes_total",
            "Changes carried out, by where, by what, and by what last gave a reason for any there.",
            kind: .counter,
            (counts.changes ?? []).map { entry in
                .init(
                    [
                        .init("target", entry.target), .init("action", entry.action),
                        .init("cause", entry.cause),
                    ],
                    entry.count
                )
            }
        )
        page.add(
            "penstock_events_total",
            "Events logged, by kind.",
            kind: .counter,
            counts.events.sorted { $0.key < $1.key }.map { .init([.init("kind", $0)], $1) }
        )
    }

    private func addCommands(_ counts: DirectorCounts, to page: inout MetricsText) {
        page.add(
            "penstock_frr_restarts_total",
            "How often bgpd was found to be another process than before.",
            kind: .counter,
            // An alert on an increase needs the 0 before it.
            snapshot.frr.eachSpeaker.map { speaker in
                .init([.init("speaker", speaker.name)], counts.restarts[speaker.name] ?? 0)
            }
        )
        page.add(
            "penstock_frr_commands_total",
            "What bgpd was asked: looks, signs of life, and changes of routes, by result.",
            kind: .counter,
            Self.samples(counts.commands, "kind", "result")
        )
        page.add(
            "penstock_frr_command_duration_seconds",
            "How long a look at bgpd took, and a batch of changes.",
            durations: Self.durations(counts.commandSeconds, "kind")
        )
        page.add(
            "penstock_vip_convergence_seconds",
            "From a decision about a route until bgpd was seen to have told the peers.",
            durations: Self.durations(counts.convergence, "action")
        )
    }

    private func addRoutes(to page: inout MetricsText) {
        let counted = snapshot.vips.compactMap { vip in vip.counts.map { (vip, $0) } }
        page.add(
            "penstock_bgp_announcements_total",
            "Changes of the route that bgpd was told: announce, soften or withdraw, and why.",
            kind: .counter,
            counted.flatMap { vip, counts in
                counts.commands.map { entry in
                    .init(
                        [.vip(vip), .init("action", entry.what), .init("reason", entry.reason)],
                        entry.count
                    )
                }
            }
        )
        page.add(
            "penstock_vip_transitions_total",
            "The states that it entered, and why.",
            kind: .counter,
            counted.flatMap { vip, counts in
                counts.transitions.map { entry in
                    .init(
                        [.vip(vip), .init("to", entry.what), .init("reason", entry.reason)],
                        entry.count
                    )
                }
            }
        )
    }

    private static func samples(
        _ counts: [String: Int],
        _ kind: String,
        _ result: String
    ) -> [MetricsText.Sample] {
        counts.sorted { $0.key < $1.key }.map { key, count in
            let parts = DirectorCounts.parts(of: key)
            return .init([.init(kind, parts.kind), .init(result, parts.result)], count)
        }
    }

    private static func durations(
        _ counts: [String: DurationCounts],
        _ label: String
    ) -> [(labels: [MetricsText.Label], counts: DurationCounts)] {
        counts.sorted { $0.key < $1.key }.map { ([.init(label, $0.key)], $0.value) }
    }
}
