import Core
import Net
import Testing

/// Servers that pass their checks and are set aside, as a whole director has it.
@Suite struct DirectorAsideTests {
    /// Five servers behind one service, the two of the bench and three more.
    private static let servers =
        DirectorBench.servers + (13..<16).map { Endpoint(IPAddress(v4: 0x0a14_0000 + $0), 80) }

    private func bench(_ edit: (inout VirtualService) -> Void) throws -> DirectorBench {
        var intent = try DirectorBench.intent()
        intent.vips[0].services[0].backends = Self.servers.map { Backend($0) }
        edit(&intent.vips[0].services[0])
        var bench = DirectorBench(intent)
        bench.world.alive = Set(Self.servers)
        bench.live()
        return bench
    }

    /// Every server is asked once, with an answer after so long.
    private func ask(_ bench: inout DirectorBench, slow: Endpoint? = nil, _ latency: Duration) {
        for target in bench.director.targets {
            let duration = target.endpoint == slow ? latency : .milliseconds(1)
            bench.director.probed(target, Outcome(.l4ok, duration: duration), at: bench.now)
        }
        bench.turn()
    }

    private func weights(_ bench: DirectorBench) -> [Endpoint: Int] {
        var weights: [Endpoint: Int] = [:]
        for (endpoint, slice) in bench.world.services[DirectorBench.key]?.destinations ?? [:] {
            weights[endpoint] = slice.weight
        }
        return weights
    }

    @Test func aServerThatIsSlowForLongLosesItsWeightAndHasItBack() throws {
        var bench = try bench { $0.outliers = OutlierPolicy(rest: .seconds(10)) }
        let slow = Self.servers[3]
        // One answer that is late is no outlier: an eighth of it counts.
        ask(&bench, .zero)
        ask(&bench, slow: slow, .milliseconds(100))
        bench.now = bench.now + OutlierPolicy.reviewEvery
        bench.turn()
        bench.turn()
        #expect(weights(bench)[slow] == 1)
        for _ in 0..<20 { ask(&bench, slow: slow, .milliseconds(100)) }
        bench.now = bench.now + OutlierPolicy.reviewEvery
        bench.turn()
        bench.turn()
        #expect(weights(bench).filter { $0.value == 0 }.keys.sorted() == [slow])
        #expect(bench.world.networks.contains(Prefix(host: DirectorBench.address)))
        let vip = bench.snapshot().vips[0]
        let status = try #require(vip.services[0].backends.first { $0.endpoint == "\(slow)" })
        #expect(status.health == "up" && status.aside?.why == "slow")
        #expect(vip.gates.contains { $0.name == "aside" && $0.text.contains("1 of 5") })
        #expect(bench.events.contains { $0.text.contains("\(slow) is set aside") })
        for _ in 0..<40 { ask(&bench, .zero) }
        bench.now = bench.now + .seconds(10)
        bench.turn()
        bench.turn()
        #expect(weights(bench)[slow] == 1)
        #expect(bench.events.contains { $0.text.contains("\(slow) is not set aside any more") })
    }

    @Test func aServerThatComesAndGoesIsLeftOutForAWhile() throws {
        var bench = try bench { $0.damping = .usual }
        let restless = Self.servers[2]
        for _ in 0..<3 {
            for code in [Outcome.Code.l4connection, .l4ok] {
                for target in bench.director.targets where target.endpoint == restless {
                    bench.director.probed(target, Outcome(code), at: bench.now)
                }
                bench.turn()
            }
        }
        #expect(weights(bench)[restless] == 0)
        let backend = bench.snapshot().vips[0].services[0].backends.first {
            $0.endpoint == "\(restless)"
        }
        #expect(backend?.health == "up" && backend?.aside?.why == "restless")
        bench.now = bench.now + .seconds(120)
        bench.turn()
        bench.turn()
        #expect(weights(bench)[restless] == 1)
    }

    /// Whom its agent has drained counts for no quorum, and so does not make up for another.
    @Test func whomItsAgentDrainedIsNoSpare() throws {
        let agent = Check(method: .agent(sent: []), port: 9999, rise: 1, fall: 1)
        var bench = try bench { service in
            service.damping = .usual
            service.quorum = Quorum(up: .servers(4), down: .servers(4))
            service.checks.append(NamedCheck(name: "agent", agent))
        }
        let drained = ProbeTarget(endpoint: Endpoint(Self.servers[4].address, 9999), check: agent)
        let word = Outcome(.l7ok, detail: "drain", word: AgentWord(wish: .drain))
        bench.director.probed(drained, word, at: bench.now)
        bench.turn()
        for _ in 0..<4 {
            for code in [Outcome.Code.l4connection, .l4ok] {
                for target in bench.director.targets where target.endpoint == Self.servers[2] {
                    bench.director.probed(target, Outcome(code), at: bench.now)
                }
                if code == .l4ok { bench.turn() }
            }
            bench.turn()
        }
        #expect(weights(bench)[Self.servers[4]] == 0)
        #expect(weights(bench)[Self.servers[2]] != 0)
        #expect(bench.world.networks.contains(Prefix(host: DirectorBench.address)))
    }

    @Test func theWordsSayHowMuch() {
        let now = Moment(nanoseconds: 5_000_000_000)
        let slow = Aside.slow(.microseconds(103_400), median: .milliseconds(1))
        #expect(
            slow.text(at: now) == "its checks take 103.4 ms, the median of its peers is 1.0 ms"
        )
        let restless = Aside.restless(until: now + .seconds(90))
        #expect(restless.text(at: now) == "came and went too often: left out for 90.0 s more")
        #expect([slow.word, restless.word] == ["slow", "restless"])
    }
}
