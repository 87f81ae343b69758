import Core
import Net
import Testing

/// Nearly everything fails at once: whose fault it is, and what follows.
@Suite struct DirectorBrakeTests {
    static let gateway = Endpoint(IPAddress(v4: 0x0a14_00fe), 0)

    /// Five VIPs, the first with one server and the others with two each.
    static func intent(_ action: BrakePolicy.Action, canaries: Bool = true) throws -> Intent {
        var intent = try DirectorBench.intent()
        intent.drain.announce = .gracefulShutdown
        intent.brake = BrakePolicy(
            action: action,
            targets: 4,
            within: .seconds(10),
            atMost: .seconds(20)
        )
        if canaries {
            let check = Check(method: .icmp(size: 56), rise: 1, fall: 2)
            intent.canaries = [
                Canary(
                    name: try Name(parsing: "gateway"),
                    target: ProbeTarget(endpoint: gateway, check: check)
                )
            ]
        }
        var vip = intent.vips[0]
        vip.services[0].checks = [NamedCheck(name: "tcp", Check(method: .tcp, rise: 2, fall: 3))]
        intent.vips = try (0..<5).map { index in
            vip.name = try Name(parsing: "vip-\(index)")
            vip.address = IPAddress(v4: 0xcb00_710a + UInt32(index))
            vip.services[0].backends = (0..<(index == 0 ? 1 : 2)).map { Backend(server(index, $0)) }
            return vip
        }
        return intent
    }

