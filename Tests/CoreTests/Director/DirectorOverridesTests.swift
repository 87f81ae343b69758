import Core
import Net
import Testing

/// Orders about real servers, from the word of an operator to the table.
@Suite struct DirectorOverridesTests {
    private static let first = BackendKey(DirectorBench.key, DirectorBench.servers[0])
    private static let second = BackendKey(DirectorBench.key, DirectorBench.servers[1])

    private func bench(_ scheduler: Scheduling.Scheduler = .wrr) throws -> DirectorBench {
        let scheduling =
            scheduler == .mh ? Scheduling() : Scheduling(scheduler: scheduler, flags: [])
        var bench = DirectorBench(try DirectorBench.intent(scheduling: scheduling))
        bench.live()
        return bench
    }

    private func order(
        _ state: Backend.AdminState,
        _ key: BackendKey,
        for seconds: Int? = nil,
        in bench: inout DirectorBench
    ) {
        let ruling = Ruling(state, mandate(bench, for: seconds))
        bench.director.asked(for: .order(.state(key, ruling)), at: bench.now)
    }

    private func mandate(_ bench: DirectorBench, for seconds: Int? = nil) -> Mandate {
        let civil = Timestamp(milliseconds: 1_700_000_000_000)
        return Mandate(
            by: "root",
            reason: "disk swap",
            since: civil,
            until: seconds.map { civil + .seconds($0) },
            civilNow: civil,
            now: bench.now
        )
    }

    private func weights(_ bench: DirectorBench) -> [Int?] {
        DirectorBench.servers.map {
            bench.world.services[DirectorBench.key]?.destinations[$0]?.weight
        }
    }

    private func backend(_ place: Int, _ bench: DirectorBench) -> BackendStatus {
        bench.snapshot().vips[0].services[0].backends[place]
    }

    @Test func aDrainTakesTheWeightAndIsShown() throws {
        var bench = try bench()
        order(.drain, Self.first, in: &bench)
        bench.live(.seconds(1))
        #expect(weights(bench) == [0, 1])
        #expect(bench.world.networks.contains(Prefix(host: DirectorBench.address)))
        let status = backend(0, bench)
        #expect(status.admin == "drain" && status.waiting == nil)
        #expect(status.overrides?.map(\.value) == ["drain"])
        #expect(status.overrides?.first?.by == "root")
        #expect(bench.snapshot().overrides.map(\.reason) == ["disk swap"])
        let gates = bench.snapshot().vips[0].gates.filter { $0.name == "override" }
        #expect(gates.count == 1 && gates[0].text.contains("drain, by root since"))
        order(.ready, Self.first, in: &bench)
        bench.live(.seconds(1))
        #expect(weights(bench) == [1, 1] && bench.director.overrides.isEmpty)
    }

    /// Without the last server the VIP is withdrawn; only then is its weight taken.
    @Test func theLastServerWaitsUntilTheRouteIsGone() throws {
        var bench = try bench()
        bench.world.alive = [DirectorBench.servers[0]]
        bench.live(.seconds(1))
        #expect(weights(bench) == [1, 0])
        bench.hanging = .bgp
        let drain = BackendOrder.state(Self.first, Ruling(.drain, mandate(bench)))
        let notes = bench.director.consequences(of: drain, at: bench.now)
        #expect(notes.count == 1 && notes[0].contains("web will be withdrawn here"))
        order(.drain, Self.first, in: &bench)
        bench.live(.seconds(2))
        #expect(weights(bench) == [1, 0])
        #expect(backend(0, bench).waiting?.contains("its route is not seen gone") == true)
        // bgpd answers at last.
        bench.hanging = nil
        let apply = try #require(bench.handedOut.last { $0.plane == .bgp })
        bench.carryOut(apply)
        bench.live(.seconds(2))
        #expect(bench.world.networks.isEmpty)
        #expect(weights(bench) == [0, 0])
    }

    @Test func aRestartKeepsTheOrders() throws {
        var bench = try bench()
        order(.drain, Self.first, in: &bench)
        bench.live(.seconds(1))
        let overrides = bench.director.overrides
        var second = DirectorBench(bench.director.intent, overrides: overrides)
        second.world = bench.world
        second.live()
        #expect(second.batches(of: .ipvs).isEmpty && weights(second) == [0, 1])
    }

    @Test func anOrderEndsWhenItsTimeIsOver() throws {
        var bench = try bench()
        order(.drain, Self.first, for: 5, in: &bench)
        bench.live(.seconds(4))
        #expect(weights(bench) == [0, 1])
        bench.live(.seconds(2))
        #expect(weights(bench) == [1, 1] && bench.director.overrides.isEmpty)
        #expect(bench.events.contains { $0.text.contains("the time of drain is over") })
    }

    @Test func maintenanceIsNotProbed() throws {
        var bench = try bench()
        let targets = bench.director.targets.count
        let generation = bench.director.targetsGeneration
        order(.maint, Self.first, in: &bench)
        #expect(bench.director.targets.count == targets - 1)
        #expect(bench.director.targetsGeneration != generation)
        bench.live(.seconds(1))
        #expect(weights(bench) == [0, 1])
        // Back in use only once its checks have passed again.
        order(.ready, Self.first, in: &bench)
        #expect(bench.director.targets.count == targets)
        bench.turn()
        #expect(weights(bench) == [0, 1])
        bench.live(.seconds(1))
        #expect(weights(bench) == [1, 1])
    }

