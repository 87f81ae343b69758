import Synchronization

/// A clock that stands still until a test moves it.
final class ManualClock: Clock {
    /// A moment of this clock, as the time since its start.
    struct Instant: InstantProtocol {
        let sinceStart: Duration

        func advanced(by duration: Duration) -> Self { Self(sinceStart: sinceStart + duration) }
        func duration(to other: Self) -> Duration { other.sinceStart - sinceStart }
        static func < (left: Self, right: Self) -> Bool { left.sinceStart < right.sinceStart }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(sinceStart: .zero)
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        /// Sleeps cancelled before they began.
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }
    /// Whether anybody sleeps.
    var hasSleepers: Bool { sleeperCount > 0 }
    /// How many sleep.
    var sleeperCount: Int { state.withLock(\.sleepers.count) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the time and wakes everybody whose time has come.
    func advance(by duration: Duration) {
        advance { $0.now.advanced(by: duration) }
    }

    /// Moves the time to when the first sleeper wakes, if anybody sleeps.
    func advanceToFirstSleeper() {
        advance { state in state.sleepers.values.map(\.deadline).min() ?? state.now }
    }

    private func advance(_ moment: (State) -> Instant) {
        let woken = state.withLock { state in
            state.now = max(state.now, moment(state))
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }
}
