import Core
import Net
import Testing

/// The services by which checks reach one real server through a VIP: ours, and never in the way.
@Suite struct DirectorCheckPathsTests {
    private typealias Bench = DirectorBench

    /// The intent of the bench, with checks by way of IPVS.
    private func intent(
        _ forwarding: Forwarding = .directRouting,
        via: Check.Via = .vip,
        marks: MarkRange = .usual
    ) throws -> Intent {
        var intent = try Bench.intent(ipvs: IPVSPolicy(settings: .ignore, checkMarks: marks))
        var vip = intent.vips[0]
        vip.services[0].forwarding = forwarding
        vip.services[0].checks[0].check.via = via
        intent.vips = [vip]
        return intent
    }

    private func path(_ index: Int, _ forwarding: Forwarding = .directRouting) -> ProbePath {
        ProbePath(to: Bench.servers[index].address, port: 80, by: forwarding)
    }

    private func key(_ offset: UInt32) -> MarkKey { MarkKey(0x5000_0000 + offset, .v4) }

    @Test(arguments: Forwarding.allCases)
    func laysPathsInOneBatch(forwarding: Forwarding) throws {
        var bench = Bench(try intent(forwarding))
        #expect(bench.director.openPaths.isEmpty)
        bench.live()
        #expect(
            bench.world.paths == [
                key(0): path(0, forwarding).slice, key(1): path(1, forwarding).slice,
            ]
        )
        #expect(
            bench.director.openPaths == [
                path(0, forwarding): 0x5000_0000, path(1, forwarding): 0x5000_0001,
            ]
        )
        let laying = bench.batches(of: .ipvs).filter { batch in
            batch.contains { if case .addPath = $0 { true } else { false } }
        }
        #expect(laying.count == 1)
        let status = bench.snapshot().ipvs
        #expect(status.checkPaths?.wanted == 2 && status.checkPaths?.inTable == 2)
        #expect(status.services == 1 && status.destinations == 2 && status.inStep)
        // The one with mark 7 is somebody else's; ours are not.
        #expect(status.foreign.map(\.name) == ["mark 7"])
    }

    /// Probes are told of a way once it is there, and when it is no more.
    @Test func aWayIsOpenOnlyWhileItIsThere() throws {
        var bench = Bench(try intent())
        bench.refused = [.addPath(key(1), path(1))]
        bench.live()
        #expect(Array(bench.director.openPaths.keys) == [path(0)])
        let generation = bench.director.openPathsGeneration
        #expect(bench.snapshot().warnings.contains { $0.code == "K300" })
        #expect(!bench.snapshot().ipvs.inStep)
        let gate = bench.snapshot().vips[0].gates.first { $0.name == "check paths" }
        #expect(gate?.text.hasPrefix("http: 1 of 2 servers are checked through the VIP") == true)
        bench.refused = []
        bench.live(.seconds(20))
        #expect(bench.director.openPaths.count == 2)
        #expect(bench.director.openPathsGeneration != generation)
        #expect(bench.snapshot().warnings.allSatisfy { $0.code != "K300" })
    }

    @Test func aRestartedDirectorWritesNothing() throws {
        var bench = Bench(try intent())
        bench.live()
        // As if the marks had been given in another order, by an earlier configuration.
        bench.world.paths = [key(9): path(0).slice, key(4): path(1).slice]
        var next = Bench(try intent())
        next.world = bench.world
        next.live()
        #expect(next.batches(of: .ipvs).isEmpty)
        #expect(next.director.openPaths == [path(0): 0x5000_0009, path(1): 0x5000_0004])
    }

    @Test func aPathThatIsNotWantedAnyMoreIsRemovedAndItsMarkRested() throws {
        var bench = Bench(try intent())
        bench.live()
        var fewer = try intent()
        fewer.vips[0].services[0].backends.removeLast()
        bench.director.asked(for: .reload(fewer), at: bench.now)
        bench.live()
        #expect(bench.world.paths == [key(0): path(0).slice])
        #expect(bench.done.count { $0 == .removePath(key(1)) } == 1)
        bench.director.asked(for: .reload(try intent()), at: bench.now)
        bench.live()
        // Not the one that a probe under way may still carry.
        #expect(bench.world.paths == [key(0): path(0).slice, key(2): path(1).slice])
        bench.director.asked(for: .reload(try intent(via: .direct)), at: bench.now)
        bench.live()
        #expect(bench.world.paths.isEmpty && bench.director.openPaths.isEmpty)
        #expect(bench.snapshot().ipvs.checkPaths == nil)
    }

    /// Also what a process left behind that was killed, whatever its configuration said.
    @Test func whatIsLeftOfAnEarlierRunIsCleanedUp() throws {
        var bench = Bench(try intent(via: .direct))
        bench.world.paths = [
            key(3): path(0).slice, MarkKey(0x6000_0001, .v4): path(1).slice,
            // Cut short before it had its destination.
            key(5): ServiceSlice(scheduling: path(0).scheduling),
        ]
        bench.live()
        #expect(bench.world.paths.isEmpty)
    }

    @Test func aServiceOfSomebodyElseIsLeftAloneAndItsMarkNotGiven() throws {
        var bench = Bench(try intent())
        var theirs = path(0).slice
        theirs.destinations[path(0).endpoint]?.weight = 1
        bench.world.paths = [key(0): theirs]
        bench.live()
        #expect(
            bench.world.paths == [
                key(0): theirs, key(1): path(0).slice, key(2): path(1).slice,
            ]
        )
        let snapshot = bench.snapshot()
        #expect(snapshot.ipvs.checkPaths?.strangers == ["mark 1342177280"])
        #expect(snapshot.warnings.contains { $0.code == "K330" })
        #expect(snapshot.ipvs.foreign.map(\.name) == ["mark 7", "mark 1342177280"])
    }

    /// A glance shows it within a second, a look confirms it, and it is put back.
    @Test func whatSomebodyDidToAPathIsPutRight() throws {
        for (tamper, isGone) in [
            ({ $0[MarkKey(0x5000_0000, .v4)] = nil }, true),
            (
                {
                    $0[MarkKey(0x5000_0000, .v4)]?.destinations[
                        Endpoint(Bench.servers[0].address, 0)
                    ]?
                    .weight = 3
                }, false
            ),
        ] as [((inout [MarkKey: ServiceSlice]) -> Void, Bool)] {
            var bench = Bench(try intent())
            bench.live()
            let before = bench.world.paths
            bench.events = []
            var paths = bench.world.paths
            tamper(&paths)
            bench.world.paths = paths
            bench.live(.milliseconds(1300))
            #expect(bench.world.paths == before)
            let told = bench.events.filter { $0.kind == .drift }.map(\.text)
            #expect(told.count == 1)
            let first = try #require(told.first)
            #expect(first.contains("mark 1342177280") && first.hasSuffix("is gone") == isGone)
        }
    }

    /// Until it can be put right, it leads to where nobody wanted to ask.
    @Test func aWayIsNotOpenWhileItsServiceIsAnother() throws {
        var bench = Bench(try intent())
        bench.live()
        bench.refused = [.removePath(key(0))]
        bench.world.paths[key(0)] = path(0, .tunnel).slice
        // A glance shows it, and a look says what it is.
        bench.live(.seconds(2))
        for _ in 0..<30 {
            #expect(bench.director.openPaths == [path(1): 0x5000_0001])
            bench.live(.milliseconds(100))
        }
        bench.refused = []
        bench.live(.seconds(20))
        #expect(bench.director.openPaths[path(0)] == 0x5000_0000)
    }

    @Test func anotherRangeMovesThem() throws {
        var bench = Bench(try intent())
        bench.live()
        bench.director.asked(
            for: .reload(try intent(marks: MarkRange(from: 0x4000))),
            at: bench.now
        )
        bench.live()
        #expect(
            bench.world.paths == [
                MarkKey(0x4000, .v4): path(0).slice, MarkKey(0x4001, .v4): path(1).slice,
            ]
        )
    }

    /// A way is one for all VIPs and ports that a server stands behind alike.
    @Test func severalVIPsShareAPath() throws {
        var intent = try intent()
        let other = VIP(
            name: try Name(parsing: "other"),
            address: IPAddress(v4: 0xcb00_710b),
            services: intent.vips[0].services
        )
        intent.vips.append(other)
        var bench = Bench(intent)
        bench.live()
        #expect(bench.world.paths.count == 2)
        #expect(bench.director.targets.count == 4)
    }
}

