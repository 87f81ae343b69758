package import Core
package import Logging
package import Net
package import Probes
import Synchronization

/// Keeps every target probed: asks the schedule what is due, runs it, hands on what came of it.
///
/// One task owns the schedule. Producers (new targets, ended probes) leave their latest word in a
/// mailbox and wake it; it starts at most as many probe tasks as the schedule lets run at once.
package final class ProbeService<Time: Clock>: Sendable where Time.Duration == Duration {
    /// Runs one probe; it ends within the timeout of its check, or at once when cancelled.
    package typealias Probe = @Sendable (ProbeTarget) async -> Outcome
    /// Takes results in the order in which they came, those that came together in one call, each
    /// with the time that it has waited; it must not block, for it is called on the way to the next
    /// probe.
    package typealias Sink =
        @Sendable ([(target: ProbeTarget, outcome: Outcome, age: Duration)]) -> Void

    /// Makes an idle connection that tells what becomes of it, and answers with what ends it.
    package typealias Open =
        @Sendable (Endpoint, SentinelTiming, @escaping @Sendable (SentinelNews) -> Void)
        -> @Sendable () -> Void

    /// Makes what carries out many probes at once, and reports there what has ended.
    package typealias Carry =
        @Sendable (_ report: @escaping @Sendable ([ProbeEnd]) -> Void) throws -> any ProbeCarrier

    struct Mail: Sendable {
        var targets: [ProbeTarget]?
        /// The ways of probes through IPVS that are open, with their marks.
        var paths: [ProbePath: UInt32]?
        var ended: [ProbeEnd] = []
        /// Two words for each connection at the most: that it stands, and how it ended.
        var words: [SentinelWord] = []
        /// The addresses whose servers are to be probed now, with the reason.
        var cutOff: [IPAddress: String] = [:]
        var recalled: [IPAddress: String] = [:]
    }

    /// At most one line about late probes in this time: an overloaded host has no use for more.
    private static var complaintInterval: Duration { .seconds(10) }

    /// The loop wakes for due probes at most this often.
    ///
    /// A wake-up of a thread costs more than a whole probe on the loopback, so probes due within
    /// this time start together. Being late by it is far below anything a check can notice.
    private static var grain: Duration { .milliseconds(5) }

    /// How long results that change nothing wait for others, while more are about to come.
    ///
    /// Each time they are handed on wakes the loop of the director, which costs more than to judge
    /// a hundred of them.
    private static var gathering: Duration { .milliseconds(400) }

    /// A storm: so many servers whose connections broke are asked at once whether they are gone.
    ///
    /// That is a switch or a rack, and no chance: one event, of which the others are about to tell.
    private static var storm: Int { 64 }

    /// How long news wait in a storm for the rest of it, so that what is lost together is judged
    /// together, written together, and no more often than routers care to hear.
    ///
    /// A hundred servers are confirmed to be gone within less, which ends it, and five thousand
    /// within about as long as this on two processors.
    private static var stormPatience: Duration { .milliseconds(250) }

    private let carry: Carry?
    private let probe: Probe
    private let sink: Sink
    private let concurrency: Int
    private let mostSentinels: Int
    let open: Open
    let told: @Sendable (Endpoint, SentinelSight?) -> Void
    let source: Source
    let logger: Logger
    let mail = Mutex(Mail())
    let wakeup: Wakeup<Time>
    private let tally = Mutex(ProbeTally())

    /// What has come of probes so far.
    package var counts: ProbeCounts { tally.withLock { $0.counts } }

    /// A service without targets; `run` makes it work.
    ///
    /// - Parameters:
    ///   - concurrency: How many probes may be under way at once, 1 or more; each is a descriptor.
    ///   - mostSentinels: How many idle connections may be kept; each is a descriptor.
    ///   - clock: What tells the time and how to sleep; one that stands still while the host does.
    ///   - logger: Where late probes and freezes are told.
    ///   - carry: How the targets that it carries are probed, many at once; without it, and where
    ///     it fails, all are probed by `probe`.
    ///   - probe: How one target is probed.
    ///   - sink: Where results go.
    ///   - open: How the idle connection of a sentinel is made.
    ///   - told: Where it goes how a sentinel stands; `nil` for one that is no more.
    ///   - source: Where packets for a real server would come from.
    package init(
        concurrency: Int = ProbeSchedule.defaultConcurrency,
        mostSentinels: Int = 0,
        clock: Time,
        logger: Logger,
        carry: Carry? = nil,
        probe: @escaping Probe,
        sink: @escaping Sink,
        open: @escaping Open = { _, _, _ in {} },
        told: @escaping @Sendable (Endpoint, SentinelSight?) -> Void = { _, _ in },
        source: @escaping Source = { ProbeSource.chosen(toward: $0) }
    ) {
        self.concurrency = concurrency
        self.mostSentinels = mostSentinels
        self.open = open
        self.told = told
        self.source = source
        self.logger = logger
        self.carry = carry
        self.probe = probe
        self.sink = sink
        wakeup = Wakeup(clock: clock)
    }

    /// Makes `targets` the ones to probe; of several calls before the next look the last one wins.
    ///
    /// Targets that stay keep their phase. Results of a target that left may still arrive while its
    /// last probe ends. What comes of them is counted by the `names` of their checks.
    package func update(targets: [ProbeTarget], names: [Check: String] = [:]) {
        tally.withLock { $0.call(checks: names) }
        mail.withLock { $0.targets = targets }
        wakeup.wake()
    }

    /// Probes until the task is cancelled; may be called once.
    ///
    /// Probes under way are cancelled then, and their results are dropped.
    package func run() async {
        var calls = wakeup.makeCalls()
        let carrier = makeCarrier()
        await withDiscardingTaskGroup { probes in
            var round = Round(
                schedule: ProbeSchedule(concurrency: concurrency),
                post: SentinelRound(sentinels: Sentinels(limit: mostSentinels))
            )
            while !Task.isCancelled {
                let now = moment
                noticeFreeze(&round, now: now)
                take(&round, by: carrier, now: now)
                start(round.schedule.due(now: now), round.paths, by: carrier, now, in: &probes)
                let running = round.schedule.running
                tally.withLock { $0.running = running }
                handOn(&round, now: now)
                complain(&round, now: now)
                let later = moment
                noticeFreeze(&round, now: later)
                let grain = round.schedule.isPressing ? .zero : Self.grain
                let due = [
                    round.schedule.nextDeadline, round.post.sentinels.nextDeadline,
                    round.newsSince.map { $0 + Self.stormPatience },
                ].compactMap { $0 }.min().map { max($0, later + grain) }
                let deadline = round.watch.sleep(until: due, now: later)
                repeat {
                    wakeup.setAlarm(for: deadline, &calls, in: &probes)
                } while await !wakeup.wait(until: deadline, on: &calls)
            }
            dismiss(&round)
            carrier?.stop()
            probes.cancelAll()
        }
    }

    /// What the loop remembers between two looks.
    struct Round {
        var schedule: ProbeSchedule
        var post: SentinelRound
        var watch = FreezeWatch()
        /// Seeded once: to ask the kernel costs a call for each number, and jitter needs no more.
        var generator = Chance(seed: .random(in: .min ... .max))
        var paths: [ProbePath: UInt32] = [:]
        /// Results that have not yet been handed on, with when they came.
        var held: [(target: ProbeTarget, outcome: Outcome, at: Moment)] = []
        /// When the first of them came that is news.
        var newsSince: Moment?
        /// When the last of a storm is over, whoever is still asked.
        var stormUntil = Moment.zero
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
    private func take(_ round: inout Round, by carrier: (any ProbeCarrier)?, now: Moment) {
        let mail = mail.withLock { mail in
            defer { mail = Mail() }
            return mail
        }
        for ended in mail.ended { take(ended, &round, now: now) }
        if !mail.ended.isEmpty {
            let results = round.held.suffix(mail.ended.count)
            tally.withLock { tally in
                for result in results { tally.ended(result.target.check, result.outcome) }
            }
        }
        if let paths = mail.paths { round.paths = paths }
        if let targets = mail.targets {
            round.schedule.update(targets: targets, now: now, using: &round.generator)
            let scheduled = round.schedule.targetCount
            tally.withLock { $0.scheduled = scheduled }
            carrier?.update(targets: targets)
            obey(round.post.sentinels.update(targets: targets), &round, now: now)
        }
        watch(mail.words, &round, now: now)
        if !mail.cutOff.isEmpty { summon(mail.cutOff, &round, now: now) }
        if !mail.recalled.isEmpty { recall(mail.recalled, &round, now: now) }
    }

    private func take(_ ended: ProbeEnd, _ round: inout Round, now: Moment) {
        let run = ended.order.run
        var outcome = round.watch.judged(ended.outcome, started: ended.order.started)
        let isNews = round.schedule.finished(
            run,
            outcome.verdict,
            isRefused: outcome.isRefusal,
            now: now,
            using: &round.generator
        )
        if outcome.verdict != ended.outcome.verdict {
            // Discarded: it is asked again before anything is judged.
            _ = round.schedule.summon(run.target, isSure: false, now: now)
        }
        outcome = passOn(run, outcome, &round, now: now)
        round.held.append((run.target, outcome, now))
        if isNews || outcome.word != nil { round.newsSince = round.newsSince ?? now }
    }

    /// Hands on the results that are held, unless they say nothing new and more come soon, or are
    /// the first drops of a storm.
    private func handOn(_ round: inout Round, now: Moment) {
        let inDoubt = round.schedule.inDoubt
        if inDoubt >= Self.storm { round.stormUntil = now + Self.stormPatience }
        // Some are always in doubt on a large director, and one may take as long as its check may.
        let isStorm = inDoubt > 0 && now < round.stormUntil
        guard let first = round.held.first else { return }
        if let newsSince = round.newsSince {
            guard !isStorm || now >= newsSince + Self.stormPatience else { return }
        } else {
            let due = first.at + Self.gathering
            let comesSoon = round.schedule.nextDeadline.map { $0 < due } ?? false
            guard !comesSoon || now >= due else { return }
        }
        let results = round.held.map { (target: $0.target, outcome: $0.outcome, age: now - $0.at) }
        round.held.removeAll(keepingCapacity: true)
        round.newsSince = nil
        sink(results)
    }

    /// Has every target at one of these addresses probed now, with the reason for it.
    package func summon(_ addresses: [IPAddress: String]) {
        mail.withLock { $0.cutOff.merge(addresses) { _, last in last } }
        wakeup.wake()
    }

    /// Has every target at one of these addresses probed anew, with the reason for it: what they
    /// said before is worth nothing.
    package func recall(_ addresses: [IPAddress: String]) {
        mail.withLock { $0.recalled.merge(addresses) { _, last in last } }
        wakeup.wake()
    }

    /// Takes word of a connection, from whatever thread it comes.
    func hear(_ word: SentinelWord) {
        mail.withLock { $0.words.append(word) }
        wakeup.wake()
    }

    private func makeCarrier() -> (any ProbeCarrier)? {
        do {
            return try carry? { ended in
                self.mail.withLock { $0.ended += ended }
                self.wakeup.wake()
            }
        } catch {
            logger.warning(
                "probes take more of this host than they need to: each is a task of its own",
                metadata: ["reason": "\(error)"]
            )
            return nil
        }
    }

    private func start(
        _ runs: [ProbeSchedule.Run],
        _ paths: [ProbePath: UInt32],
        by carrier: (any ProbeCarrier)?,
        _ now: Moment,
        in probes: inout DiscardingTaskGroup
    ) {
        var orders: [ProbeOrder] = []
        orders.reserveCapacity(runs.count)
        var lateness: [Duration] = []
        lateness.reserveCapacity(runs.count)
        // Since the loop woke, results were taken in: that is lateness, too.
        let delay = runs.isEmpty ? .zero : moment - now
        for run in runs {
            let target: ProbeTarget
            switch passage(of: run.target, paths) {
            case .sent(let sent): target = sent
            case .none(let outcome):
                end(ProbeOrder(run, started: now), outcome)
                continue
            }
            lateness.append(run.lateness + delay)
            let order = ProbeOrder(run, started: now, as: target)
            guard carrier?.carries(target) == true else {
                probes.addTask { self.end(order, await self.probe(target)) }
                continue
            }
            orders.append(order)
        }
        if !orders.isEmpty { carrier?.start(orders) }
        guard !lateness.isEmpty else { return }
        tally.withLock { tally in
            for late in lateness { tally.began(late: late) }
        }
    }

    private func end(_ order: ProbeOrder, _ outcome: Outcome) {
        mail.withLock { $0.ended.append(ProbeEnd(order, outcome)) }
        wakeup.wake()
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
