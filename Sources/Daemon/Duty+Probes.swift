import Core
import Logging
import Probes

/// Who carries out the probes of a duty.
extension Duty {
    /// This process itself.
    static func shared(
        _ round: Round<ThreadClock>,
        _ logger: Logger
    ) -> ProbeService<ThreadClock> {
        let prober = Prober(civilNow: { .current })
        let sentry = Sentry()
        return service(
            round,
            ThreadClock(),
            logger,
            carry: { report in try LocalProber(prober, report: report) },
            probe: { await prober.probe($0) },
            open: { endpoint, timing, tell in sentry.open(endpoint, timing, telling: tell) }
        )
    }

    /// A process of their own.
    ///
    /// Nothing else carries them out: what a server answers is not to be read by a process that may
    /// change routes, however the other one fares. The service runs on the thread that has the line
    /// to it.
    static func isolated(
        _ round: Round<ThreadClock>,
        _ logger: Logger
    ) -> (ProbeService<ThreadClock>, (any TaskExecutor)?) {
        let remote = Result {
            try RemoteProber(program: ProbeWorker.program) { sight in
                tell(sight, logger)
                round.inbox.put(sight)
            }
        }
        // Why there is none, its carrier says.
        let (clock, thread): (ThreadClock, (any TaskExecutor)?) =
            switch remote {
            case .success(let prober): (prober.clock, prober.executor)
            case .failure: (ThreadClock(), nil)
            }
        let service = service(
            round,
            clock,
            logger,
            carry: { report in
                let remote = try remote.get()
                remote.begin(report: report)
                return remote
            },
            probe: { _ in Outcome(.socketError, detail: "no probe worker") },
            open: { endpoint, timing, tell in
                guard case .success(let remote) = remote else { return {} }
                return remote.open(endpoint, timing, telling: tell)
            }
        )
        return (service, thread)
    }

    private static func service(
        _ round: Round<ThreadClock>,
        _ clock: ThreadClock,
        _ logger: Logger,
        carry: @escaping ProbeService<ThreadClock>.Carry,
        probe: @escaping ProbeService<ThreadClock>.Probe,
        open: @escaping ProbeService<ThreadClock>.Open
    ) -> ProbeService<ThreadClock> {
        ProbeService(
            concurrency: ProbeBudget.probes(of: ProbeBudget.descriptors),
            mostSentinels: ProbeBudget.sentinels(of: ProbeBudget.descriptors),
            clock: clock,
            logger: logger,
            carry: carry,
            probe: probe,
            sink: { round.inbox.put($0) },
            open: open,
            told: { endpoint, sight in round.inbox.put(sight, of: endpoint) }
        )
    }

    /// One line when the worker ends and one when the next answers.
    private static func tell(_ sight: ProbeWorkerSight, _ logger: Logger) {
        let restarts: Logger.Metadata = ["restarts": "\(sight.restarts)"]
        switch (sight.isRunning, sight.lastEnd) {
        case (true, nil): logger.info("the probe worker answers")
        case (true, _?): logger.notice("another probe worker answers", metadata: restarts)
        case (false, let end):
            logger.warning(
                "the probe worker is gone; servers are held to be as they were last seen",
                metadata: restarts.merging(["it": "\(end ?? "")"]) { first, _ in first }
            )
        }
    }
}
