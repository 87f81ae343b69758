import Synchronization
import Testing

@testable import Probes

/// Which calls are made when.
@Suite struct ThreadAlarmsTests {
    private let start = SuspendingClock.now

    private func at(_ milliseconds: Int) -> SuspendingClock.Instant {
        start.advanced(by: .milliseconds(milliseconds))
    }

    @Test func theyAreMadeInTheirOrderAndNotBefore() {
        let alarms = ThreadAlarms()
        let called = Mutex<[Int]>([])
        #expect(alarms.patience(at: start) == nil)
        for due in [30, 10, 20, 10] {
            #expect(alarms.set(at: at(due), now: start) { called.withLock { $0.append(due) } })
        }
        #expect(alarms.patience(at: start) == .milliseconds(10))
        alarms.ring(at: at(9))
        #expect(called.withLock(\.self).isEmpty)
        alarms.ring(at: at(20))
        #expect(called.withLock(\.self) == [10, 10, 20])
        #expect(alarms.patience(at: at(20)) == .milliseconds(10))
        #expect(alarms.patience(at: at(31)) == .zero)
        alarms.ring(at: at(31))
        #expect(called.withLock(\.self) == [10, 10, 20, 30])
        #expect(alarms.patience(at: at(31)) == nil)
    }

    /// What a call sets is no part of the round that made it, unless it is due.
    @Test func aCallMaySetAnother() {
        let alarms = ThreadAlarms()
        let called = Mutex(0)
        let (now, next) = (at(10), at(20))
        _ = alarms.set(at: now, now: start) {
            _ = alarms.set(at: next, now: now) { called.withLock { $0 += 1 } }
        }
        alarms.ring(at: now)
        #expect(called.withLock(\.self) == 0)
        alarms.ring(at: next)
        #expect(called.withLock(\.self) == 1)
    }

    /// A connection that broke is confirmed a millisecond later: this clock is too coarse for that.
    @Test func whatIsDueTooSoonIsLeftToOthers() {
        let alarms = ThreadAlarms()
        let soon = start.advanced(by: ThreadAlarms.least - .nanoseconds(1))
        #expect(!alarms.set(at: soon, now: start) {})
        #expect(!alarms.set(at: start, now: at(1)) {})
        #expect(alarms.patience(at: start) == nil)
        #expect(alarms.set(at: start.advanced(by: ThreadAlarms.least), now: start) {})
    }
}
