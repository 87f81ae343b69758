import Glibc
import Probes
import Testing

/// A task and its alarms on a thread of their own.
@Suite(.timeLimit(.minutes(10))) struct TaskThreadTests {
    @Test func theTaskAndWhatWakesItAreOneThread() async throws {
        let thread = try TaskThread(label: "penstock.test.loop")
        thread.begin()
        let clock = thread.clock
        let numbers = try await withTaskExecutorPreference(thread.executor) {
            var numbers = [pthread_self()]
            for _ in 0..<3 {
                let due = clock.now + .milliseconds(1)
                try await clock.sleep(until: due, tolerance: nil)
                #expect(clock.now >= due)
                numbers.append(pthread_self())
            }
            return numbers
        }
        #expect(Set(numbers).count == 1)
        thread.end()
    }

    /// What others run is not run there, however much the task waits for it.
    @Test func otherTasksAreRunByOthers() async throws {
        let thread = try TaskThread(label: "penstock.test.loop")
        thread.begin()
        let (own, other) = await withTaskExecutorPreference(thread.executor) {
            let own = pthread_self()
            return await withTaskGroup(of: pthread_t.self) { group in
                group.addTask(executorPreference: globalConcurrentExecutor) { pthread_self() }
                return (own, await group.next())
            }
        }
        #expect(other != nil)
        #expect(own != other)
        thread.end()
    }

    @Test func whatComesAfterItsEndIsRunAllTheSame() async throws {
        let thread = try TaskThread(label: "penstock.test.loop")
        thread.begin()
        thread.end()
        let answer = await withTaskExecutorPreference(thread.executor) {
            await Task.yield()
            return 42
        }
        #expect(answer == 42)
        let clock = thread.clock
        // Or it would sleep for ever. Not at once: the thread may not have ended yet.
        await #expect(throws: CancellationError.self) {
            try await clock.sleep(until: clock.now + .seconds(3600), tolerance: nil)
        }
    }
}
