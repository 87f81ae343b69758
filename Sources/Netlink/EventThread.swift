import Glibc
import Synchronization

/// A thread that waits for descriptors and for times, and runs the tasks that prefer it.
///
/// What wakes it, the tasks that go on with that, and what these ask of its descriptors come one
/// after the other, and no other thread is woken in between, which costs more than most of them do.
/// The loop is whose the descriptors are: it calls `runTasks` and `wait` in turn. Only tasks that
/// never block may prefer it.
///
/// Here because it takes a job that is counted by nobody; it knows nothing of netlink.
package final class EventThread: TaskExecutor {
    private struct Sleeper {
        let id: UInt64
        let due: SuspendingClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var sleepers: [Sleeper] = []
        var lastSleeper: UInt64 = 0
        /// Those whose task was cancelled before they slept.
        var cancelled: Set<UInt64> = []
        /// Whether something has come that the next wait must not overlook.
        var isRung = false
        var isOver = false
        /// Who calls `runTasks` and `wait`, once anybody has.
        var thread: pthread_t?
    }

    /// What is waited for, beside tasks and times.
    package let poller: Poller
    private let state = Mutex(State())

    /// A thread to be.
    ///
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left. Not in its type: from an
    ///   asynchronous function, a debug build of Swift 6.3.1 then overwrites its caller's frame.
    package init() throws { poller = try Poller() }

    /// Takes a piece of a task; one that comes after the end is run by those of all tasks.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isOver = state.withLock { state in
            if !state.isOver { state.jobs.append(job) }
            return state.isOver
        }
        if isOver { return globalConcurrentExecutor.enqueue(job) }
        ring()
    }

    /// Makes the next wait end at once, from any thread, and the one that is under way.
    package func ring() {
        let isOwn = state.withLock { state in
            state.isRung = true
            return state.thread == pthread_self()
        }
        // It is not waiting, then.
        if !isOwn { poller.ring() }
    }

    /// Runs what tasks have to do, until there is nothing.
    ///
    /// What was rung for is to be looked at after this, before the next wait.
    package func runTasks() {
        while true {  // Ends when no task has anything to do.
            let jobs = state.withLock { state in
                defer { state.jobs = [] }
                if state.jobs.isEmpty { state.isRung = false }
                return state.jobs
            }
            guard !jobs.isEmpty else { return }
            for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Waits until a descriptor is ready, it is rung for, or that long; `nil` is for ever.
    package func wait(_ patience: Duration?) -> [Poller.Event] {
        let now = SuspendingClock.now
        let most = state.withLock { state in
            state.thread = pthread_self()
            guard !state.isRung, state.jobs.isEmpty else { return Duration?.some(.zero) }
            let alarm = state.sleepers.lazy.map(\.due).min().map {
                max(.zero, now.duration(to: $0))
            }
            return [alarm, patience].compactMap { $0 }.min()
        }
        let events = poller.events(within: most)
        wakeSleepers(at: SuspendingClock.now)
        return events
    }

    /// Ends it: nobody calls `wait` any more, and what tasks have to do is done elsewhere.
    package func end() {
        let (jobs, sleepers) = state.withLock { state in
            defer { (state.jobs, state.sleepers) = ([], []) }
            state.isOver = true
            return (state.jobs, state.sleepers)
        }
        for job in jobs { globalConcurrentExecutor.enqueue(job) }
        for sleeper in sleepers { sleeper.continuation.resume(throwing: CancellationError()) }
    }

    /// Sleeps until `due`; with an error when the task is cancelled, or the thread ends.
    package func sleep(until due: SuspendingClock.Instant) async throws {
        let id = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isEarly = state.withLock { state in
                    guard state.cancelled.remove(id) == nil, !state.isOver else { return false }
                    let sleeper = Sleeper(id: id, due: due, continuation: continuation)
                    state.sleepers.append(sleeper)
                    return true
                }
                if isEarly { ring() } else { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            wake(id)
        }
    }

    private func wakeSleepers(at now: SuspendingClock.Instant) {
        let due = state.withLock { state in
            let due = state.sleepers.filter { $0.due <= now }
            if !due.isEmpty { state.sleepers.removeAll { $0.due <= now } }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Ends the sleep of a task that was cancelled.
    private func wake(_ id: UInt64) {
        let sleeper = state.withLock { state -> Sleeper? in
            guard let place = state.sleepers.firstIndex(where: { $0.id == id }) else {
                if !state.isOver { state.cancelled.insert(id) }
                return nil
            }
            return state.sleepers.remove(at: place)
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