    @Test func ordersSurviveAReloadThatTakesTheirServerAway() throws {
        var bench = try bench()
        order(.maint, Self.first, in: &bench)
        let whole = bench.director.intent
        var less = whole
        less.vips[0].services[0].backends.remove(at: 0)
        bench.director.asked(for: .reload(less), at: bench.now)
        bench.live(.seconds(1))
        let idle = bench.snapshot().overrides
        #expect(idle.map(\.idle) == [true] && idle[0].service == "http")
        bench.director.asked(for: .reload(whole), at: bench.now)
        bench.live(.seconds(1))
        #expect(weights(bench) == [0, 1])
    }

    @Test func looksMoreOftenWhileConnectionsEnd() throws {
        var bench = try bench()
        bench.world.connections = [DirectorBench.key: [DirectorBench.servers[0]: 3]]
        order(.drain, Self.first, in: &bench)
        bench.live(.seconds(2))
        #expect(backend(0, bench).activeConnections == 3)
        bench.world.connections = [:]
        bench.live(.seconds(2))
        #expect(
            backend(0, bench).activeConnections == nil || backend(0, bench).activeConnections == 0
        )
    }

    // MARK: Hand-overs

    private func handOver(in bench: inout DirectorBench, over: Duration = .seconds(20)) throws {
        let handover = try bench.director.handover(
            in: DirectorBench.key,
            from: Self.first.endpoint,
            to: Self.second.endpoint,
            over: over,
            mandate: mandate(bench),
            at: bench.now
        )
        bench.director.asked(for: .order(.handOver(handover)), at: bench.now)
    }

    @Test func aHandoverEndsWithADrainAndAFewWrites() throws {
        var bench = try bench()
        order(.drain, Self.second, in: &bench)
        bench.live(.seconds(1))
        #expect(weights(bench) == [1, 0])
        let before = bench.batches(of: .ipvs).joined().count
        try handOver(in: &bench)
        bench.live(.milliseconds(10_500))
        #expect(weights(bench) == [5, 5])
        #expect(backend(0, bench).handover?.percent ?? 0 >= 49)
        #expect(backend(1, bench).handover?.role == .to)
        bench.live(.seconds(12))
        #expect(weights(bench) == [0, 1])
        #expect(backend(0, bench).admin == "drain" && backend(1, bench).admin == "ready")
        #expect(bench.director.overrides.states.keys.sorted() == [Self.first])
        #expect(bench.batches(of: .ipvs).joined().count - before <= 2 * Ramp.steps + 4)
    }

    @Test func aHandoverToOneWhoFailsIsStoppedLoudly() throws {
        var bench = try bench()
        order(.drain, Self.second, in: &bench)
        bench.live(.seconds(1))
        try handOver(in: &bench)
        bench.live(.seconds(10))
        bench.world.alive = [DirectorBench.servers[0]]
        bench.live(.seconds(1))
        #expect(weights(bench) == [1, 0])
        #expect(backend(0, bench).handover?.stopped?.contains("is down") == true)
        #expect(bench.snapshot().warnings.contains { $0.code == "handover-stopped" })
        #expect(bench.events.contains { $0.level == .error && $0.text.contains("was stopped") })
        // Back on its feet it is what it was before: drained.
        bench.world.alive = Set(DirectorBench.servers)
        bench.live(.seconds(20))
        #expect(weights(bench) == [1, 0])
        order(.ready, Self.first, in: &bench)
        #expect(bench.director.overrides.handovers.isEmpty)
        #expect(!bench.snapshot().warnings.contains { $0.code == "handover-stopped" })
    }

    @Test func aRestartGoesOnWithAHandover() throws {
        var bench = try bench()
        order(.drain, Self.second, in: &bench)
        bench.live(.seconds(1))
        try handOver(in: &bench)
        bench.live(.milliseconds(10_500))
        var second = DirectorBench(bench.director.intent, overrides: bench.director.overrides)
        second.world = bench.world
        second.now = bench.now
        second.live(.milliseconds(500))
        #expect(second.batches(of: .ipvs).isEmpty && weights(second) == [5, 5])
        second.live(.seconds(12))
        #expect(weights(second) == [0, 1])
    }

    @Test func aHandoverHasConditions() throws {
        func reason(_ bench: DirectorBench, over: Duration = .seconds(20)) -> String {
            do throws(Fault) {
                _ = try bench.director.handover(
                    in: DirectorBench.key,
                    from: Self.first.endpoint,
                    to: Self.second.endpoint,
                    over: over,
                    mandate: mandate(bench),
                    at: bench.now
                )
                return "none"
            } catch {
                #expect(error.code == "D430")
                return error.because
            }
        }
        var bench = try bench(.mh)
        #expect(reason(bench).contains("moves flows of other servers"))
        bench = try self.bench()
        #expect(reason(bench) == "none")
        #expect(reason(bench, over: .seconds(1)).contains("10s to 24h"))
        order(.maint, Self.second, in: &bench)
        #expect(reason(bench).contains("not known to be up"))
        order(.ready, Self.second, in: &bench)
        bench.world.alive = [DirectorBench.servers[0]]
        bench.live(.seconds(1))
        #expect(reason(bench).contains("not known to be up"))
        bench.world.alive = Set(DirectorBench.servers)
        bench.live(.seconds(1))
        order(.drain, Self.first, in: &bench)
        #expect(reason(bench).contains("is drain already"))
    }

    @Test func saysWhatAnOrderBringsWithIt() throws {
        let mh = try bench(.mh)
        let weight = BackendOrder.weight(Self.first, Ruling(3, mandate(mh)))
        #expect(mh.director.consequences(of: weight, at: mh.now).first?.contains("with mh") == true)
        let stray = BackendKey(DirectorBench.key, Endpoint(IPAddress(v4: 0x0a14_00ff), 80))
        let idle = BackendOrder.state(stray, Ruling(.drain, mandate(mh)))
        let notes = mh.director.consequences(of: idle, at: mh.now)
        #expect(notes.first?.contains("not in the configuration") == true)
    }
}
