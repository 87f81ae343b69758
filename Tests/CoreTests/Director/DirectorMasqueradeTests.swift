import Core
import Net
import TestSupport
import Testing

/// Services whose packets go on with the director's own address.
@Suite struct DirectorMasqueradeTests {
    private typealias Bench = DirectorBench

    private func intent(
        hasSourceNAT: Bool = true,
        ipvs: IPVSPolicy = IPVSPolicy()
    ) throws -> Intent {
        var intent = try Bench.intent(ipvs: ipvs)
        intent.vips[0].services[0].forwarding = .masquerade
        intent.vips[0].services[0].hasSourceNAT = hasSourceNAT
        return intent
    }

    private func gate(_ name: String, of bench: Bench) -> GateStatus? {
        bench.snapshot().vips.first?.gates.first { $0.name == name }
    }

    @Test func nothingIsAnnouncedBeforeItsMasqueradeIsSeen() throws {
        var bench = Bench(try intent())
        bench.refused = [.masquerade(Bench.key)]
        bench.live(.seconds(10))
        #expect(bench.world.services[Bench.key]?.destinations.count == 2)
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips.first?.reason?.code == "services-missing")
        #expect(gate("snat", of: bench)?.standing == .closed)

        bench.refused = []
        bench.live(.seconds(60))
        #expect(bench.world.masquerades == [Bench.key])
        #expect(bench.director.advertised == (1, 1))
        #expect(gate("snat", of: bench)?.standing == .open)
    }

    @Test func aServiceWithoutItNeedsNone() throws {
        var bench = Bench(try intent(hasSourceNAT: false))
        bench.live()
        #expect(bench.world.masquerades.isEmpty)
        #expect(bench.director.advertised == (1, 1))
        #expect(gate("snat", of: bench) == nil)
    }

    /// A restart finds it right, and writes nothing.
    @Test func whatIsThereIsAdopted() throws {
        var first = Bench(try intent())
        first.live()
        var second = Bench(try intent())
        second.world = first.world
        second.live(.seconds(30))
        #expect(second.batches(of: .link).isEmpty)
        #expect(second.director.advertised == (1, 1))
    }

    @Test func oneThatWasLostIsRepairedWithoutAWithdrawal() throws {
        var bench = Bench(try intent())
        bench.live()
        bench.world.masquerades = []
        bench.director.stirred(.link, at: bench.now)
        bench.live()
        #expect(bench.world.masquerades == [Bench.key])
        #expect(bench.batches(of: .bgp).flatMap(\.self) == [.announce(Bench.address)])
        #expect(bench.events.contains { $0.text.contains("the masquerade is not as it was left") })
    }

    /// A failed look is not an empty look.
    @Test func whatCannotBeSeenIsBelieved() throws {
        var bench = Bench(try intent())
        bench.live()
        let before = bench.batches(of: .link).count
        var facts = bench.world.linkFacts
        facts.masqueraded = nil
        bench.director.saw(facts, at: bench.now)
        _ = bench.director.work(at: bench.now)
        #expect(bench.director.advertised == (1, 1))
        #expect(bench.batches(of: .link).count == before)
        #expect(gate("snat", of: bench)?.standing == .open)
    }

    @Test func itOutlastsItsServiceAndThenGoes() throws {
        var bench = Bench(try intent())
        bench.live()
        var empty = try intent()
        empty.vips = []
        bench.director.asked(for: .reload(empty), at: bench.now)
        bench.live(.seconds(200))
        #expect(bench.world.masquerades.isEmpty)
        #expect(bench.world.services.isEmpty && bench.world.addresses.isEmpty)
        let order = bench.handedOut.compactMap { assignment -> String? in
            guard case .apply(_, let changes) = assignment else { return nil }
            if changes.contains(.removeService(Bench.key)) { return "service" }
            return changes.contains(.unmasquerade(Bench.key)) ? "masquerade" : nil
        }
        #expect(order == ["service", "masquerade"])
    }

    /// One that an earlier run left behind, for an address in our ranges.
    @Test func aStrayOneGoes() throws {
        var bench = Bench(try intent())
        let stray = ServiceKey(Bench.stray, ServiceID(.udp, 53))
        let foreign = ServiceKey(IPAddress(v4: 0xc633_6401), ServiceID(.udp, 53))
        bench.world.masquerades = [stray, foreign]
        bench.live(.seconds(200))
        #expect(bench.world.masquerades == [Bench.key, foreign])
    }

    @Test func itIsTakenBackWhereItIsNoLongerWanted() throws {
        var bench = Bench(try intent())
        bench.live()
        bench.director.asked(for: .reload(try intent(hasSourceNAT: false)), at: bench.now)
        bench.live()
        #expect(bench.world.masquerades.isEmpty)
        #expect(bench.director.advertised == (1, 1))
    }
}