/// The self-check before a first announcement.
@Suite struct DirectorSelfCheckTests {
    private typealias Bench = DirectorBench

    private func bench(serves: Bool) throws -> DirectorBench {
        var intent = try Bench.intent(ipvs: IPVSPolicy(settings: .ignore))
        intent.vips[0].hasSelfCheck = true
        var bench = Bench(intent)
        if serves { bench.world.alive.insert(Endpoint(Bench.address, 80)) }
        return bench
    }

    @Test func aVIPThatDoesNotServeIsNotAnnounced() throws {
        var bench = try bench(serves: false)
        bench.live(.seconds(20))
        #expect(bench.world.networks.isEmpty)
        let vip = bench.snapshot().vips[0]
        #expect(vip.reason?.code == "self-check")
        #expect(vip.reason?.text.contains("http failed") == true)
        let gate = vip.gates.first { $0.name == "self-check" }
        #expect(gate?.standing == .closed)
        #expect(gate?.text.contains("down: L4CON connection refused") == true)

        bench.world.alive.insert(Endpoint(Bench.address, 80))
        bench.live()
        #expect(bench.world.networks.count == 1)
        #expect(bench.snapshot().vips[0].gates.first { $0.name == "self-check" }?.standing == .open)

        // What stands is not taken back for it.
        bench.world.alive.remove(Endpoint(Bench.address, 80))
        bench.live(.seconds(30))
        #expect(bench.world.networks.count == 1)
        let later = bench.snapshot().vips[0].gates.first { $0.name == "self-check" }
        #expect(later?.standing == GateStatus.Standing.none)
    }

