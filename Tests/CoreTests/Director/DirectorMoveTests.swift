import Core
import Net
import TestSupport
import Testing

/// Destinations that are put in order: what may be lost on the way carries nothing, for a moment.
@Suite struct DirectorMoveTests {
    private typealias Bench = DirectorBench

    /// Everything is seen; the two servers stand in the wrong order.
    private func bench(announced: Bool) throws -> DirectorBench {
        var intent = try Bench.intent(ipvs: IPVSPolicy(auditEvery: nil, settings: .ignore))
        intent.vips[0].services[0].quorum = Quorum(up: .percent(100), down: .percent(100))
        intent.vips[0].services[0].checks = []
        var bench = Bench(intent)
        bench.world.addresses = [Bench.address]
        bench.world.isLinkUp = true
        var slice = ServiceSlice(scheduling: Scheduling())
        for server in Bench.servers {
            slice.destinations[server] = DestinationSlice(forwarding: .directRouting, weight: 1)
        }
        bench.world.services[Bench.key] = slice
        if announced { bench.world.networks = [Prefix(host: Bench.address)] }
        bench.world.tickWire()
        for assignment in bench.director.work(at: bench.now) { bench.carryOut(assignment) }
        return bench
    }

    private static let move = Change.moveDestination(
        Bench.key,
        Bench.servers[0],
        .directRouting,
        weight: 1,
        nominal: 1
    )

    @Test func aStandingAnnouncementIsGivenTheTime() throws {
        var bench = try bench(announced: true)
        #expect(bench.director.work(at: bench.now).contains(.apply(.ipvs, [Self.move])))
        #expect(bench.director.advertised == (1, 1))
        bench.director.asked(for: .reload(bench.director.intent), at: bench.now)
        let next = bench.director.work(at: bench.now)
        #expect(!next.contains(.apply(.bgp, [.withdraw(Bench.address)])))
    }

    /// It may end without one of them, and a new announcement needs both.
    @Test func aNewAnnouncementWaitsForTheMove() throws {
        var bench = try bench(announced: false)
        let first = bench.director.work(at: bench.now)
        #expect(first.contains(.apply(.ipvs, [Self.move])))
        #expect(!first.contains(.apply(.bgp, [.announce(Bench.address)])))
        bench.director.applied([(Self.move, .success(()))], to: .ipvs, at: bench.now)
        let next = bench.director.work(at: bench.now)
        #expect(next.contains(.apply(.bgp, [.announce(Bench.address)])))
    }

    /// Half of it takes the destination away: nothing else is done before that is seen.
    @Test func aMoveThatFailedIsLookedAtAtOnce() throws {
        var bench = try bench(announced: true)
        _ = bench.director.work(at: bench.now)
        bench.director.applied(
            [(Self.move, .failure(SimulatedWorld.rejection))],
            to: .ipvs,
            at: bench.now
        )
        #expect(bench.director.work(at: bench.now).contains(.observe(.ipvs)))
    }
}
