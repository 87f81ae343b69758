import Dispatch
import Glibc
import Netlink
import Synchronization
import Testing

/// Tasks and times on a thread of our own.
@Suite(.timeLimit(.minutes(10))) struct EventThreadTests {
    /// An owner without descriptors: waits and runs tasks until it is told to end.
    private final class Owner: Sendable {
        private struct State {
            var isOver = false
            var number: pthread_t?
            var ended: CheckedContinuation<Void, Never>?
        }

        let thread: EventThread
        private let state = Mutex(State())

        init() throws {
            thread = try EventThread()
            DispatchQueue(label: "penstock.test.events").async { self.run() }
        }

        /// The thread, once it has begun.
        var number: pthread_t? { state.withLock(\.number) }

        /// Ends it, and waits until it has.
        func end() async {
            await withCheckedContinuation { continuation in
                state.withLock { $0.ended = continuation }
                state.withLock { $0.isOver = true }
                thread.ring()
            }
        }

        private func run() {
            state.withLock { $0.number = pthread_self() }
            while !state.withLock(\.isOver) {
                _ = thread.wait(nil)
                thread.runTasks()
            }
            thread.end()
            state.withLock(\.ended)?.resume()
        }
    }

    @Test func tasksThatPreferItRunOnItHoweverOftenTheyWait() async throws {
        let owner = try Owner()
        let numbers = await withTaskExecutorPreference(owner.thread) {
            var numbers = [pthread_self()]
            for _ in 0..<3 {
                await Task.yield()
                numbers.append(pthread_self())
            }
            return numbers
        }
        #expect(numbers.allSatisfy { $0 == owner.number })
        await owner.end()
    }

    @Test func aSleepEndsAtItsTimeAndNotBefore() async throws {
        let owner = try Owner()
        try await withTaskExecutorPreference(owner.thread) {
            for length in [Duration.zero, .microseconds(300), .milliseconds(6)] {
                let due = SuspendingClock.now + length
                try await owner.thread.sleep(until: due)
                #expect(SuspendingClock.now >= due)
                #expect(pthread_self() == owner.number)
            }
        }
        await owner.end()
    }

    /// Of two that sleep the later one does not hold up the other, whichever came first.
    @Test(arguments: [false, true]) func theEarliestEndsFirst(isLongFirst: Bool) async throws {
        let owner = try Owner()
        let now = SuspendingClock.now
        let order = await withTaskGroup(of: Int.self) { group in
            for number in isLongFirst ? [1, 0] : [0, 1] {
                group.addTask(executorPreference: owner.thread) {
                    do {
                        try await owner.thread.sleep(
                            until: now + .milliseconds(1 + 3_600_000 * number)
                        )
                    } catch {
                        return -number
                    }
                    return number
                }
            }
            let first = await group.next()
            group.cancelAll()
            return [first, await group.next()]
        }
        #expect(order == [0, -1])
        await owner.end()
    }

    @Test func aSleepOfACancelledTaskEndsAtOnce() async throws {
        let owner = try Owner()
        let task = Task { try await owner.thread.sleep(until: .now + .seconds(3600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await owner.end()
    }

    @Test func itsEndEndsSleepsAndLeavesTasksToOthers() async throws {
        let owner = try Owner()
        let sleeper = Task { try await owner.thread.sleep(until: .now + .seconds(3600)) }
        await owner.end()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        let number = await withTaskExecutorPreference(owner.thread) {
            await Task.yield()
            return 7
        }
        #expect(number == 7)
        // Nobody would wake whoever sleeps now.
        await #expect(throws: CancellationError.self) {
            try await owner.thread.sleep(until: .now + .seconds(3600))
        }
    }
}
