import Core
import Net
import Testing

/// Capacity in coarse steps.
@Suite struct BandwidthStepTests {
    private let policy = BandwidthPolicy(perWeight: 100, steps: 4)

    @Test(arguments: [(8, 4), (7, 4), (6, 3), (4, 2), (1, 1), (0, 1)])
    func isNearest(live: Int, number: Int) {
        #expect(BandwidthStep(live: live, of: 8, in: policy).number == number)
    }

    /// Between two steps either stands.
    @Test func isLeftOnlyWhenCapacityIsClearlyElsewhere() {
        var step = BandwidthStep(live: 16, of: 16, in: policy)
        for (live, number) in [
            (14, 4), (13, 4), (12, 3), (14, 3), (15, 3), (16, 4), (5, 1), (7, 1), (8, 2),
        ] {
            step = step.following(live: live, of: 16, in: policy)
            #expect(step.number == number, "\(live)")
        }
    }

    @Test func saysWhatItIsWorth() {
        #expect(BandwidthStep(live: 8, of: 8, in: policy).bandwidth(of: 8, in: policy) == 800)
        #expect(BandwidthStep(live: 4, of: 8, in: policy).bandwidth(of: 8, in: policy) == 400)
        let tiny = BandwidthPolicy(perWeight: 1, steps: 16)
        #expect(BandwidthStep(live: 0, of: 1, in: tiny).bandwidth(of: 1, in: tiny) == 1)
        let huge = BandwidthPolicy(perWeight: .max, steps: 1)
        #expect(BandwidthStep(live: 9, of: 9, in: huge).bandwidth(of: 9, in: huge) == .max)
    }

    /// A restart does not move flows: the step that is announced stands between two.
    @Test func aRestartTakesOverTheStepThatIsAnnounced() throws {
        var bench = try GateBench()
        bench.vip?.bandwidth = policy
        bench.vip?.services[0].backends = (0..<16).map { index in
            Backend(Endpoint(IPAddress(v4: 0x0a14_0100 + UInt32(index)), 443))
        }
        for backend in bench.vip?.services[0].backends ?? [] {
            bench.up[backend.endpoint] = backend.endpoint.address < IPAddress(v4: 0x0a14_010e)
        }
        bench.sight.slice.announcement = Announcement(.normal, RouteAttributes(bandwidth: 1200))
        #expect(bench.decide().wanted.announcement?.attributes.bandwidth == 1200)
        bench.memory.bandwidth = nil
        bench.sight.slice.announcement = Announcement(.normal, RouteAttributes(bandwidth: 1600))
        #expect(bench.decide().wanted.announcement?.attributes.bandwidth == 1600)
    }
}
