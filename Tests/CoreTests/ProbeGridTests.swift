import Core
import Testing
import TestSupport

/// When regular probes meet, and that they do.
@Suite struct ProbeGridTests {
    @Test(arguments: [
        // Probes a second, the interval in milliseconds, the step.
        (0.0, 10_000, 80), (1, 1000, 80), (1600, 1000, 80), (1601, 1000, 40), (3200, 1000, 40),
        (3201, 1000, 20), (10_000, 1000, 10), (12_800, 1000, 10), (20_000, 1000, 5), (0, 960, 80),
        (0, 959, 40), (0, 100, 5),
    ])
    func aStepIsASmallPartOfAnIntervalAndHoldsFewProbes(rate: Double, every: Int, step: Int) {
        #expect(ProbeGrid(rate: rate).step(for: .milliseconds(every)) == .milliseconds(step))
    }

    @Test(arguments: [(0.0, 59), (100_000, 1000)])
    func whereAnyStepIsTooCoarseThereIsNone(rate: Double, every: Int) {
        let grid = ProbeGrid(rate: rate)
        let moment = Moment(nanoseconds: 123_456_789)
        #expect(grid.step(for: .milliseconds(every)) == nil)
        let bounds = Moment.zero...(moment + .seconds(1))
        #expect(grid.moment(near: moment, within: bounds, every: .milliseconds(every)) == moment)
    }

    @Test(arguments: [
        // In milliseconds, with steps of 80: wanted, between, planned.
        (999, 950...1050, 960), (1001, 950...1050, 1040), (952, 950...1050, 960),
        (1049, 950...1050, 1040), (999, 961...1061, 1040), (1041, 930...1030, 960),
    ])
    func theNearestMomentWithinTheJitterIsTaken(
        wanted: Int,
        between: ClosedRange<Int>,
        planned: Int
    ) {
        func at(_ milliseconds: Int) -> Moment { .zero + .milliseconds(milliseconds) }
        let bounds = at(between.lowerBound)...at(between.upperBound)
        let moment = ProbeGrid().moment(near: at(wanted), within: bounds, every: .seconds(1))
        #expect(moment == at(planned))
    }

    /// A thousand targets that began anywhere within a second start by the dozen soon, and still as
    /// often as their interval says.
    @Test(arguments: UInt64(0)..<5)
    func whoIsDueAtAboutTheSameTimeStartsTogether(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var schedule = ProbeSchedule(concurrency: 1000)
        let targets = (0..<1000).map { ProbeTarget.numbered($0, every: .seconds(1)) }
        schedule.update(targets: targets, now: .zero, using: &generator)
        var starts: [Moment: Int] = [:]
        while let now = schedule.nextDeadline, now < .zero + .seconds(30) {
            let runs = schedule.due(now: now)
            starts[now, default: 0] += runs.count
            for run in runs {
                #expect(run.lateness == .zero)
                schedule.finished(run, .passed, now: now + .milliseconds(1), using: &generator)
            }
        }
        let settled = starts.filter { $0.key > .zero + .seconds(5) }
        // 25 moments in two seconds, however many probes.
        #expect((300...313).contains(settled.count))
        #expect(abs(settled.values.reduce(0, +) - 25_000) < 250)
        #expect(settled.values.allSatisfy { $0 < 128 })
    }
}
