import Dispatch
import Netlink
import Synchronization
import Testing

/// Tasks on a thread that has something else to do, too.
@Suite(.timeLimit(.minutes(1))) struct ThreadExecutorTests {
    /// A thread that waits to be woken.
    private final class Stage: Sendable {
        let executor: ThreadExecutor
        private let bell: DispatchSemaphore
        private let isOver = Atomic(false)

        init() {
            let bell = DispatchSemaphore(value: 0)
            self.bell = bell
            executor = ThreadExecutor { bell.signal() }
            DispatchQueue(label: "stage").async {
                self.executor.settle()
                while !self.isOver.load(ordering: .acquiring) {
                    self.executor.run()
                    if !self.executor.isBusy { self.bell.wait() }
                }
            }
        }

        func end() {
            isOver.store(true, ordering: .releasing)
            bell.signal()
        }
    }

    /// All of a task runs there, however often it lets others go first, and its children do.
    @Test func aTaskAndItsChildrenRunOnTheThread() async {
        let stage = Stage()
        let executor = stage.executor
        #expect(!executor.isHere)
        let elsewhere = await withTaskExecutorPreference(executor) {
            var elsewhere = 0
            for _ in 0..<1_000 {
                if !executor.isHere { elsewhere += 1 }
                await Task.yield()
            }
            return await withTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { executor.isHere ? 0 : 1 } }
                return await group.reduce(elsewhere, +)
            }
        }
        #expect(elsewhere == 0)
        #expect(!executor.isHere && !executor.isBusy)
        stage.end()
    }
}
