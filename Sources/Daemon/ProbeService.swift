package import Core
package import Logging
import Synchronization

/// Keeps every target probed: asks the schedule what is due, runs it, hands on what came of it.
///
/// One task owns the schedule. Producers (new targets, ended probes) leave their latest word in a
/// mailbox and wake it; it starts at most as many probe tasks as the schedule lets run at once.
package final class ProbeService<Time: Clock>: Sendable where Time.Duration == Duration {
    /// Runs one probe; it ends within the timeout of its check, or at once when cancelled.
    package typealias Probe = @Sendable (ProbeTarget) async -> Outcome
    /// Takes one result; it must not block, for it is called on the way to the next probe.
    package typealias Sink = @Sendable (ProbeTarget, Outcome) -> Void

    private struct Ended: Sendable {
        let run: ProbeSchedule.Run
        let started: Moment
        let outcome: Outcome
    }

    private struct Mail: Sendable {
        var targets: [ProbeTarget]?
        var ended: [Ended] = []
    }

    /// At most one line about late probes in this time: an overloaded host has no use for more.
    private static var complaintInterval: Duration { .seconds(10) }

    /// The loop wakes for due probes at most this often.
    ///
    /// A wake-up of a thread costs more than a whole probe on the loopback, so probes due within
    /// this time start together. Being late by it is far below anything a check can notice.
    private static var grain: Duration { .milliseconds(5) }

    private let probe: Probe
    private let sink: Sink
    private let concurrency: Int
    private let logger: Logger
    private let mail = Mutex(Mail())
    private let wakeup: Wakeup<Time>

    /// A service without targets; `run` makes it work.
    ///
    /// - Parameters:
    ///   - concurrency: How many probes may be under way at once, 1 or more; each is a descriptor.
    ///   - clock: What tells the time and how to sleep; one that stands still while the host does.
    ///   - logger: Where late probes and freezes are told.
    ///   - probe: How one target is probed.
    ///   - sink: Where results go.
    package init(
        concurrency: Int = ProbeSchedule.defaultConcurrency,
        clock: Time,
        logger: Logger,
        probe: @escaping Probe,
        sink: @escaping Sink
    ) {
        self.concurrency = concurrency
        self.logger = logger
        self.probe = probe
        self.sink = sink
        wakeup = Wakeup(clock: clock)
    }

    /// Makes `targets` the ones to probe; of several calls before the next look the last one wins.
    ///
    /// Targets that stay keep their phase. Results of a target that left may still arrive while its
    /// last probe ends.
    package func update(targets: [ProbeTarget]) {
        mail.withLock { $0.targets = targets }
        wakeup.wake()
    }

    /// Probes until the task is cancelled; may be called once.
    ///
    /// Probes under way are cancelled then, and their results are dropped.
    package func run() async {
        var calls = wakeup.makeIterator()
        await withDiscardingTaskGroup { probes in
            var round = Round(schedule: ProbeSchedule(concurrency: concurrency))
            while !Task.isCancelled {
                let now = moment
                noticeFreeze(&round, now: now)
                take(&round, now: now)
                for run in round.schedule.due(now: now) { start(run, now: now, in: &probes) }
                complain(&round, now: now)
                let later = moment
                noticeFreeze(&round, now: later)
                let due = round.schedule.nextDeadline.map { max($0, later + Self.grain) }
                let deadline = round.watch.sleep(until: due, now: later)
                await wakeup.wait(until: deadline, on: &calls)
            }
            probes.cancelAll()
        }
    }

    /// What the loop remembers between two looks.
    private struct Round {
        var schedule: ProbeSchedule
        var watch = FreezeWatch()
        var generator = SystemRandomNumberGenerator()
        /// How many late probes were told already, and when more may be.
        var lateTold = 0
        var nextComplaint = Moment.zero
    }

    private var moment: Moment { wakeup.moment }

    private func noticeFreeze(_ round: inout Round, now: Moment) {
        guard let gap = round.watch.runs(now: now) else { return }
        logger.warning(
            "the process did not run for a while; failures of probes under way are discarded",
            metadata: ["gap": "\(gap)", "running": "\(round.schedule.running)"]
        )
        // Everything is late now, and this line has said why.
        round.nextComplaint = now + Self.complaintInterval
    }

    /// Takes the mail: results first, so that a target that leaves with the same mail is done with.
    private func take(_ round: inout Round, now: Moment) {
        let mail = mail.withLock { mail in
            defer { mail = Mail() }
            return mail
        }
        for ended in mail.ended {
            let outcome = round.watch.judged(ended.outcome, started: ended.started)
            round.schedule.finished(
                ended.run,
                outcome.verdict,
                now: now,
                using: &round.generator
            )
            sink(ended.run.target, outcome)
        }
        if let targets = mail.targets {
            round.schedule.update(targets: targets, now: now, using: &round.generator)
        }
    }

    private func start(
        _ run: ProbeSchedule.Run,
        now: Moment,
        in probes: inout DiscardingTaskGroup
    ) {
        probes.addTask {
            let outcome = await self.probe(run.target)
            self.mail.withLock {
                $0.ended.append(Ended(run: run, started: now, outcome: outcome))
            }
            self.wakeup.wake()
        }
    }

    /// Tells of probes that start later than their interval, with one line for all since the last.
    private func complain(_ round: inout Round, now: Moment) {
        let late = round.schedule.lateStarts - round.lateTold
        guard late > 0, now >= round.nextComplaint else { return }
        logger.warning(
            "probes start later than their interval; allow more at once, or check less often",
            metadata: [
                "late": "\(late)", "running": "\(round.schedule.running)",
                "at-once": "\(concurrency)", "targets": "\(round.schedule.targetCount)",
            ]
        )
        round.lateTold = round.schedule.lateStarts
        round.nextComplaint = now + Self.complaintInterval
    }
}
