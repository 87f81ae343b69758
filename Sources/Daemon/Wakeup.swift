package import Core
import Synchronization

/// Wakes a loop: by somebody's call, or when a deadline passes.
///
/// It carries nothing. Whoever is woken looks where work may lie, so that calls which come
/// together count as one, and none is lost between a look and the next wait.
///
/// An alarm outlives the wait that it was set for: the next deadline is mostly the same one, and to
/// set an alarm takes a task of its own.
package struct Wakeup<Time: Clock>: Sendable where Time.Duration == Duration {
    /// What one loop has of it, for the whole of its life.
    package struct Calls {
        fileprivate var iterator: AsyncStream<Void>.Iterator
        /// When alarms go off that are set, the earliest last.
        fileprivate var alarms: [Moment] = []
    }

    private let clock: Time
    private let zero: Time.Instant
    private let bells: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let called = Called()

    /// Whether somebody has called since the loop last looked.
    private final class Called: Sendable {
        let state = Atomic(false)
    }

    /// A wake-up whose moments count from now on `clock`.
    package init(clock: Time) {
        self.clock = clock
        zero = clock.now
        // One pending bell says as much as many.
        (bells, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What the clock says.
    package var moment: Moment { .zero + zero.duration(to: clock.now) }

    /// Wakes the loop now, or makes its next wait end at once.
    package func wake() {
        called.state.store(true, ordering: .releasing)
        bell.yield()
    }

    /// The calls; one loop waits for them.
    package func makeCalls() -> Calls { Calls(iterator: bells.makeAsyncIterator()) }

    /// Has `wait` end at `deadline`, with a task of `group`, unless another alarm goes off before.
    package func setAlarm(
        for deadline: Moment?,
        _ calls: inout Calls,
        in group: inout DiscardingTaskGroup
    ) {
        guard let deadline, calls.alarms.last.map({ deadline < $0 }) ?? true else { return }
        calls.alarms.append(deadline)
        let instant = zero.advanced(by: deadline - .zero)
        group.addTask {
            do {
                // An alarm that came early would be taken for one that has still to come.
                while clock.now < instant {
                    try await clock.sleep(until: instant, tolerance: .zero)
                }
                bell.yield()
            } catch {
                // Cancelled: the loop is over.
            }
        }
    }

    /// Waits until `deadline` passes or someone calls; ends at once when the task is cancelled.
    ///
    /// `false` when an alarm went off that was for something else: another one may have to be set.
    package func wait(until deadline: Moment?, on calls: inout Calls) async -> Bool {
        await calls.iterator.next(isolation: nil)
        let now = moment
        while let alarm = calls.alarms.last, alarm <= now { calls.alarms.removeLast() }
        if called.state.exchange(false, ordering: .acquiring) || Task.isCancelled { return true }
        return deadline.map { $0 <= now } ?? false
    }
}
