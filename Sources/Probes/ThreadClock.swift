import Netlink

/// The time of the host while it does not sleep; whoever sleeps on it is woken by the thread of a
/// prober, if it has one, without another thread in between.
package struct ThreadClock: Clock {
    /// A moment of the clock that stands still while the host sleeps.
    package typealias Instant = SuspendingClock.Instant

    private let thread: EventThread?

    /// A clock with the alarms of `thread`, or with those that all tasks have.
    init(_ thread: EventThread?) { self.thread = thread }

    /// A clock with the alarms that all tasks have.
    package init() { thread = nil }

    /// This moment.
    package var now: Instant { SuspendingClock.now }

    /// The shortest time that is told from none.
    package var minimumResolution: Duration { SuspendingClock().minimumResolution }

    /// Sleeps until `deadline`, and no longer than the thread takes to come to it.
    ///
    /// - Throws: `CancellationError`, when the task is cancelled or the thread has ended.
    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        guard let thread else {
            return try await SuspendingClock().sleep(until: deadline, tolerance: tolerance)
        }
        try await thread.sleep(until: deadline)
    }
}
