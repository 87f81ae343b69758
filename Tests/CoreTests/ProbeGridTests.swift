import Core
import Testing
import TestSupport

/// When regular probes meet, and that they do.
@Suite struct ProbeGridTests {
    /// When the next probe begins, in milliseconds, of one that began at `start` and is wanted
    /// again by `wanted` of an interval of `every`.
    private func next(
        _ grid: ProbeGrid,
        after start: Int64,
        by wanted: Int64,
        every: Int64
    ) -> Double {
        let unit: Int64 = 1_000_000
        let moment = grid.moment(
            after: Moment(nanoseconds: start * unit),
            by: wanted * unit,
            least: every * unit * 95 / 100,
            most: every * unit * 105 / 100,
            every: .milliseconds(every)
        )
        return Double(moment.nanoseconds) / 1e6
    }

    @Test(arguments: [
        // Probes a second, all together; from when, by what it is wanted, every; when it is.
        (0.0, 0, 999, 1000, 960.0), (0, 0, 1001, 1000, 1040), (0, 0, 952, 1000, 960),
        (0, 0, 1049, 1000, 1040), (0, 0, 10_015, 10_000, 10_000), (0, 0, 10_050, 10_000, 10_080),
        // One that began a little late began with the others.
        (0, 800, 1001, 1000, 1840), (0, 820, 1001, 1000, 1840), (0, 815, 951, 1000, 1760),
        // And one that began between, when those do that come twice as often.
        (0, 841, 951, 1000, 1800), (0, 841, 1049, 1000, 1880), (0, 840, 951, 1000, 1760),
        // Where one moment alone would be left, there are some more between.
        (0, 0, 1200, 1200, 1200), (0, 0, 1150, 1200, 1160), (0, 0, 1259, 1200, 1240),
        (0, 0, 600, 600, 600), (0, 0, 572, 600, 580), (0, 0, 628, 600, 620),
        // The more there are, the fewer of them meet.
        (1600, 0, 999, 1000, 960), (1601, 0, 999, 1000, 1000), (10_000, 0, 987, 1000, 990),
        (20_000, 0, 987, 1000, 985), (100_000, 0, 987, 1000, 987), (0, 0, 100, 100, 100),
        (0, 0, 53, 50, 53),
    ])
    func theNearestMomentOfAChoiceIsTaken(
        rate: Double,
        start: Int64,
        wanted: Int64,
        every: Int64,
        planned: Double
    ) {
        #expect(next(ProbeGrid(rate: rate), after: start, by: wanted, every: every) == planned)
    }

    /// However far an interval reaches, its probes vary, by no more than they may.
    @Test(arguments: UInt64(0)..<200)
    func whoMeetsDoesNotMeetForEver(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let every = Int64.random(in: 100...20_000, using: &generator)
        let start = Int64.random(in: 0...100_000, using: &generator)
        let least = every * 95 / 100
        let most = every * 105 / 100
        let found = (0..<60).map { _ in
            let wanted = Int64.random(in: least...most, using: &generator)
            return next(ProbeGrid(), after: start, by: wanted, every: every) - Double(start)
        }
        #expect(Set(found).count > 1)
        // One that began late was planned for a moment of up to half a step before.
        let late = min(40, Double(every) / 24)
        #expect(found.allSatisfy { $0 >= Double(least) - late && $0 <= Double(most) })
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
        while let now = schedule.nextDeadline, now < .zero + .seconds(60) {
            let runs = schedule.due(now: now)
            starts[now, default: 0] += runs.count
            for run in runs {
                #expect(run.lateness == .zero)
                schedule.finished(run, .passed, now: now + .milliseconds(1), using: &generator)
            }
        }
        let settled = starts.filter { $0.key > .zero + .seconds(30) }
        // 25 moments in two seconds, however many probes.
        #expect((360...376).contains(settled.count))
        #expect(abs(settled.values.reduce(0, +) - 30_000) < 300)
        #expect(settled.values.allSatisfy { $0 < 128 })
    }
}
