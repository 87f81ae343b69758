import Core
import Synchronization
import Testing

@testable import Daemon

/// Waking by call and by deadline, in a time that only the test moves.
@Suite(.timeLimit(.minutes(10))) struct WakeupTests {
    private let clock = ManualClock()

    @Test func momentsCountFromItsBeginning() {
        clock.advance(by: .seconds(5))
        let wakeup = Wakeup(clock: clock)
        #expect(wakeup.moment == .zero)
        clock.advance(by: .milliseconds(1500))
        #expect(wakeup.moment == .zero + .milliseconds(1500))
    }

    @Test func aDeadlineEndsAWaitAndNotBefore() async {
        let wakeup = Wakeup(clock: clock)
        let ended = Flag()
        await withDiscardingTaskGroup { group in
            group.addTask {
                var calls = wakeup.makeIterator()
                await wakeup.wait(until: .zero + .seconds(10), on: &calls)
                ended.raise()
            }
            while !clock.hasSleepers { await Task.yield() }  // Until it sleeps.
            clock.advance(by: .seconds(9))
            #expect(clock.hasSleepers && !ended.isUp)
            clock.advance(by: .seconds(1))
        }
        #expect(ended.isUp)
        #expect(!clock.hasSleepers)
    }

    @Test func aDeadlineThatPassedEndsAWaitAtOnce() async {
        let wakeup = Wakeup(clock: clock)
        clock.advance(by: .seconds(2))
        var calls = wakeup.makeIterator()
        await wakeup.wait(until: .zero + .seconds(1), on: &calls)
        #expect(!clock.hasSleepers)
    }

    /// A call between a look and the wait is not lost, and many count as one.
    @Test func callsBeforeAWaitEndItOnce() async {
        let wakeup = Wakeup(clock: clock)
        for _ in 0..<3 { wakeup.wake() }
        var calls = wakeup.makeIterator()
        await wakeup.wait(until: nil, on: &calls)
        // Had the calls been counted, this would end without the clock.
        let ended = Flag()
        await withDiscardingTaskGroup { group in
            group.addTask {
                var calls = wakeup.makeIterator()
                await wakeup.wait(until: .zero + .seconds(1), on: &calls)
                ended.raise()
            }
            while !clock.hasSleepers { await Task.yield() }  // Until it sleeps.
            #expect(!ended.isUp)
            wakeup.wake()
        }
        #expect(ended.isUp)
        // The alarm that was not needed is gone with its wait.
        #expect(!clock.hasSleepers)
    }

    @Test func cancellationEndsAWait() async {
        let wakeup = Wakeup(clock: clock)
        await withDiscardingTaskGroup { group in
            group.addTask {
                var calls = wakeup.makeIterator()
                await wakeup.wait(until: .zero + .seconds(3600), on: &calls)
            }
            while !clock.hasSleepers { await Task.yield() }  // Until it sleeps.
            group.cancelAll()
        }
        #expect(!clock.hasSleepers)
    }
}

/// Something that has happened, told from one task to another.
private final class Flag: Sendable {
    private let state = Mutex(false)

    var isUp: Bool { state.withLock { $0 } }

    func raise() { state.withLock { $0 = true } }
}
