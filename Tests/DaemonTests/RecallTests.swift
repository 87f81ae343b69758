import Core
import Net
import TestSupport
import Testing

@testable import Daemon

/// Those that failed while the director suspected itself, and are asked anew.
@Suite(.timeLimit(.minutes(10))) struct RecallTests {
    private typealias Service = ProbeService<ManualClock>

    private static let reason = "the uplink is back"

    /// Whoever has failed often enough is asked at the usual pace; where that is worth nothing any
    /// more, at once, and quickly until it has been said anew.
    @Test func whoFailedIsAskedQuickly() throws {
        let service = ProbeServiceTests.Stage { _ in Outcome(.l4connection) }.service
        var generator = SeededGenerator(seed: 7)
        var round = Service.Round(
            schedule: ProbeSchedule(),
            post: Service.SentinelRound(sentinels: Sentinels(limit: 0))
        )
        let (recalled, other) = (ProbeServiceTests.target(1), ProbeServiceTests.target(2))
        round.schedule.update(targets: [recalled, other], now: .zero, using: &generator)
        var now = Moment.zero
        func fail() throws -> [ProbeSchedule.Run] {
            now = try #require(round.schedule.nextDeadline)
            let runs = round.schedule.due(now: now)
            for run in runs { round.schedule.finished(run, .failed, now: now, using: &generator) }
            return runs
        }
        for _ in 0..<12 { _ = try fail() }
        let slowest = try #require(round.schedule.nextDeadline)
        let asked = now
        service.recall([recalled.endpoint.address: Self.reason], &round, now: now)
        #expect(round.post.causes == [recalled: Self.reason])
        #expect(round.schedule.nextDeadline == now && slowest > now)
        // Of the other nothing is believed to be otherwise, and it comes when it would have.
        var moments: [Duration] = []
        while moments.count < recalled.check.fall {
            if try fail().contains(where: { $0.target == recalled }) { moments.append(now - asked) }
        }
        let quick = recalled.check.fastEvery * (1 + ProbeSchedule.jitter)
        #expect(moments[0] == .zero && moments[1] <= quick && moments[2] <= quick * 2)
        while try !fail().contains(where: { $0.target == recalled }) {}
        #expect(now - asked > moments[2] + recalled.check.every * (1 - 2 * ProbeSchedule.jitter))
    }

    /// The call reaches the loop, and what is found then says why it was asked.
    @Test func aRecallReachesWhoeverFails() async throws {
        let stage = ProbeServiceTests.Stage { _ in Outcome(.l4connection) }
        let (recalled, other) = (ProbeServiceTests.target(1), ProbeServiceTests.target(2))
        stage.service.update(targets: [recalled, other])
        try await stage.run { events, _ in
            var told: Set<ProbeTarget> = []
            var failures = 0
            while told.isEmpty, failures < 1000, let event = await events.next() {
                guard case .result(let target, let outcome) = event else { continue }
                failures += 1
                if outcome.detail.contains(Self.reason) { told.insert(target) }
                // A probe that was under way already was not asked for that reason.
                if failures > 10 { stage.service.recall([recalled.endpoint.address: Self.reason]) }
            }
            #expect(told == [recalled])
        }
    }
}
