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
        /// What the checks take.
        var needs = ProbeWorker.Needs()
        /// Whether it was told of targets already.
        var knowsTargets = false
    }

    private let thread: EventThread
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
        thread = try EventThread()
        self.program = program
        self.told = told
        state = Mutex(State(desk: WorkerDesk(userAgent: userAgent)))
        queue.async { self.run() }
    }

    /// What is to run the tasks that order probes and take what came of them: the thread that has
    /// the worker, until `stop`.
    ///
    /// None of them may block.
    package var executor: any TaskExecutor { thread }

    /// The clock with alarms of that thread.
    package var clock: ThreadClock { ThreadClock(thread) }

    /// Reports there from now on what has ended.
    package func begin(report: @escaping @Sendable ([ProbeEnd]) -> Void) {
        state.withLock { $0.report = report }
    }

    /// Whether it can: the worker can carry out all.
    package func carries(_ target: ProbeTarget) -> Bool { true }

    /// Makes these the targets that may be asked for.
    package func update(targets: [ProbeTarget]) {
        let needs = ProbeWorker.Needs(of: targets)
        let isFirst = state.withLock { state in
            defer { state.knowsTargets = true }
            state.desk.update(targets: targets)
            state.needs = needs
            return !state.knowsTargets
        }
        // The configuration was read by way of a tree of all its words, and the table laid by way
        // of as many changes: neither is to count as ours for ever. Once, while no probe waits.
        if isFirst { OwnProcess.giveBackFreedMemory() }
        thread.ring()
    }

    /// Has the worker begin them; where there is none, they end at once and say nothing.
    package func start(_ orders: [ProbeOrder]) {
        let (refused, report) = state.withLock { state in
            state.isStopped ? ([], nil) : (state.desk.start(orders), state.report)
        }
        if !refused.isEmpty { report?(refused) }
        thread.ring()
    }

    /// Ends the worker; what it was at is dropped.
    package func stop() {
        state.withLock { $0.isStopped = true }
        thread.ring()
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
        thread.ring()
        return {
            self.state.withLock { $0.desk.close(line) }
            self.thread.ring()
        }
    }

    // MARK: The thread of the worker

    private func run() {
        var post = WorkerPost(sight: ProbeWorkerSight(isRunning: false))
        while true {  // Ends when it is stopped.
            let ready = thread.wait(post.patience(at: SuspendingClock.now)).map(\.key)
            // Those whom the time has woken: what they order goes with this turn.
            thread.runTasks()
            guard !state.withLock(\.isStopped) else { return thread.end() }
            post.bury()
            if let link = post.link, ready.contains(link.key) || ready.contains(link.key + 1) {
                hear(&post)
                // Those for whom that was something, likewise.
                thread.runTasks()
                guard !state.withLock(\.isStopped) else { return thread.end() }
            }
            attend(&post)
        }
    }

    /// Sees that there is a worker, and that it knows what is wanted of it.
    private func attend(_ post: inout WorkerPost) {
        let (isWanted, needs) = state.withLock { ($0.desk.wantsWorker, $0.needs) }
        let now = SuspendingClock.now
        if let link = post.link, link.privileges != needs.privileges {
            lose(&post, because: "was replaced: the checks take other privileges now")
        }
        if post.isDue(isWanted: isWanted, at: now) { begin(&post, needs, at: now) }
        if let link = post.link, !link.isSilent { send(link, &post) }
        // After all that may have made something that only time ends.
        if post.takeTick(at: now) { elapse(&post) }
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
            try thread.poller.watch(link.process.line, for: .either, key: link.key)
            try thread.poller.watch(link.process, key: link.key + 1)
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
        try thread.poller.forget(link.process.line)
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
            try thread.poller.change(link.process.line, to: interest, key: link.key)
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

/// What the thread of the worker remembers between two looks.
private struct WorkerPost {
    var link: WorkerLink?
    /// Those that were told to end and have not yet been seen to.
    var dying: [WorkerLink] = []
    var sight: ProbeWorkerSight
    var pause = RestartPause()
    /// When the next worker is to be started; `nil` while there is one, or none was wanted yet.
    var startDue: SuspendingClock.Instant?
    private var nextTick: SuspendingClock.Instant?
    private var lastKey: UInt64 = 0

    init(sight: ProbeWorkerSight) { self.sight = sight }

    /// How long nothing is due; `nil` while nothing was ever ordered.
    func patience(at now: SuspendingClock.Instant) -> Duration? {
        [nextTick, startDue].compactMap { $0 }.min().map { max(.zero, now.duration(to: $0)) }
    }

    /// Whether a tick has passed; one at the most, however late this is asked.
    mutating func takeTick(at now: SuspendingClock.Instant) -> Bool {
        guard link != nil || startDue != nil || !dying.isEmpty else {
            nextTick = nil
            return false
        }
        let due = nextTick ?? now + WorkerDesk.tick
        guard now >= due else {
            nextTick = due
            return false
        }
        nextTick = now + WorkerDesk.tick
        return true
    }

    /// Whether a worker is to be started now.
    func isDue(isWanted: Bool, at now: SuspendingClock.Instant) -> Bool {
        guard link == nil else { return false }
        return startDue.map { now >= $0 } ?? isWanted
    }

    /// Two keys for the poller, of which this is the first.
    mutating func takeKey() -> UInt64 {
        defer { lastKey += 2 }
        return lastKey
    }

    /// Forgets those that have ended.
    mutating func bury() { dying.removeAll { $0.process.end != nil } }
}

/// A worker and the line to it, as the director has them.
private final class WorkerLink {
    /// The bytes that are read at once.
    private static let readBytes = 64 * 1024

    let process: ChildProcess
    /// The key of the line; the next one is that of the process.
    let key: UInt64
    let since: SuspendingClock.Instant
    /// What it may do.
    let privileges: [ChildProgram.Privilege]
    var frames = FrameReader()
    /// What the kernel has not yet taken.
    var unsent: ArraySlice<UInt8> = []
    var interest = Poller.Interest.either
    /// Whether nothing comes from it any more, and for how many ticks.
    var isSilent = false
    var silentTicks = 0
    private var buffer = [UInt8](repeating: 0, count: readBytes)

    init(
        _ process: consuming ChildProcess,
        key: UInt64,
        since: SuspendingClock.Instant,
        privileges: [ChildProgram.Privilege]
    ) {
        self.process = process
        self.key = key
        self.since = since
        self.privileges = privileges
    }

    /// What has arrived; empty at the end of the line, `nil` when nothing is there yet.
    func read() throws(Errno) -> ArraySlice<UInt8>? {
        try process.line.receive(into: &buffer).map { buffer[..<$0] }
    }

    /// Writes; whether the kernel took all of it.
    func write() throws(Errno) -> Bool {
        guard !unsent.isEmpty else { return true }
        unsent = unsent.dropFirst(try process.line.send(unsent))
        return unsent.isEmpty
    }
}
