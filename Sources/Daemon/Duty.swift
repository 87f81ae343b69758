package import Core
package import Logging
package import Net
import Planes
import Probes
import ServiceLifecycle
import Synchronization

/// A director on duty: its rounds, its probes, what it tells the service manager, and what a stop
/// does to the announcements.
package struct Duty: Service {
    /// How long a stop may take to withdraw; bgpd answers in milliseconds or hangs.
    package static let withdrawPatience: Duration = .seconds(10)
    /// What the service manager is given beyond the longest stop, for the processes to end.
    package static let stopMargin: Duration = .seconds(5)

    /// How long the first probes wait for a table that does not advance.
    ///
    /// A batch takes milliseconds, or seconds on a machine in need, where probes would hold it up
    /// most. A table that cannot be written at all must not keep the checks from saying how the
    /// servers are; nothing is announced before it is there in any case.
    package static let probePatience: Duration = .seconds(10)

    /// The longest its loop sleeps.
    package static var heartbeat: Duration { Round<ThreadClock>.heartbeat }

    let round: Round<ThreadClock>
    /// What runs the loop, where that is not what runs all tasks.
    private let loop: TaskThread?
    private let probes: ProbeService<ThreadClock>
    /// What runs the service of the probes, where that is not what runs all tasks.
    private let probeThread: (any TaskExecutor)?
    private let paths: PathWatch
    private let notifier: Notifier
    let logger: Logger
    private let keep: @Sendable (Overrides) -> Void
    private let keepRanges: @Sendable ([Prefix]) -> Void
    private let patience: @Sendable (DrainPolicy) -> Duration

    /// A duty that starts from `intent`, and from the orders that an earlier run had accepted, a
    /// drain among them; `standingDrains` are wanted by others from the start.
    ///
    /// `keep` is told of every change of those orders, also of the ones that time or a failed
    /// server brings about; it may block for as long as a disk does. `keepRanges` is told of the
    /// ranges in which something of ours may be announced, whenever they become fewer. `patience`
    /// says how long a stop may take. With `isolates`, probes are made by a process of their own,
    /// which is this program with another verb; without, by this one.
    package init(
        intent: Intent,
        overrides: Overrides = Overrides(),
        standingDrains: [DrainSource: DrainWish] = [:],
        planes: PlaneSet,
        notifier: Notifier,
        logger: Logger,
        keep: @escaping @Sendable (Overrides) -> Void = { _ in },
        keepRanges: @escaping @Sendable ([Prefix]) -> Void = { _ in },
        patience: @escaping @Sendable (DrainPolicy) -> Duration = Self.stopPatience,
        isolates: Bool = false
    ) {
        let director = Director(
            intent: intent,
            overrides: overrides,
            standingDrains: standingDrains,
            awaitsDrainFile: intent.drain.file != nil,
            chance: Chance(seed: .random(in: .min ... .max)),
            now: .zero
        )
        let loop = Self.makeThread(logger)
        let round = Round(
            director: director,
            planes: planes,
            clock: loop?.clock ?? ThreadClock(),
            logger: logger
        )
        self.loop = loop
        self.round = round
        paths = PathWatch(logger: logger)
        (probes, probeThread) =
            isolates ? Self.isolated(round, logger) : (Self.shared(round, logger), nil)
        self.notifier = notifier
        self.logger = logger
        self.keep = keep
        self.keepRanges = keepRanges
        self.patience = patience
    }

    private static func makeThread(_ logger: Logger) -> TaskThread? {
        do {
            return try TaskThread(label: "penstock.loop")
        } catch {
            logger.warning(
                "the loop takes more of this host than it needs to: it has no thread of its own",
                metadata: ["reason": "\(error)"]
            )
            return nil
        }
    }

    /// The director as it was after the last turn, and how long ago that was.
    package var latest: (director: Director, now: Moment, age: Duration) {
        let (director, beat) = round.latest
        return (director, round.moment, round.moment - beat)
    }

    /// By how much its loop came round late at the worst of late.
    package var lag: Duration { round.lag }

    /// What has come of probes so far.
    package var probeCounts: ProbeCounts { probes.counts }

    /// Passes on what an operator asked for; `false` when too much is waiting.
    package func ask(_ command: Command) -> Bool { round.inbox.put(command) }

    // MARK: Asked beside the loop

    /// Has routing daemons looked at once more, in full, and waits until that has ended at those
    /// where `scopes` are announced, however it did; answers whether it has within `patience`.
    package func lookAgainAtRoutes(
        of scopes: [DrainScope] = [.node],
        within patience: Duration
    ) async -> Bool {
        await round.planes.forgetRoutes()
        // After that: a look that began earlier may go by what was known.
        let asked = round.moment
        round.inbox.stirred(.bgp)
        while round.moment < asked + patience {
            let since = latest.director.lookedSince(.bgp, for: scopes)
            if let since, since >= asked { return true }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                return false
            }
        }
        return false
    }

    /// Follows a VIP from the kernel through the speaker called `name` to each peer.
    package func evidence(of address: IPAddress, by name: Name) async -> [PathEvidence] {
        await round.planes.evidence(of: address, by: name)
    }

    /// Works until the group shuts down gracefully, and then as `drain.on-stop` says.
    package func run() async throws {
        let stopping = StopSign()
        let bulletin = Bulletin()
        let orders = OrderNews()
        let ranges = RangeNews(latest.director)
        let probing = ProbeStart()
        let summons = SummonsNews()
        let ways = PathNews()
        loop?.begin()
        defer { loop?.end() }
        await withDiscardingTaskGroup { group in
            group.addTask { await watchDrainFile() }
            group.addTask(executorPreference: probeThread) { await probes.run() }
            group.addTask { await paths.run { probes.summon($0) } }
            // The loop does not wait for a disk.
            group.addTask { for await overrides in orders.changed { keep(overrides) } }
            group.addTask { for await left in ranges.changed { keepRanges(left) } }
            group.addTask(executorPreference: loop?.executor) {
                await round.run(
                    until: { director in
                        stopping.isUp && Self.isOver(director)
                    },
                    turned: { director, isChanged in
                        if ways.isDue(director) { probes.update(paths: director.openPaths) }
                        if probing.isDue(isChanged, director, now: round.moment) {
                            let targets = Array(director.targets)
                            probes.update(targets: targets, names: director.checkNames)
                            paths.update(Set(targets.map(\.host)))
                        }
                        if let called = summons.look(at: director) { probes.recall(called) }
                        orders.look(at: director)
                        ranges.look(at: director)
                        if bulletin.isDue(now: round.moment, isReady: director.isSettledIn) {
                            report(director)
                        }
                    }
                )
            }
            await waitForShutdown()
            await stop(raising: stopping)
            group.cancelAll()
        }
        notifier.tell(["STATUS=stopped"])
    }

    private func waitForShutdown() async {
        do {
            try await gracefulShutdown()
        } catch {
            // Cancelled: the same as being asked to stop, without the manners.
        }
    }

    private func stop(raising sign: StopSign) async {
        let intent = latest.director.intent
        let policy = intent.drain
        // Routes go in turn, and each of them may have to change twice.
        let patience = patience(policy) + intent.routeTurns * (policy.onStop == .drain ? 2 : 1)
        notifier.tell([
            "STOPPING=1", "STATUS=stopping (drain.on-stop: \(policy.onStop.rawValue))",
            // Or it would kill a drain at TimeoutStopSec= (sd_notify(3)).
            "EXTEND_TIMEOUT_USEC=\((patience + Self.stopMargin).nanoseconds / 1_000)",
        ])
        logger.info("stopping", metadata: ["on-stop": "\(policy.onStop.rawValue)"])
        guard policy.onStop != .keep else { return }
        let civilNow = Timestamp.current
        let mandate = Mandate(
            by: "penstock",
            reason: "stopping",
            since: civilNow,
            civilNow: civilNow,
            now: round.moment
        )
        let wish = DrainWish(policy.onStop == .withdraw ? .atOnce : .soft, mandate)
        if !ask(.drain(DrainOrder(.node, wish, source: .stop))) {
            logger.error("a stop could not be ordered: too much is waiting to be carried out")
        }
        sign.raise()
        let deadline = round.moment + patience
        while round.moment < deadline, !Self.isOver(latest.director) {
            do {
                try await Task.sleep(for: .milliseconds(100))
            } catch {
                return
            }
        }
        if !Self.isOver(latest.director) {
            logger.error("stopped before every route was seen withdrawn")
        }
    }

    /// The longest time that a stop takes, beside what routes that go in turn need.
    ///
    /// A drain gives peers `softenAtMost` to be sent the worse path, and settles at the very end of
    /// that if the last of them took so long.
    package static func stopPatience(_ policy: DrainPolicy) -> Duration {
        switch policy.onStop {
        case .keep: .zero
        case .withdraw: withdrawPatience
        case .drain: policy.softenAtMost + policy.settle + withdrawPatience + policy.atMost
        }
    }

    /// Spaces what the service manager is told: once a heartbeat, and at once when ready.
    private final class Bulletin: Sendable {
        private let last = Mutex<(at: Moment, isReady: Bool)?>(nil)

        func isDue(now: Moment, isReady: Bool) -> Bool {
            last.withLock { last in
                if let last, last.isReady == isReady,
                    now < last.at + Duty.heartbeat
                {
                    return false
                }
                last = (now, isReady)
                return true
            }
        }
    }

    /// Says when the probes are to be told of their targets: whenever those change, but for the
    /// first time not before the table is there.
    private final class ProbeStart: Sendable {
        private struct State {
            var isOpen = false
            var isPending = false
        }

        private let state = Mutex(State())

        func isDue(_ isChanged: Bool, _ director: borrowing Director, now: Moment) -> Bool {
            let isStuck = now >= director.lastAdvance + Duty.probePatience
            return state.withLock { state in
                state.isPending = state.isPending || isChanged
                state.isOpen = state.isOpen || director.isTableLaid || isStuck
                guard state.isOpen, state.isPending else { return false }
                state.isPending = false
                return true
            }
        }
    }

    /// Passes on whom the director wants probed now, each time once.
    private final class SummonsNews: Sendable {
        private let generation = Atomic(0)

        func look(at director: borrowing Director) -> [IPAddress: String]? {
            let current = director.summons.generation
            guard generation.exchange(current, ordering: .relaxed) != current else { return nil }
            return director.summons.addresses
        }
    }

    /// Passes on the latest orders about real servers whenever they changed.
    private final class OrderNews: Sendable {
        let changed: AsyncStream<Overrides>
        private let continuation: AsyncStream<Overrides>.Continuation
        private let generation = Atomic(0)

        init() {
            (changed, continuation) = AsyncStream.makeStream(
                bufferingPolicy: .bufferingNewest(1)
            )
        }

        func look(at director: borrowing Director) {
            let current = director.overridesGeneration
            guard generation.exchange(current, ordering: .relaxed) != current else { return }
            continuation.yield(director.overrides)
        }
    }

    /// Passes on the ranges that are left whenever one was let go.
    private final class RangeNews: Sendable {
        let changed: AsyncStream<[Prefix]>
        private let continuation: AsyncStream<[Prefix]>.Continuation
        private let count: Atomic<Int>

        init(_ director: borrowing Director) {
            count = Atomic(director.formerRanges.count)
            (changed, continuation) = AsyncStream.makeStream(
                bufferingPolicy: .bufferingNewest(1)
            )
        }

        func look(at director: borrowing Director) {
            let former = director.formerRanges
            guard count.exchange(former.count, ordering: .relaxed) != former.count else { return }
            continuation.yield(director.intent.bgp.ownedPrefixes + former)
        }
    }

    /// Tells the loop that a stop is waiting for it.
    private final class StopSign: Sendable {
        private let state = Atomic(false)

        var isUp: Bool { state.load(ordering: .acquiring) }

        func raise() { state.store(true, ordering: .releasing) }
    }

    /// Whether a stop that withdraws or drains has done so.
    private static func isOver(_ director: borrowing Director) -> Bool {
        switch (director.node, director.intent.drain.onStop) {
        case (.drained, _): true
        case (.draining(let drain), .withdraw):
            if case .ebbing = drain.phase { true } else { false }
        case (.draining, _), (.active, _): false
        }
    }

    /// One line for `systemctl status`, and the sign of life, both from the loop itself.
    private func report(_ director: borrowing Director) {
        let (advertised, total) = director.advertised
        var lines = [
            "STATUS=\(director.nodeWord), \(advertised)/\(total) VIPs advertised, "
                + "\(director.establishedPeers) peers"
        ]
        if notifier.watchdog != nil { lines.append("WATCHDOG=1") }
        // Ready is that the loop turns with a configuration in force. Waiting for bgpd or for the
        // kernel with it would have the service manager kill a director that only waits.
        lines.append("READY=1")
        notifier.tell(lines)
    }
}
