import Core
import Daemon
import Testing

/// When a late wake-up is a freeze, and what it takes back.
@Suite struct FreezeWatchTests {
    private func at(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func sleepsNoLongerThanAHeartbeat() {
        var watch = FreezeWatch()
        #expect(watch.sleep(until: nil, now: at(1000)) == at(1250))
        #expect(watch.sleep(until: at(5000), now: at(1000)) == at(1250))
        #expect(watch.sleep(until: at(1100), now: at(1000)) == at(1100))
        #expect(watch.sleep(until: at(900), now: at(1000)) == at(1000))
    }

    @Test func onlyALargeDelayIsAFreeze() {
        var watch = FreezeWatch()
        #expect(watch.runs(now: at(9_999_999)) == nil)
        _ = watch.sleep(until: at(100), now: .zero)
        #expect(watch.runs(now: at(50)) == nil)
        _ = watch.sleep(until: at(100), now: at(50))
        #expect(watch.runs(now: at(600)) == nil)
        _ = watch.sleep(until: at(700), now: at(600))
        #expect(watch.runs(now: at(1201)) == .milliseconds(501))
    }

    @Test func aFreezeWhileAwakeIsOneToo() {
        var watch = FreezeWatch()
        _ = watch.sleep(until: at(100), now: .zero)
        #expect(watch.runs(now: at(100)) == nil)
        #expect(watch.runs(now: at(601)) == .milliseconds(501))
        #expect(watch.runs(now: at(602)) == nil)
    }

    @Test func onlyFailuresFromBeforeAreTakenBack() {
        var watch = FreezeWatch()
        let failure = Outcome(.l4timeout, detail: "no connection within 1s")
        #expect(watch.judged(failure, started: .zero) == failure)
        _ = watch.sleep(until: at(100), now: .zero)
        #expect(watch.runs(now: at(5000)) != nil)
        #expect(watch.judged(failure, started: at(4999)).verdict == .unknown)
        #expect(watch.judged(failure, started: at(5000)) == failure)
        let pass = Outcome(.l7ok, status: 200)
        #expect(watch.judged(pass, started: .zero) == pass)
        let local = Outcome(.socketError, detail: "out of descriptors")
        #expect(watch.judged(local, started: .zero) == local)
    }
}
