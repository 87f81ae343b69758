import Core
import Testing

/// Rates come from two readings far enough apart; a counter that restarts is no rate.
@Suite struct RateMeterTests {
    private func at(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func oneReadingIsNoRate() {
        var meter = RateMeter()
        meter.read(1000, at: at(0), quietBelow: 1)
        meter.read(1000, at: at(2000), quietBelow: 1)
        #expect(meter.rate == nil)
        #expect(meter.quietSince == nil)
    }

    @Test func quietBeginsWithTheWindowInWhichItWasQuiet() {
        var meter = RateMeter()
        meter.read(0, at: at(0), quietBelow: 1)
        meter.read(5000, at: at(2500), quietBelow: 1)
        #expect(meter.rate == 2000)
        #expect(meter.quietSince == nil)
        meter.read(5001, at: at(5000), quietBelow: 1)
        #expect(meter.rate == 0.4)
        #expect(meter.quietSince == at(2500))
        meter.read(5002, at: at(7500), quietBelow: 1)
        #expect(meter.quietSince == at(2500))
        meter.read(9000, at: at(10_000), quietBelow: 1)
        #expect(meter.quietSince == nil)
    }

    @Test func aCounterThatRestartedBeginsAnew() {
        var meter = RateMeter()
        meter.read(1000, at: at(0), quietBelow: 1)
        meter.read(10, at: at(3000), quietBelow: 1)
        #expect(meter.rate == nil)
        meter.read(10, at: at(6000), quietBelow: 1)
        #expect(meter.rate == 0)
    }
}
