import Core
import Net
import TestSupport
import Testing

/// The director as a whole, one story at a time.
@Suite struct DirectorTests {
    private typealias Bench = DirectorBench

    private func living(_ intent: Intent? = nil) throws -> DirectorBench {
        var bench = Bench(try intent ?? Bench.intent())
        bench.live()
        #expect(bench.director.advertised == (1, 1))
        return bench
    }

    @Test func bringsUpWhatIsConfiguredAndThenRests() throws {
        var bench = try living()
        #expect(bench.world.addresses == [Bench.address])
        #expect(bench.world.networks == [Prefix(host: Bench.address)])
        let weights = bench.world.services[Bench.key]?.destinations.values.map(\.weight)
        #expect(weights == [1, 1])
        bench.handedOut = []
        bench.live(.seconds(30))
        #expect(PlaneName.allCases.allSatisfy { bench.batches(of: $0).isEmpty })
    }

    @Test func eventsAreHandedOverOnceAndInOrder() throws {
        var bench = try living()
        let states = bench.events.filter { $0.kind == .vip }
        #expect(states.last?.text == "advertised")
        #expect(states.allSatisfy { $0.vip == "web" })
        #expect(bench.events.map(\.at) == bench.events.map(\.at).sorted())
        #expect(bench.director.takeEvents().isEmpty)
    }

    /// What is decided before the table was seen would be decided again; a kernel that does not
    /// answer holds the link and the routes up for so long, and no longer.
    @Test func decisionsWaitForTheFirstLooksAndNotForEver() throws {
        var bench = Bench(try Bench.intent())
        bench.hanging = .ipvs
        let patience = Director.firstLooksPatience
        bench.live(patience)
        #expect(bench.batches(of: .link).isEmpty)
        #expect(bench.director.nextDeadline.map { $0 <= .zero + patience } == true)
        bench.live(.milliseconds(100))
        #expect(bench.batches(of: .link) == [[.bind(Bench.address)]])

        var prompt = Bench(try Bench.intent())
        prompt.turn()
        prompt.turn()
        #expect(prompt.batches(of: .link) == [[.bind(Bench.address)]])
    }

    /// A plan is what a reload would come to; asking changes nothing.
    @Test func aProspectNamesChangesAndTurnsAndDoesNothing() throws {
        var bench = try living()
        #expect(bench.director.prospect(of: bench.director.intent, at: bench.now).changes.isEmpty)

        let heavier = try Bench.intent(weight: 5)
        let (changes, turning, shifts) = bench.director.prospect(of: heavier, at: bench.now)
        #expect(
            changes
                == Bench.servers.map {
                    .updateDestination(Bench.key, $0, .directRouting, weight: 5)
                }
        )
        #expect(turning.isEmpty)
        #expect(shifts.map(\.service.text) == ["http"])
        #expect(shifts.first?.before.members.map(\.weight) == [1, 1])
        #expect(shifts.first?.after.members.map(\.weight) == [5, 5])

