internal import Core

// What has come of probes: by check, for a series of each server would be one of every server.

extension Metrics {
    func addProbes(to page: inout MetricsText) {
        guard let probes = snapshot.probes else { return }
        page.add(
            "penstock_checks_scheduled",
            "Checks that are made again and again: one for each server, or for several services.",
            [.init([], probes.scheduled)]
        )
        page.add("penstock_checks_running", "Checks under way.", [.init([], probes.running)])
        page.add(
            "penstock_check_schedule_lag_seconds",
            "How long after their time checks were begun.",
            durations: [([], probes.lateness)]
        )
        page.add(
            "penstock_check_runs_total",
            "Checks that ended, by the code of their result; SOCKERR says nothing of a server.",
            kind: .counter,
            probes.checks.flatMap { row in
                row.results.sorted { $0.key < $1.key }.map {
                    .init(row.labels + [.init("status", $0.key)], $0.value)
                }
            }
        )
        page.add(
            "penstock_check_duration_seconds",
            "How long checks took, from the connection to the last byte that counts.",
            durations: probes.checks.map { ($0.labels, $0.took) }
        )
    }
}

extension ProbeCounts.Row {
    fileprivate var labels: [MetricsText.Label] { [.init("check", check), .init("type", type)] }
}
