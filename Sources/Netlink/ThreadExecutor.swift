import Glibc
import Synchronization

/// Runs tasks on a thread that also does something else, whenever that has time for them.
///
/// Here because it takes a job by its pointer; it knows nothing of netlink.
package final class ThreadExecutor: TaskExecutor {
    /// The most often in a row that what came of jobs is run, too, before the thread gets to what
    /// else it does.
    private static let mostRounds = 64

    private let jobs = Mutex<[UnownedJob]>([])
    private let thread = Atomic<UInt>(0)
    private let wake: @Sendable () -> Void

    /// An executor that calls `wake` when another thread than its own has left something to run.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// Whether this is the thread that runs the jobs.
    package var isHere: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Whether something waits to be run.
    package var isBusy: Bool { jobs.withLock { !$0.isEmpty } }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        if !isHere { wake() }
    }

    /// Makes this thread the one that runs the jobs.
    package func settle() { thread.store(pthread_self(), ordering: .relaxed) }

    /// Runs what waits, and what comes of that; on its own thread only.
    package func run() {
        for _ in 0..<Self.mostRounds {
            let due = jobs.withLock { jobs in
                let due = jobs
                jobs = []
                return due
            }
            guard !due.isEmpty else { return }
            for job in due { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
