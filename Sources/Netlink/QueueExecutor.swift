import Dispatch

/// Runs an actor on a queue of its own.
///
/// The calls of such an actor may block; on Swift's cooperative pool, which has one thread for
/// each CPU, they would hold up everything else.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// A queue whose name debuggers show.
    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }
}
