import Core
import Net
import TestSupport
import Testing

/// Why things are changed, and how often servers turn.
@Suite struct DirectorCausesTests {
    private typealias Bench = DirectorBench

    /// The changes of the table since the last call, by cause and action.
    private struct Ledger {
        private var before: [String: Int] = [:]

        mutating func news(_ bench: Bench, at target: String = "ipvs") throws -> [String: Int] {
            let changes = try #require(bench.snapshot().counts?.changes)
            let now = Dictionary(
                uniqueKeysWithValues: changes.filter { $0.target == target }.map {
                    ("\($0.cause) \($0.action)", $0.count)
                }
            )
            defer { before = now }
            return now.merging(before) { $0 - $1 }.filter { $0.value != 0 }
        }
    }

    @Test func everyChangeHasItsCause() throws {
        var bench = Bench(try Bench.intent())
        var ledger = Ledger()
        bench.live()
        // Which servers are up is known before anything is added, and is why they are.
        let first = try ledger.news(bench)
        #expect(first.values.reduce(0, +) == bench.batches(of: .ipvs).joined().count)
        bench.world.alive.remove(Bench.servers[0])
        bench.live()
        #expect(try ledger.news(bench) == ["health update-destination": 1])
        bench.world.services[Bench.key]?.destinations[Bench.servers[1]]?.weight = 77
        bench.live(.seconds(40))
        #expect(try ledger.news(bench) == ["drift update-destination": 1])
        let civil = Timestamp(milliseconds: 1_700_000_000_000)
        let mandate = Mandate(
            by: "root",
            reason: "disk",
            since: civil,
            civilNow: civil,
            now: bench.now
        )
        let order = BackendOrder.weight(
            BackendKey(Bench.key, Bench.servers[1]),
            Ruling(5, mandate)
        )
        bench.director.asked(for: .order(order), at: bench.now)
        bench.live()
        #expect(try ledger.news(bench) == ["operator update-destination": 1])
        let scheduling = Scheduling(scheduler: .rr, flags: [])
        bench.director.asked(for: .reload(try Bench.intent(scheduling: scheduling)), at: bench.now)
        bench.live()
        let last = try ledger.news(bench)
        #expect(last == ["config update-service": 1])
        let causes = try #require(bench.snapshot().counts?.changes).map(\.cause)
        #expect(Set(causes) == Set(ChangeCause.allCases.map(\.rawValue)))
        var addresses = Ledger()
        #expect(try addresses.news(bench, at: "addresses").values.reduce(0, +) == 1)
        var routes = Ledger()
        #expect(try routes.news(bench, at: "bgp").keys.contains { $0.hasSuffix(" announce") })
    }

    /// A server that fails two checks has turned once.
    @Test func aServerTurnsWithItsChecksTogether() throws {
        var intent = try Bench.intent()
        var ping = Check(method: .icmp(size: 8))
        (ping.rise, ping.fall) = (1, 2)
        intent.vips[0].services[0].checks.append(NamedCheck(name: "ping", ping))
        var bench = Bench(intent)
        bench.live()
        bench.world.alive.remove(Bench.servers[0])
        bench.live()
        bench.world.alive.insert(Bench.servers[0])
        bench.live()
        let server = bench.snapshot().vips[0].services[0].backends[0]
        #expect(server.turns == TurnStatus(up: 2, down: 1))
        #expect(server.results?.map(\.check) == ["tcp", "ping"])
    }

    /// A check may be about all ports of a host, or about one: whoever it is about has turned.
    @Test func serversAtOneAddressTurnByThemselves() throws {
        let host = Bench.servers[0].address
        let alone = Endpoint(host, 8080)
        var intent = try Bench.intent()
        var ping = Check(method: .icmp(size: 8), port: 1)
        (ping.rise, ping.fall) = (1, 1)
        intent.vips[0].services[0].checks.append(NamedCheck(name: "ping", ping))
        intent.vips[0].services[0].backends = ([alone] + Bench.servers).sorted().map {
            Backend($0)
        }
        var bench = Bench(intent)
        let pings = (Bench.servers + [alone]).map { Endpoint($0.address, 1) }
        bench.world.alive.formUnion(pings + [alone])
        bench.live()
        func downs() -> [Int?] {
            bench.snapshot().vips[0].services[0].backends.map { $0.turns?.down }
        }
        #expect(downs() == [0, 0, 0])
        bench.world.alive.remove(alone)
        bench.live()
        #expect(downs() == [0, 1, 0])
        bench.world.alive.insert(alone)
        bench.live()
        bench.world.alive.remove(Endpoint(host, 1))
        bench.live()
        #expect(downs() == [1, 2, 0])
    }

    @Test func serversThatTurnAreCounted() throws {
        var bench = Bench(try Bench.intent())
        bench.live()
        func server(_ place: Int) -> BackendStatus {
            bench.snapshot().vips[0].services[0].backends[place]
        }
        #expect(server(0).turns == TurnStatus(up: 1, down: 0))
        #expect(server(0).results == [CheckResultStatus(check: "tcp", code: "L4OK")])
        for _ in 0..<3 {
            bench.world.alive.remove(Bench.servers[0])
            bench.live()
            bench.world.alive.insert(Bench.servers[0])
            bench.live()
        }
        bench.world.alive.remove(Bench.servers[0])
        bench.live()
        #expect(server(0).turns == TurnStatus(up: 4, down: 4))
        #expect(server(1).turns == TurnStatus(up: 1, down: 0))
        #expect(server(0).results?.first?.code.hasSuffix("OK") == false)
        // A server that leaves takes its numbers along.
        var intent = try Bench.intent()
        intent.vips[0].services[0].backends.removeFirst()
        bench.director.asked(for: .reload(intent), at: bench.now)
        bench.director.asked(for: .reload(try Bench.intent()), at: bench.now)
        #expect(server(0).turns == nil)
        #expect(server(1).turns == TurnStatus(up: 1, down: 0))
    }
}
