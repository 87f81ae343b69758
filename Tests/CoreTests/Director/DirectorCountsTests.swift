import Core
import Net
import TestSupport
import Testing

/// What is counted for graphs, as one story: announced, drained, sick, restarted.
@Suite struct DirectorCountsTests {
    private typealias Bench = DirectorBench
    private typealias Entry = RouteCounts.Entry

    private func counts(_ bench: Bench) throws -> (route: RouteCounts, all: DirectorCounts) {
        let snapshot = bench.snapshot()
        return (try #require(snapshot.vips.first?.counts), try #require(snapshot.counts))
    }

    @Test func aDrainAndALostQuorum() throws {
        let policy = DrainPolicy(settle: .seconds(2), quietFor: .seconds(1), atMost: .seconds(5))
        var bench = Bench(try Bench.intent(drain: policy))
        bench.live()
        var seen = try counts(bench)
        #expect(seen.route.commands == [Entry(what: "announce", reason: "healthy", count: 1)])
        #expect(
            seen.route.transitions.last == Entry(what: "advertised", reason: "healthy", count: 1)
        )
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(15))
        bench.director.asked(for: .undrain(.node), at: bench.now)
        bench.live(.seconds(5))
        bench.world.alive = []
        bench.live(.seconds(5))
        seen = try counts(bench)
        #expect(
            seen.route.commands == [
                Entry(what: "announce", reason: "healthy", count: 2),
                Entry(what: "soften", reason: "drained", count: 1),
                Entry(what: "withdraw", reason: "drained", count: 1),
                Entry(what: "withdraw", reason: "no-quorum", count: 1),
            ]
        )
        let entered = seen.route.transitions.filter { $0.what == "withdrawn" }
        #expect(Set(entered.map(\.reason)).isSuperset(of: ["drained", "no-quorum"]))
        // Each of the five was seen to have its effect, and took some time.
        let convergence = seen.all.convergence.mapValues { $0.counts.reduce(0, +) }
        #expect(convergence == ["announce": 2, "soften": 1, "withdraw": 2])
        #expect(seen.all.convergence.values.allSatisfy { $0.sum > 0 })
        #expect(seen.all.commands[DirectorCounts.key("announce", "ok")] == 3)
        #expect(seen.all.commands[DirectorCounts.key("withdraw", "ok")] == 2)
        #expect(seen.all.commands[DirectorCounts.key("look", "ok")] ?? 0 > 5)
        #expect(seen.all.commands[DirectorCounts.key("ping", "ok")] ?? 0 > 5)
        #expect(seen.all.restarts.isEmpty)
        #expect(seen.all.events["vip"] ?? 0 > 4)
        #expect(bench.snapshot().unsettled == ["bgp": 0, "ipvs": 0, "link": 0])
    }

    @Test func whatFails() throws {
        var bench = Bench(try Bench.intent())
        bench.live()
        bench.world.broken = [.bgp]
        bench.live(.seconds(20))
        let all = try counts(bench).all
        #expect(all.looks[DirectorCounts.key("bgp", "failed")] ?? 0 > 1)
        #expect(all.looks[DirectorCounts.key("bgp", "ok")] ?? 0 > 1)
        #expect(all.looks[DirectorCounts.key("addresses", "failed")] == nil)
        #expect(all.commands[DirectorCounts.key("ping", "failed")] ?? 0 > 1)
    }

    @Test func longTimesAreCounted() {
        var durations = DurationCounts()
        for seconds in [0, 60, 61] { durations.add(.seconds(seconds)) }
        #expect(durations.counts.first == 1)
        #expect(durations.counts.suffix(2) == [1, 1])
        #expect(durations.sum == 121)
    }
}
