package import Core

/// Wakes a loop: by somebody's call, or when a deadline passes.
///
/// It carries nothing. Whoever is woken looks where work may lie, so that calls which come
/// together count as one, and none is lost between a look and the next wait.
package struct Wakeup<Time: Clock>: Sendable where Time.Duration == Duration {
    private let clock: Time
    private let zero: Time.Instant
    private let calls: AsyncStream<Void>
    private let call: AsyncStream<Void>.Continuation

    /// A wake-up whose moments count from now on `clock`.
    package init(clock: Time) {
        self.clock = clock
        zero = clock.now
        // One pending call says as much as many.
        (calls, call) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What the clock says.
    package var moment: Moment { .zero + zero.duration(to: clock.now) }

    /// Wakes the loop now, or makes its next wait end at once.
    package func wake() { call.yield() }

    /// The calls; one loop iterates over them for the whole of its life.
    package func makeIterator() -> AsyncStream<Void>.Iterator { calls.makeAsyncIterator() }

    /// Returns when `deadline` passes or someone calls; at once when the task is cancelled.
    package func wait(
        until deadline: Moment?,
        on calls: inout AsyncStream<Void>.Iterator
    ) async {
        await withDiscardingTaskGroup { alarm in
            if let deadline {
                alarm.addTask {
                    do {
                        let instant = zero.advanced(by: deadline - .zero)
                        try await clock.sleep(until: instant, tolerance: .zero)
                        call.yield()
                    } catch {
                        // Cancelled: somebody called first.
                    }
                }
            }
            await calls.next()
            alarm.cancelAll()
        }
    }
}
