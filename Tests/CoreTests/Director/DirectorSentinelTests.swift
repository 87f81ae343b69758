import Core
import Net
import Testing

/// What operators are shown of sentinels.
@Suite struct DirectorSentinelTests {
    private typealias Bench = DirectorBench

    private func watched() throws -> Bench {
        var intent = try Bench.intent()
        intent.vips[0].services[0].checks[0].check.hasSentinel = true
        var bench = Bench(intent)
        bench.live()
        return bench
    }

    private func gate(_ bench: Bench) -> GateStatus? {
        bench.snapshot().vips.first?.gates.first { $0.name == "sentinels" }
    }

    @Test func withoutOneNothingIsShown() throws {
        var bench = Bench(try Bench.intent())
        bench.live()
        #expect(gate(bench) == nil)
        let backends = bench.snapshot().vips.first?.services.first?.backends
        #expect(backends?.allSatisfy { $0.sentinel == nil } == true)
    }

    @Test func eachIsShownWithItsServer() throws {
        var bench = try watched()
        let end = bench.now
        bench.director.saw(
            SentinelSight(phase: .watching, lastCall: .reset, idleLimit: .milliseconds(4950)),
            of: Bench.servers[0],
            at: end
        )
        bench.live(.seconds(10))
        // The same again is no news, and changes no time.
        bench.director.saw(
            SentinelSight(phase: .watching, lastCall: .reset, idleLimit: .milliseconds(4950)),
            of: Bench.servers[0],
            at: bench.now
        )
        let snapshot = bench.snapshot()
        let backends = try #require(snapshot.vips.first?.services.first?.backends)
        let since = Timestamp(milliseconds: 1_700_000_000_000) - (bench.now - end)
        #expect(
            backends[0].sentinel
                == SentinelStatus(
                    state: "watching",
                    since: since,
                    lastCall: "reset",
                    idleLimitSeconds: 4.95
                )
        )
        #expect(backends[1].sentinel == SentinelStatus(state: "off"))
        #expect(
            gate(bench)?.text
                == "http: 1 of 2 servers are watched, 1 close idle connections, the first after "
                + "5.0 s"
        )
        #expect(gate(bench)?.standing == GateStatus.Standing.none)
    }

    @Test func thoseThatFindNoRoomAreCounted() throws {
        var bench = try watched()
        for server in Bench.servers {
            bench.director.saw(SentinelSight(phase: .crowdedOut), of: server, at: bench.now)
        }
        #expect(gate(bench)?.text == "http: 0 of 2 servers are watched, 2 have no connection left")
        for server in Bench.servers { bench.director.saw(nil, of: server, at: bench.now) }
        #expect(gate(bench)?.text == "http: 0 of 2 servers are watched")
    }

    /// Several results that came between two turns count, each of them.
    @Test func resultsThatCameTogetherCountEach() throws {
        var intent = try Bench.intent()
        intent.vips[0].services[0].checks[0].check.fall = 3
        var bench = Bench(intent)
        bench.live()
        let check = intent.vips[0].services[0].checks[0].check
        let target = check.target(for: intent.vips[0].services[0].backends[0])
        bench.director.probed(target, Outcome(.l4connection), count: 2, at: bench.now)
        #expect(bench.health == "going-down 2/3")
        bench.director.probed(target, Outcome(.l4connection), count: 1, at: bench.now)
        #expect(bench.health == "down")
    }
}

extension DirectorBench {
    /// The word for the health of the first server.
    fileprivate var health: String? {
        snapshot().vips.first?.services.first?.backends.first?.health
    }
}
