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

    /// Waits as a loop does; how often it was woken for nothing.
    private func wait(
        _ wakeup: Wakeup<ManualClock>,
        until deadline: Moment?,
        on calls: inout Wakeup<ManualClock>.Calls,
        in group: inout DiscardingTaskGroup
    ) async -> Int {
        var vain = 0
        wakeup.setAlarm(for: deadline, &calls, in: &group)
        while await !wakeup.wait(until: deadline, on: &calls) {
            vain += 1
            wakeup.setAlarm(for: deadline, &calls, in: &group)
        }
        return vain
    }

    /// A loop that waits until these moments, one after the other, and then ends.
    private func loop(
        _ wakeup: Wakeup<ManualClock>,
        _ deadlines: [Moment?],
        woken: @escaping @Sendable (_ vain: Int) -> Void
    ) async {
        var calls = wakeup.makeCalls()
        await withDiscardingTaskGroup { group in
            for deadline in deadlines {
                woken(await wait(wakeup, until: deadline, on: &calls, in: &group))
            }
            group.cancelAll()
        }
    }

    private func untilSomebodySleeps() async {
        while !clock.hasSleepers { await Task.yield() }
    }

    @Test func aDeadlineEndsAWaitAndNotBefore() async {
        let wakeup = Wakeup(clock: clock)
        let turns = Turns()
        await withDiscardingTaskGroup { group in
            group.addTask { await loop(wakeup, [.zero + .seconds(10)]) { turns.add($0) } }
            await untilSomebodySleeps()
            clock.advance(by: .seconds(9))
            #expect(clock.hasSleepers && turns.all.isEmpty)
            clock.advance(by: .seconds(1))
        }
        #expect(turns.all == [0])
        #expect(!clock.hasSleepers)
    }

    @Test func aDeadlineThatPassedEndsAWaitAtOnce() async {
        let wakeup = Wakeup(clock: clock)
        clock.advance(by: .seconds(2))
        let turns = Turns()
        await loop(wakeup, [.zero + .seconds(1)]) { turns.add($0) }
        #expect(turns.all == [0])
        #expect(!clock.hasSleepers)
    }

    /// A call between a look and the wait is not lost, and many count as one.
    @Test func callsBeforeAWaitEndItOnce() async {
        let wakeup = Wakeup(clock: clock)
        for _ in 0..<3 { wakeup.wake() }
        let turns = Turns()
        await withDiscardingTaskGroup { group in
            group.addTask { await loop(wakeup, [nil, .zero + .seconds(1)]) { turns.add($0) } }
            await untilSomebodySleeps()
            // Had the calls been counted, the second wait would have ended without the clock.
            #expect(turns.all == [0])
            wakeup.wake()
        }
        #expect(turns.all == [0, 0])
        // The alarm that was not needed is gone with its loop.
        #expect(!clock.hasSleepers)
    }

    /// A wait that was ended by a call leaves its alarm to the next one.
    @Test func anAlarmServesTheWaitsAfterItsOwn() async {
        let wakeup = Wakeup(clock: clock)
        let turns = Turns()
        let ten = Moment.zero + .seconds(10)
        await withDiscardingTaskGroup { group in
            group.addTask { await loop(wakeup, [ten, ten, ten + .seconds(10)]) { turns.add($0) } }
            await untilSomebodySleeps()
            wakeup.wake()
            while turns.all.count < 1 { await Task.yield() }
            #expect(clock.sleeperCount == 1)
            clock.advance(by: .seconds(10))
            while turns.all.count < 2 { await Task.yield() }
            await untilSomebodySleeps()
            clock.advance(by: .seconds(10))
        }
        #expect(turns.all == [0, 0, 0])
    }

    /// An alarm for what is not waited for any more wakes nobody.
    @Test func anEarlierAlarmEndsNoLaterWait() async {
        let wakeup = Wakeup(clock: clock)
        let turns = Turns()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await loop(wakeup, [.zero + .seconds(1), .zero + .seconds(5)]) { turns.add($0) }
            }
            await untilSomebodySleeps()
            wakeup.wake()
            while turns.all.count < 1 { await Task.yield() }
            clock.advance(by: .seconds(1))
            await untilSomebodySleeps()
            #expect(turns.all == [0])
            clock.advance(by: .seconds(4))
        }
        #expect(turns.all == [0, 1])
    }

    /// What is due before the alarm that is set gets one of its own.
    @Test func anEarlierDeadlineHasItsOwnAlarm() async {
        let wakeup = Wakeup(clock: clock)
        let turns = Turns()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await loop(wakeup, [.zero + .seconds(60), .zero + .seconds(1)]) { turns.add($0) }
            }
            await untilSomebodySleeps()
            wakeup.wake()
            while clock.sleeperCount < 2 { await Task.yield() }
            clock.advance(by: .seconds(1))
        }
        #expect(turns.all == [0, 0])
        #expect(!clock.hasSleepers)
    }

    @Test func cancellationEndsAWait() async {
        let wakeup = Wakeup(clock: clock)
        await withDiscardingTaskGroup { group in
            group.addTask { await loop(wakeup, [.zero + .seconds(3600)]) { _ in } }
            await untilSomebodySleeps()
            group.cancelAll()
        }
        #expect(!clock.hasSleepers)
    }
}

/// The waits of a loop that have ended, each with how often it was woken for nothing.
private final class Turns: Sendable {
    private let state = Mutex<[Int]>([])

    var all: [Int] { state.withLock { $0 } }

    func add(_ vain: Int) { state.withLock { $0.append(vain) } }
}
