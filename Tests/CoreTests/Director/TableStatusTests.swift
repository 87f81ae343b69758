import Core
import Net
import Testing

/// What a snapshot tells of the kernel's own table.
@Suite struct TableStatusTests {
    private typealias Bench = DirectorBench

    private func table(_ bench: DirectorBench) throws -> TableStatus? {
        try #require(bench.snapshot().vips.first?.services.first).table
    }

    @Test func thereIsNoneBeforeTheKernelHasIt() throws {
        let bench = Bench(try Bench.intent())
        #expect(try table(bench) == nil)
    }

    @Test func itsMembersStandInTheKernelsOrder() throws {
        var bench = Bench(try Bench.intent(weight: 3))
        bench.live()
        let seen = try #require(bench.world.services[Bench.key])
        let shown = try #require(try table(bench))
        #expect(shown.members.map(\.endpoint) == seen.destinations.map { "\($0.key)" })
        #expect(shown.members.map(\.weight) == [3, 3])
        #expect(shown.scheduler == "mh(mh-fallback,mh-port)")
        // Who composes the picture works it out; the core knows no table.
        #expect(shown.digest == nil)
    }

    @Test func atZeroTheLastWeightIsTheConfiguredOne() throws {
        var bench = Bench(try Bench.intent(weight: 3))
        bench.live()
        bench.world.alive = [Bench.servers[0]]
        bench.live(.seconds(10))
        let shown = try #require(try table(bench))
        #expect(
            shown.members == [
                MemberStatus(endpoint: "\(Bench.servers[0])", weight: 3, lastWeight: 3),
                MemberStatus(endpoint: "\(Bench.servers[1])", weight: 0, lastWeight: 3),
            ]
        )
    }

    @Test func trafficIsToldOnceItWasSeen() throws {
        var bench = Bench(try Bench.intent())
        #expect(bench.snapshot().vips.first?.services.first?.traffic == nil)
        bench.live()
        bench.world.packets[Bench.key] = 12
        bench.live(.seconds(30))
        #expect(bench.snapshot().vips.first?.services.first?.traffic?.inPackets == 12)
    }
}
