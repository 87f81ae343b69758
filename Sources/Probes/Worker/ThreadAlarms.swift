import Synchronization

/// Calls that a thread makes when their time has come, beside what else it waits for.
final class ThreadAlarms: Sendable {
    private struct Alarm: Sendable {
        let due: SuspendingClock.Instant
        let call: @Sendable () -> Void
    }

    /// What is due sooner is left to somebody with a finer clock: a thread that waits for
    /// descriptors does so for whole milliseconds.
    static let least = Duration.milliseconds(4)

    /// The earliest last.
    private let alarms = Mutex<[Alarm]>([])

    /// Has `call` called at `due`, seen from `now`; `false` where that is too soon.
    func set(
        at due: SuspendingClock.Instant,
        now: SuspendingClock.Instant,
        _ call: @escaping @Sendable () -> Void
    ) -> Bool {
        guard now.duration(to: due) >= Self.least else { return false }
        alarms.withLock { alarms in
            let place = alarms.lastIndex { $0.due > due }.map { $0 + 1 } ?? 0
            alarms.insert(Alarm(due: due, call: call), at: place)
        }
        return true
    }

    /// How long it is to the next one; `nil` when none is set.
    func patience(at now: SuspendingClock.Instant) -> Duration? {
        alarms.withLock(\.last).map { max(.zero, now.duration(to: $0.due)) }
    }

    /// Makes the calls that are due.
    func ring(at now: SuspendingClock.Instant) {
        while let alarm = alarms.withLock({ alarms in
            alarms.last.map { $0.due <= now } ?? false ? alarms.popLast() : nil
        }) {
            alarm.call()
        }
    }
}
