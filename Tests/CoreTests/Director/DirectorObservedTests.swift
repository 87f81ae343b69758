import Core
import Net
import Testing

/// Checks that are only observed.
@Suite struct DirectorObservedTests {
    private static let path = Check(method: .icmp(size: 56), rise: 1, fall: 1, mode: .observe)

    private func intent(_ mode: Check.Mode) throws -> Intent {
        var intent = try DirectorBench.intent()
        var check = Self.path
        check.mode = mode
        intent.vips[0].services[0].checks.append(NamedCheck(name: "new", check))
        return intent
    }

    /// Tells that every server passes its first check and fails the other.
    private func fail(_ bench: inout DirectorBench, _ mode: Check.Mode, times: Int = 3) {
        for _ in 0..<times {
            for target in bench.director.targets
            where target.check.method == Self.path.method && target.check.mode == mode {
                bench.director.probed(target, Outcome(.l4timeout), at: bench.now)
            }
            bench.turn()
        }
    }

    private func weights(_ bench: DirectorBench) -> [Int] {
        bench.world.services[DirectorBench.key]?.destinations.map(\.value.weight) ?? []
    }

    @Test func itIsShownAndNothingFollows() throws {
        var bench = DirectorBench(try intent(.observe))
        bench.live()
        fail(&bench, .observe)
        bench.done = []
        for _ in 0..<20 { bench.turn() }
        #expect(bench.done.isEmpty && weights(bench) == [1, 1])
        let vip = bench.snapshot().vips[0]
        let observed = try #require(vip.services[0].backends[0].observed?.first)
        #expect(observed.check == "new" && observed.health == "down")
        #expect(vip.services[0].backends[0].health == "up")
        #expect(vip.gates.contains { $0.name == "observe" && $0.text.contains("2 of 2") })
        #expect(bench.events.contains { $0.text.contains("only observed") })
    }

    /// What it said while it was only observed counts for nothing once it is enforced.
    @Test func enforcedFromNowOnItStartsWithoutAnOpinion() throws {
        var bench = DirectorBench(try intent(.observe))
        bench.live()
        fail(&bench, .observe)
        bench.director.asked(for: .reload(try intent(.enforce)), at: bench.now)
        // A result that was under way when the file was read.
        fail(&bench, .observe)
        #expect(weights(bench) == [1, 1])
        #expect(bench.world.networks.contains(Prefix(host: DirectorBench.address)))
        fail(&bench, .enforce)
        #expect(weights(bench) == [0, 0])
        #expect(!bench.world.networks.contains(Prefix(host: DirectorBench.address)))
    }

    @Test func observedFromNowOnItHoldsNobodyBack() throws {
        var bench = DirectorBench(try intent(.enforce))
        bench.live()
        fail(&bench, .enforce)
        #expect(weights(bench) == [0, 0])
        bench.director.asked(for: .reload(try intent(.observe)), at: bench.now)
        for _ in 0..<5 { bench.turn() }
        #expect(weights(bench) == [1, 1])
    }

    @Test func withNothingElseServersCountAsUp() throws {
        var intent = try DirectorBench.intent()
        intent.vips[0].services[0].checks = [NamedCheck(name: "new", Self.path)]
        var bench = DirectorBench(intent)
        bench.turn()
        fail(&bench, .observe)
        for _ in 0..<5 { bench.turn() }
        #expect(weights(bench) == [1, 1])
    }
}
