import Dispatch
import Netlink
import Synchronization

/// A thread for one task that mostly waits, and for its alarms.
///
/// On the pool that all tasks share, an alarm wakes the thread of the timers, that one a thread of
/// the pool, and that another one in case there is more to do: three for one turn, each dearer than
/// most turns are.
package final class TaskThread: Sendable {
    private let thread: EventThread
    private let hasBegun = Atomic(false)
    private let isOver = Atomic(false)
    private let queue: DispatchQueue

    /// A thread called `label` that has not begun yet.
    ///
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left.
    package init(label: String) throws {
        thread = try EventThread()
        queue = DispatchQueue(label: label)
    }

    /// What is to run the task: none of what runs there may block.
    package var executor: any TaskExecutor { thread }

    /// The clock with the alarms of this thread.
    package var clock: ThreadClock { ThreadClock(thread) }

    /// Runs what prefers it from now on, until `end`; may be called once.
    package func begin() {
        let isSecond = hasBegun.exchange(true, ordering: .relaxed)
        precondition(!isSecond, "What has ended has no alarms")
        queue.async { [thread, self] in
            while !isOver.load(ordering: .acquiring) {
                _ = thread.wait(nil)
                thread.runTasks()
            }
            thread.end()
        }
    }

    /// Ends it; what still prefers it is run by those of all tasks.
    package func end() {
        isOver.store(true, ordering: .releasing)
        thread.ring()
    }
}