    @Test func withoutAResultItWaits() throws {
        var bench = try bench(serves: true)
        let own = try #require(
            bench.director.targets.first { $0.path == nil && $0.check.via == .vip }
        )
        for _ in 0..<40 {
            for target in bench.director.targets where target != own {
                bench.director.probed(target, Outcome(.l4ok), at: bench.now)
            }
            bench.director.probed(own, Outcome(.socketError), at: bench.now)
            bench.turn()
            bench.now = bench.now + .milliseconds(50)
        }
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips[0].reason?.text.contains("no result yet of http") == true)
        bench.live()
        #expect(bench.world.networks.count == 1)
    }

    /// A restarted director finds it announced, and leaves it so.
    @Test func whatWasAnnouncedBeforeStays() throws {
        var before = try bench(serves: true)
        before.live()
        var bench = try bench(serves: false)
        bench.world = before.world
        bench.world.alive.remove(Endpoint(Bench.address, 80))
        bench.live(.seconds(20))
        #expect(bench.world.networks.count == 1)
        #expect(!bench.done.contains { if case .withdraw = $0 { true } else { false } })
    }

    /// After it was withdrawn it has to be seen to serve again.
    @Test func afterAWithdrawalItIsAskedAgain() throws {
        var bench = try bench(serves: true)
        bench.live()
        bench.world.alive = []
        bench.live()
        #expect(bench.world.networks.isEmpty)
        bench.world.alive = Set(Bench.servers)
        bench.live(.seconds(20))
        #expect(bench.world.networks.isEmpty)
        bench.world.alive.insert(Endpoint(Bench.address, 80))
        bench.live()
        #expect(bench.world.networks.count == 1)
    }
}