        var empty = bench.director.intent
        empty.vips = []
        let (ending, gone, _) = bench.director.prospect(of: empty, at: bench.now)
        #expect(
            Set(ending)
                == [.unbind(Bench.address), .removeService(Bench.key), .withdraw(Bench.address)]
        )
        #expect(gone.map(\.text) == ["web"])
        #expect(bench.director.intent.vips.count == 1)
        bench.handedOut = []
        bench.turn()
        #expect(PlaneName.allCases.allSatisfy { bench.batches(of: $0).isEmpty })
    }

    @Test func aChangeThatFailsIsTriedAgainEverMoreSlowly() throws {
        var bench = Bench(try Bench.intent())
        bench.refused = [.bind(Bench.address)]
        var attempts: [Moment] = []
        for _ in 0..<1200 {
            let before = bench.batches(of: .link).count
            bench.live(.milliseconds(50))
            if bench.batches(of: .link).count > before { attempts.append(bench.now) }
        }
        let gaps = zip(attempts, attempts.dropFirst()).map { $1 - $0 }
        // Doubling from 100 ms to 10 s, seen in steps of 50 ms: a minute takes about a dozen.
        #expect((8...16).contains(attempts.count), "\(gaps)")
        #expect(gaps.first.map { $0 < .milliseconds(400) } ?? false, "\(gaps)")
        #expect(gaps.last.map { $0 >= .seconds(10) } ?? false, "\(gaps)")
        let told = bench.events.filter { $0.kind == .change && $0.level == .error }
        #expect(told.count == 1, "the same fault is told once: \(told.map(\.text))")
        let warnings = bench.snapshot().warnings.filter { $0.code == "K300" }
        #expect(warnings.map(\.vip) == ["web"])

        bench.refused = []
        bench.live(.seconds(15))
        #expect(bench.director.advertised == (1, 1))
        #expect(bench.snapshot().warnings.isEmpty)
    }

    @Test func whatIsFoundAndNotConfiguredIsLetGo() throws {
        var bench = Bench(try Bench.intent())
        let key = ServiceKey(Bench.stray, ServiceID(.udp, 53))
        bench.world.addresses = [Bench.stray]
        bench.world.isLinkUp = true
        bench.world.networks = [Prefix(host: Bench.stray)]
        bench.world.services[key] = ServiceSlice(scheduling: Scheduling())
        bench.live(.seconds(90))
        #expect(bench.world.addresses == [Bench.address])
        #expect(bench.world.networks == [Prefix(host: Bench.address)])
        #expect(bench.world.services[key] == nil)
        #expect(bench.snapshot().vips.map(\.name) == ["web"])
        let texts = bench.events.filter { $0.vip == "\(Bench.stray)" }.map(\.text)
        #expect(texts.first == "found and not configured: letting it go")
        #expect(texts.last == "let go: nothing of it is left")
    }

    /// Outside the owned range nothing is ours, whatever it looks like.
    @Test func whatIsForeignStays() throws {
        var bench = Bench(try Bench.intent())
        let foreign = IPAddress(v4: 0xc633_6401)
        bench.world.addresses = [foreign]
        bench.world.networks = [Prefix(host: foreign)]
        bench.live(.seconds(90))
        #expect(bench.world.addresses == [foreign, Bench.address])
        #expect(bench.world.networks.contains(Prefix(host: foreign)))
        #expect(bench.snapshot().link.foreignAddresses == ["\(foreign)"])
        #expect(bench.snapshot().frr.foreignNetworks == 1)
    }

    @Test func driftIsToldOnceAndRepaired() throws {
        var bench = try living()
        bench.events = []
        bench.world.services = [:]
        bench.live(.seconds(30))
        #expect(bench.events.filter { $0.kind == .drift }.map(\.vip) == ["web"])
        #expect(bench.world.services[Bench.key]?.destinations.count == 2)
        bench.events = []
        bench.world.addresses = []
        bench.director.stirred(.link, at: bench.now)
        bench.live(.seconds(30))
        #expect(bench.events.filter { $0.kind == .drift }.map(\.vip) == ["web"])
        #expect(bench.world.addresses == [Bench.address])
    }

    @Test(arguments: PlaneName.allCases)
    func nothingIsHandedToABlindPlane(_ plane: PlaneName) throws {
        var bench = Bench(try Bench.intent())
        bench.world.broken = [plane]
        bench.live(.seconds(30))
        #expect(bench.batches(of: plane).isEmpty)
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().warnings.contains { $0.code == SimulatedWorld.outage.code })
        bench.world.broken = []
        bench.live(.seconds(30))
        #expect(bench.director.advertised == (1, 1))
    }

    /// One assignment at a time, however long it takes, and the others go on.
    @Test func nothingIsHandedToABusyPlane() throws {
        var bench = Bench(try Bench.intent())
        let first = bench.director.work(at: bench.now)
        #expect(first.contains(.observe(.ipvs)))
        for assignment in first where assignment != .observe(.ipvs) { bench.carryOut(assignment) }
        bench.live(.seconds(30))
        #expect(bench.handedOut.contains(.apply(.link, [.bind(Bench.address)])))
        #expect(!bench.handedOut.contains { $0.plane == .ipvs })
        bench.carryOut(.observe(.ipvs))
        bench.live()
        #expect(bench.director.advertised == (1, 1))
    }

    @Test func aDrainOfAnEarlierRunGoesOn() throws {
        var bench = Bench(try Bench.intent(), overrides: .drained(reason: "upgrade"))
        bench.world.networks = [Prefix(host: Bench.address)]
        bench.world.tickWire()
        #expect(bench.director.node.drain?.reason == "upgrade")
        bench.live(.seconds(30))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.director.nodeWord == "drained")
        #expect(bench.snapshot().node.drain?.reason == "upgrade")
        bench.director.asked(for: .undrain(.node), at: bench.now)
        bench.live()
        #expect(bench.director.advertised == (1, 1))
    }
}
