import Core
import Net
import Testing

/// Results are judged together, however many there are.
@Suite struct DirectorBatchTests {
    /// Five VIPs with a thousand servers each.
    private func intent() throws -> Intent {
        var intent = try DirectorBench.intent()
        var vip = intent.vips[0]
        intent.vips = try (0..<5).map { index in
            vip.name = try Name(parsing: "vip-\(index)")
            vip.address = IPAddress(v4: 0xcb00_710a + UInt32(index))
            vip.services[0].backends = (0..<1000).map { Backend(Self.server(index, $0)) }
            return vip
        }
        return intent
    }

    private static func server(_ vip: Int, _ index: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a20_0000 + UInt32(vip * 1000 + index)), 80)
    }

    @Test(arguments: [0, 1])
    func whatIsLostInOneLookIsOneTransaction(left: Int) throws {
        var bench = DirectorBench(try intent())
        bench.world.alive = Set((0..<5).flatMap { vip in (0..<1000).map { Self.server(vip, $0) } })
        bench.live(.seconds(2))
        #expect(bench.world.networks.count == 5)
        bench.handedOut = []
        bench.world.alive = Set((0..<5).flatMap { vip in (0..<left).map { Self.server(vip, $0) } })
        // Of each VIP so many are left.
        for target in bench.director.targets {
            bench.director.probed(target, bench.world.outcome(of: target), at: bench.now)
        }
        for _ in 0..<40 {
            bench.turn()
            bench.now = bench.now + .milliseconds(50)
        }
        let table = bench.batches(of: .ipvs)
        #expect(table.map(\.count) == [5000 - 5 * left])
        let routes = bench.batches(of: .bgp)
        #expect(routes.map(\.count) == (left == 0 ? [5] : []))
        #expect(bench.world.networks.count == (left == 0 ? 0 : 5))
    }
}
