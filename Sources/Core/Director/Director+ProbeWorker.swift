/// What is known of the process that carries out the probes.
///
/// Nothing is decided by it: while there is none, no probe has a result, and what was judged
/// stands.
extension Director {
    /// The process that carries out the probes stands otherwise.
    package mutating func saw(_ sight: ProbeWorkerSight, at now: Moment) {
        toldTime = now
        let isTheSame = probeWorker?.sight.isRunning == sight.isRunning
        let since = isTheSame ? probeWorker?.since : now
        probeWorker = (sight, since ?? now)
    }

    /// The same in a snapshot; `nil` where probes have no process of their own.
    func probeWorkerStatus(_ frame: Frame) -> ProbeWorkerStatus? {
        probeWorker.map { worker in
            ProbeWorkerStatus(
                running: worker.sight.isRunning,
                since: frame.time(of: worker.since),
                restarts: worker.sight.restarts,
                lastEnd: worker.sight.lastEnd
            )
        }
    }

    /// That nobody makes probes, as a warning.
    func probeWorkerWarnings(at now: Moment) -> [WarningStatus] {
        guard let worker = probeWorker, !worker.sight.isRunning, let end = worker.sight.lastEnd
        else { return [] }
        return [WarningStatus(.noProbes(since: now - worker.since, because: end))]
    }

    /// That nobody makes probes, where the VIP has checks that this concerns.
    func probeWorkerGate(_ vip: VIP) -> GateStatus? {
        guard let worker = probeWorker, !worker.sight.isRunning,
            vip.services.contains(where: { !$0.checks.isEmpty })
        else { return nil }
        let end = worker.sight.lastEnd.map { ": the last one \($0)" } ?? ""
        return GateStatus(
            name: "probe worker",
            standing: .none,
            text: "not running\(end); servers are held to be as they were last seen"
        )
    }
}

extension Fault {
    static func noProbes(since: Duration, because end: String) -> Fault {
        Fault(
            code: "D465",
            summary:
                "the probe worker has not run for \(Reason.tenths(since)) s: no server is checked, "
                + "and all are held to be as they were last seen",
            because: "the last one \(end)",
            fix: "journalctl -u penstock; if it does not come back: systemctl restart penstock"
        )
    }
}