    static func server(_ vip: Int, _ index: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0100 + UInt32(vip * 16 + index)), 80)
    }

    static let servers = (0..<5).flatMap { vip in
        (0..<(vip == 0 ? 1 : 2)).map { server(vip, $0) }
    }

    /// A director with everything up and announced.
    private func bench(
        _ action: BrakePolicy.Action,
        canaries: Bool = true
    ) throws -> DirectorBench {
        var bench = DirectorBench(try Self.intent(action, canaries: canaries))
        bench.world.alive = Set(Self.servers + [Self.gateway])
        bench.live(.seconds(5))
        #expect(bench.world.networks.count == 5)
        bench.done = []
        bench.events = []
        return bench
    }

    @Test(arguments: [true, false])
    func aCutShorterThanTheBoundChangesNothing(canaries: Bool) throws {
        var bench = try bench(.keep, canaries: canaries)
        bench.world.isCut = true
        bench.live(.seconds(15))
        let snapshot = bench.snapshot()
        #expect(snapshot.node.brake?.state == "on" && snapshot.node.brake?.failing == 9)
        #expect(snapshot.warnings.first?.code == "D460")
        let gate = snapshot.vips[0].gates.first { $0.name == "brake" }
        #expect(gate?.text.contains("9 of 9 targets fail at once") == true)
        #expect(snapshot.vips[0].gates.contains { $0.text.contains("1 of it only held") })
        bench.world.isCut = false
        bench.live(.seconds(10))
        #expect(bench.done.isEmpty, "\(bench.done)")
        #expect(bench.snapshot().node.brake?.state == "off")
        #expect(bench.events.contains { $0.text.contains("suspects itself") })
        // Once when it began, and once when it was over.
        let summons: Summons = bench.director.summons
        #expect(
            summons.generation == 2
                && summons.addresses.count == Self.servers.count + (canaries ? 1 : 0)
        )
    }

    /// Whatever the order in which results come: the crowd is seen before the first server falls.
    @Test func itIsSeenBeforeTheFirstServerFalls() throws {
        var bench = try bench(.keep)
        bench.world.isCut = true
        for round in 0..<6 {
            for server in Self.servers {
                for target in bench.director.targets where target.endpoint == server {
                    bench.director.probed(target, bench.world.outcome(of: target), at: bench.now)
                }
                bench.turn()
                bench.now = bench.now + .milliseconds(20)
            }
            #expect(bench.world.networks.count == 5, "round \(round)")
        }
        #expect(bench.done.isEmpty)
    }

    @Test func serversThatDieWhileCanariesAnswerAreWithdrawnAtOnce() throws {
        var bench = try bench(.keep)
        bench.world.alive = [Self.gateway]
        // Three failures, 50 ms apart, and a turn for what follows.
        bench.live(.milliseconds(250))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.events.contains { $0.text.contains("others answer: the servers are gone") })
        #expect(bench.done.count { if case .withdraw = $0 { true } else { false } } == 5)
    }

    @Test func aCutLongerThanTheBoundEndsTheAnnouncements() throws {
        var bench = try bench(.keep)
        bench.world.isCut = true
        bench.live(.seconds(19))
        #expect(bench.world.networks.count == 5 && bench.done.isEmpty)
        bench.live(.seconds(2))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().node.brake?.state == "spent")
        #expect(bench.snapshot().warnings.first?.code == "D461")
        bench.live(.seconds(120))
        #expect(bench.world.networks.isEmpty)
        bench.world.isCut = false
        bench.live(.seconds(10))
        #expect(bench.world.networks.count == 5)
        #expect(bench.snapshot().node.brake?.state == "off")
    }

    @Test func softeningMakesPathsWorseAndTakesNoneBack() throws {
        var bench = try bench(.soften)
        bench.world.isCut = true
        bench.live(.seconds(3))
        let forms = bench.world.networks.map { bench.world.form(of: $0).level }
        #expect(forms == Array(repeating: .soft, count: 5))
        bench.world.isCut = false
        bench.live(.seconds(3))
        #expect(bench.world.networks.allSatisfy { bench.world.form(of: $0).level == .normal })
        // Two changes of each route, and nothing else.
        #expect(bench.done.count == 10)
        #expect(!bench.done.contains { if case .withdraw = $0 { true } else { false } })
    }

    @Test func onlyWhatWouldBeWithdrawnIsSoftened() throws {
        var bench = try bench(.soften, canaries: false)
        bench.world.alive = [Self.server(1, 0), Self.server(2, 0), Self.server(3, 0)]
        bench.live(.seconds(3))
        let soft = bench.world.networks.filter { bench.world.form(of: $0).level == .soft }
        #expect(Set(soft.map(\.address.bits)) == [0xcb00_710a, 0xcb00_710e])
    }

    @Test func whereItIsOnlyToldRoutesGoAsServersFail() throws {
        var bench = try bench(.withdraw)
        bench.world.isCut = true
        bench.live(.seconds(1))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.events.contains { $0.text.contains("suspects itself") })
    }

    /// What is held keeps what stands; it begins nothing.
    @Test func nothingIsAnnouncedAnewOnTheStrengthOfIt() throws {
        var bench = try bench(.keep)
        bench.world.isCut = true
        bench.live(.seconds(2))
        bench.world.networks = []
        bench.live(.seconds(10))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips[0].reason?.code == "suspect")
        bench.world.isCut = false
        bench.live(.seconds(3))
        #expect(bench.world.networks.count == 5)
    }

    /// Those that are forgiven and then not heard of again fall like any other.
    @Test func whatIsStillDeadAfterwardsGoes() throws {
        var bench = try bench(.keep)
        bench.world.isCut = true
        bench.live(.seconds(5))
        bench.world.alive.remove(Self.server(0, 0))
        bench.world.isCut = false
        bench.live(.seconds(2))
        #expect(bench.world.networks.count == 4)
    }

    /// Who passed before the first of a crowd failed was not heard of since, and speaks for nobody.
    @Test func whoPassedBeforeSpeaksForNobody() throws {
        var bench = try bench(.keep, canaries: false)
        bench.now = bench.now + .milliseconds(10)
        let cut = Set(Self.servers.prefix(4))
        for target in bench.director.targets where cut.contains(target.endpoint) {
            bench.director.probed(target, Outcome(.l4timeout), at: bench.now)
        }
        bench.turn()
        let brake = bench.snapshot().node.brake
        #expect(brake?.state == "on" && brake?.failing == 4 && brake?.heard == 4)
        // Whoever passes after that does.
        for target in bench.director.targets where !cut.contains(target.endpoint) {
            bench.director.probed(target, Outcome(.l4ok), at: bench.now)
        }
        bench.director.probed(
            try #require(bench.director.targets.first { $0.endpoint == Self.servers[0] }),
            Outcome(.l4ok),
            at: bench.now
        )
        bench.turn()
        #expect(bench.snapshot().node.brake?.state == "off")
    }

    @Test func oneServerOfManyIsNoCrowd() throws {
        var bench = try bench(.keep)
        bench.world.alive.remove(Self.server(0, 0))
        bench.live(.milliseconds(250))
        #expect(bench.world.networks.count == 4)
        #expect(bench.snapshot().node.brake?.engagements == 0)
    }
}
