package import Core
package import Logging
import Synchronization

/// The one loop: take what was reported, let the director work, hand out assignments, publish.
///
/// The task that runs it owns the director; no lock and no actor guards it. Planes work in tasks
/// of their own and report to the inbox, so that one which hangs delays nobody else.
package final class Round<Time: Clock>: Sendable where Time.Duration == Duration {
    /// The longest the loop sleeps, which is also the pulse that a watchdog is fed by.
    package static var heartbeat: Duration { .seconds(1) }

    /// Where reports and commands go.
    package let inbox: Inbox
    private let wakeup: Wakeup<Time>
    let planes: PlaneSet
    private let logger: Logger
    private let published: Mutex<Published>
    private let watch: Mutex<LagWatch>

    /// What others may see between two turns.
    private struct Published: Sendable {
        var director: Director
        var beat: Moment
    }

    /// Called after each turn, on the loop.
    package typealias Turned = @Sendable (borrowing Director, _ targetsChanged: Bool) async -> Void

    /// A loop for `director`, which works on `planes`.
    package init(director: Director, planes: PlaneSet, clock: Time, logger: Logger) {
        let wakeup = Wakeup(clock: clock)
        self.wakeup = wakeup
        inbox = Inbox(wake: { wakeup.wake() })
        self.planes = planes
        self.logger = logger
        published = Mutex(Published(director: director, beat: wakeup.moment))
        watch = Mutex(LagWatch(now: wakeup.moment))
    }

    /// By how much it came round late at the worst of late, or is late now.
    package var lag: Duration {
        let now = moment
        return watch.withLock { max(.zero, $0.worst(at: now)) }
    }

    /// What the clock of this loop says.
    package var moment: Moment { wakeup.moment }

    /// The director as it was after the last turn, and when that was.
    package var latest: (director: Director, beat: Moment) {
        published.withLock { ($0.director, $0.beat) }
    }

    /// Runs until the task is cancelled, or until `isOver` says so after a turn.
    package func run(
        until isOver: @escaping @Sendable (borrowing Director) -> Bool = { _ in false },
        turned: Turned = { _, _ in }
    ) async {
        var calls = wakeup.makeCalls()
        await withDiscardingTaskGroup { group in
            // Not on the thread of the loop: planes ask the kernel, and disks.
            group.addTask(executorPreference: globalConcurrentExecutor) {
                await self.planes.watch { self.inbox.stirred($0) }
            }
            var director = published.withLock { $0.director }
            var generation: Int?
            var pace = PublicationPace()
            var deadline = wakeup.moment
            watch.withLock { $0.sleeps(until: deadline) }
            while !Task.isCancelled {
                let now = wakeup.moment
                watch.withLock { $0.came(at: now, next: now + Self.heartbeat) }
                let contents = inbox.takeAll()
                var isNews = !contents.hasOnlyOutcomes || now >= deadline
                feed(contents, to: &director, at: now)
                for assignment in director.work(at: now) {
                    isNews = true
                    let isFull =
                        if case .observe(let post) = assignment { director.readsInFull(post) } else
                        {
                            false
                        }
                    group.addTask(executorPreference: globalConcurrentExecutor) {
                        if isFull { await self.planes.forgetRoutes() }
                        self.inbox.put(await self.planes.perform(assignment))
                    }
                }
                let events = director.takeEvents()
                isNews = isNews || !events.isEmpty
                tell(events)
                // The last turn is what others wait for.
                let isLast = isOver(director)
                let isPublished = pace.takeTurn(at: now, isNews: isNews)
                if isPublished || isLast {
                    let published = Published(director: director, beat: now)
                    self.published.withLock { $0 = published }
                }
                await turned(director, director.targetsGeneration != generation)
                generation = director.targetsGeneration
                if isLast { break }
                let pulse = now + Self.heartbeat
                let deadlines = [director.nextDeadline, isPublished ? nil : pace.due, pulse]
                deadline = deadlines.compactMap { $0 }.min() ?? pulse
                // One that is over already is no reason to have been late.
                let asleep = max(deadline, wakeup.moment)
                watch.withLock { $0.sleeps(until: asleep) }
                repeat {
                    wakeup.setAlarm(for: deadline, &calls, in: &group)
                } while await !wakeup.wait(until: deadline, on: &calls)
            }
            group.cancelAll()
        }
    }

    private func feed(_ contents: Inbox.Contents, to director: inout Director, at now: Moment) {
        for command in contents.commands { director.asked(for: command, at: now) }
        for (target, results) in contents.outcomes {
            for row in results.earlier + [results.last] {
                director.probed(
                    target,
                    row.outcome,
                    count: row.count,
                    age: row.age,
                    firstAge: row.firstAge,
                    at: now
                )
            }
        }
        for (endpoint, sight) in contents.sentinels { director.saw(sight, of: endpoint, at: now) }
        if let sight = contents.worker { director.saw(sight, at: now) }
        for plane in contents.stirred { director.stirred(plane, at: now) }
        for report in contents.reports {
            switch report {
            case .link(let facts): director.saw(facts, at: now)
            case .ipvs(let facts): director.saw(facts, at: now)
            case .bgp(let facts): director.saw(facts, at: now)
            case .unseen(let plane, let fault): director.couldNotSee(plane, fault, at: now)
            case .felt(let speaker, let fault): director.felt(speaker, fault, at: now)
            case .listed(let listing): director.audited(listing, at: now)
            case .unlisted(let fault): director.couldNotAudit(fault, at: now)
            case .applied(let post, let results): director.applied(results, to: post, at: now)
            }
        }
    }

    private func tell(_ events: [Event]) {
        for event in events {
            let level: Logger.Level =
                switch event.level {
                case .debug: .debug
                case .info: .info
                case .warning: .warning
                case .error: .error
                }
            var metadata: Logger.Metadata = [
                "event": "\(event.kind.rawValue)",
                "monotonic_ns": "\(event.at.nanoseconds)",
            ]
            if let vip = event.vip { metadata["vip"] = "\(vip)" }
            logger.log(level: level, "\(event.text)", metadata: metadata)
        }
    }
}
