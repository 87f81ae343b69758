package import Core
import Dispatch
package import Net
package import Netlink
import Synchronization

/// Has every probe carried out by a process of its own, which is replaced when it ends or hangs.
///
/// What a hostile server can do to whoever reads its answers then happens to a process without
/// privileges that knows nothing and decides nothing. While there is none, no probe is made, which
/// says nothing about any server. One thread owns the process and the line to it: a signal for the
/// death of the parent is for that of the thread that started it (prctl(2), PR_SET_PDEATHSIG).
package final class RemoteProber: ProbeCarrier {
    /// Says what a worker is that can do what is needed.
    package typealias Program = @Sendable (ProbeWorker.Needs) -> ChildProgram

    private struct State: Sendable {
        var desk: WorkerDesk
        var report: (@Sendable ([ProbeEnd]) -> Void)?
        var isStopped = false
        /// Whether the thread runs, or has done so.
        var isBegun = false
        /// How many others work on it.
        var guests = 0
        /// What the checks take.
        var needs = ProbeWorker.Needs()
    }

    /// What the thread waits for, in one place with those who ring there.
    private final class Bell: Sendable {
        let poller: Poller

        init() throws(Errno) { poller = try Poller() }
    }

    private let bell: Bell
    /// Runs the tasks of others on the thread.
    let executor: ThreadExecutor
    /// Calls others from it.
    let alarms = ThreadAlarms()
    private let program: Program
    private let told: @Sendable (ProbeWorkerSight) -> Void
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "penstock.probe-worker")

    /// A carrier without a worker; the first order starts one.
    ///
    /// - Parameters:
    ///   - userAgent: What HTTP servers are told; printable ASCII.
    ///   - program: What the worker is.
    ///   - told: Where it goes how the worker stands; on a thread that it must not hold up.
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left.
    package init(
        userAgent: String = "penstock",
        program: @escaping Program,
        told: @escaping @Sendable (ProbeWorkerSight) -> Void
    ) throws {
        let bell = try Bell()
        self.bell = bell
        executor = ThreadExecutor { bell.poller.ring() }
        self.program = program
        self.told = told
        state = Mutex(State(desk: WorkerDesk(userAgent: userAgent)))
    }

    /// Begins to work, until `stop`; may be called once.
    package func begin(report: @escaping @Sendable ([ProbeEnd]) -> Void) {
        state.withLock { $0.report = report }
        beginThread()
    }

    private func beginThread() {
        let isBegun = state.withLock { state in
            defer { state.isBegun = true }
            return state.isBegun
        }
        guard !isBegun else { return }
        queue.async {
            self.executor.settle()
            self.run()
            self.linger()
        }
    }

    /// Somebody is going to work on the thread; `false` when it is too late for that.
    func enter() -> Bool {
        let isOpen = state.withLock { state in
            guard !state.isStopped else { return false }
            state.guests += 1
            return true
        }
        if isOpen { beginThread() }
        return isOpen
    }

    /// Somebody has ceased to.
    func leave() {
        state.withLock { $0.guests -= 1 }
        ring()
    }

    /// Has the thread look at what there is to do, which on it goes without saying.
    func ring() {
        if !executor.isHere { bell.poller.ring() }
    }

    /// Whether it can: the worker can carry out all.
    package func carries(_ target: ProbeTarget) -> Bool { true }

    /// Makes these the targets that may be asked for.
    package func update(targets: [ProbeTarget]) {
        let needs = ProbeWorker.Needs(of: targets)
        state.withLock { state in
            state.desk.update(targets: targets)
            state.needs = needs
        }
        ring()
    }

    /// Has the worker begin them; where there is none, they end at once and say nothing.
    package func start(_ orders: [ProbeOrder]) {
        let (refused, report) = state.withLock { state in
            state.isStopped ? ([], nil) : (state.desk.start(orders), state.report)
        }
        if !refused.isEmpty { report?(refused) }
        ring()
    }

    /// Ends the worker; what it was at is dropped.
    package func stop() {
        state.withLock { $0.isStopped = true }
        ring()
    }

    /// Makes an idle connection that tells what becomes of it, and answers with what ends it.
    package func open(
        _ endpoint: Endpoint,
        _ timing: SentinelTiming,
        telling tell: @escaping @Sendable (SentinelNews) -> Void
    ) -> @Sendable () -> Void {
        let dial = SentinelDial(endpoint: endpoint, timing: timing)
        guard let line = state.withLock({ $0.desk.open(dial, telling: tell) }) else {
            tell(.failed(.local))
            return {}
        }
        ring()
        return {
            self.state.withLock { $0.desk.close(line) }
            self.ring()
        }
    }

    // MARK: The thread of the worker

    private func run() {
        var post = WorkerPost(sight: ProbeWorkerSight(isRunning: false))
        while true {  // Ends when it is stopped.
            let ready = bell.poller.wait(patience(post.patience(at: SuspendingClock.now)))
            let now = SuspendingClock.now
            alarms.ring(at: now)
            post.bury()
            if let link = post.link, ready.contains(link.key) || ready.contains(link.key + 1) {
                hear(&post)
            }
            // Between what has arrived and what is to be sent: that is what guests turn into this.
            executor.run()
            let (isStopped, isWanted, needs) = state.withLock { state in
                (state.isStopped, state.desk.wantsWorker, state.needs)
            }
            guard !isStopped else { return }
            if let link = post.link {
                if link.privileges != needs.privileges {
                    lose(&post, because: "was replaced: the checks take other privileges now")
                }
            }
            if post.isDue(isWanted: isWanted, at: now) { begin(&post, needs, at: now) }
            if let link = post.link, !link.isSilent { send(link, &post) }
            // After all that may have made something that only time ends.
            if post.takeTick(at: now) { elapse(&post) }
        }
    }

    /// Works for guests only, until none is left.
    private func linger() {
        while state.withLock(\.guests) > 0 {
            _ = bell.poller.wait(patience(nil))
            alarms.ring(at: SuspendingClock.now)
            executor.run()
        }
    }

    /// How long the thread may wait that has nothing else to do for `own`.
    private func patience(_ own: Duration?) -> Duration? {
        guard !executor.isBusy else { return .zero }
        guard let alarm = alarms.patience(at: SuspendingClock.now) else { return own }
        return own.map { min($0, alarm) } ?? alarm
    }

    /// Starts a worker.
    private func begin(
        _ post: inout WorkerPost,
        _ needs: ProbeWorker.Needs,
        at now: SuspendingClock.Instant
    ) {
        post.startDue = nil
        do {
            let process = try ChildProcess(program(needs))
            let link = WorkerLink(
                process,
                key: post.takeKey(),
                since: now,
                privileges: needs.privileges
            )
            try bell.poller.watch(link.process.line, for: .either, key: link.key)
            try bell.poller.watch(link.process, key: link.key + 1)
            post.link = link
            state.withLock { $0.desk.begin() }
        } catch {
            post.link = nil
            settle(&post, after: .zero, because: "could not be started (\(error))")
        }
    }

    /// Reads what the worker says, for as long as there is something.
    private func hear(_ post: inout WorkerPost) {
        guard let link = post.link else { return }
        do {
            while !link.isSilent, let bytes = try link.read() {
                guard !bytes.isEmpty else {
                    try fallSilent(link)
                    break
                }
                link.frames.add(bytes)
                while let frame = try link.frames.next() { try act(on: frame, &post) }
            }
        } catch let fault as WireFault {
            return lose(&post, because: "said what none of ours would (\(fault))")
        } catch {
            do {
                try fallSilent(link)
            } catch {
                return lose(&post, because: "cannot be read from (\(error))")
            }
        }
        if let end = link.process.end { lose(&post, because: "\(end)") }
    }

    /// Nothing comes from a worker any more: how it ended is known in a moment.
    private func fallSilent(_ link: WorkerLink) throws(Errno) {
        link.isSilent = true
        try bell.poller.forget(link.process.line)
    }

    private func act(on frame: WireReader, _ post: inout WorkerPost) throws(WireFault) {
        let (taken, report) = state.withLock { ($0.desk.take(frame), $0.report) }
        for event in taken.others {
            switch event {
            case .ready:
                post.sight.isRunning = true
                told(post.sight)
            case .news(let tell, let news): tell(news)
            case .none, .ended: break
            }
        }
        if !taken.ended.isEmpty { report?(taken.ended) }
        if let fault = taken.fault { throw fault }
    }

    private func elapse(_ post: inout WorkerPost) {
        if let link = post.link, link.isSilent {
            link.silentTicks += 1
            if link.silentTicks > 1 { return lose(&post, because: "closed its line") }
        }
        guard let reason = state.withLock({ $0.desk.elapse() }) else { return }
        lose(&post, because: "was replaced: \(reason)")
    }

    /// Writes what waits, as much as the socket takes.
    private func send(_ link: WorkerLink, _ post: inout WorkerPost) {
        do throws(Errno) {
            repeat {
                if link.unsent.isEmpty { link.unsent = state.withLock { $0.desk.takeBytes() }[...] }
                guard try link.write() else { break }
            } while !link.unsent.isEmpty
            let interest: Poller.Interest = link.unsent.isEmpty ? .reading : .either
            guard interest != link.interest else { return }
            try bell.poller.change(link.process.line, to: interest, key: link.key)
            link.interest = interest
        } catch {
            // It is ending, or has closed its line.
            do {
                try fallSilent(link)
            } catch {
                lose(&post, because: "cannot be written to (\(error))")
            }
        }
    }

    /// Ends the worker and lets another one follow.
    private func lose(_ post: inout WorkerPost, because reason: String) {
        guard let link = post.link else { return }
        post.link = nil
        link.process.killGroup()
        post.dying.append(link)
        settle(&post, after: link.since.duration(to: SuspendingClock.now), because: reason)
    }

    /// Settles what a worker owed that is no more.
    private func settle(_ post: inout WorkerPost, after life: Duration, because reason: String) {
        let (owed, report) = state.withLock { state in
            (state.desk.lose(because: reason), state.report)
        }
        post.startDue = SuspendingClock.now + post.pause.ended(after: life)
        post.sight.isRunning = false
        post.sight.restarts += 1
        post.sight.lastEnd = reason
        told(post.sight)
        for (tell, news) in owed.news { tell(news) }
        if !owed.ends.isEmpty { report?(owed.ends) }
    }
}
