import Core
import Net
import TestSupport
import Testing

/// What waits for its turn to change at the routers, and what never does.
@Suite struct DirectorRationTests {
    private static let tight = RouteChangePolicy(perSecond: 10, burst: 5, jitter: .zero)

    @Test func theFirstAnnouncementsAreFree() throws {
        var routes = try RoutingBench(1100, routeChanges: Self.tight)
        routes.live(.milliseconds(300))
        #expect(routes.outCount == 1100)
        #expect(routes.bench.batches(of: .bgp).map(\.count).first == 1100)
        #expect(routes.bench.snapshot().routeChanges?.room == 5)
    }

    @Test func lostQuorumNeverWaits() throws {
        var routes = try RoutingBench(40, routeChanges: Self.tight)
        routes.live(.milliseconds(500))
        for index in 0..<40 { routes.fail(index) }
        routes.react()
        #expect(routes.outCount == 0)
        // And leaves no debt: what comes back is paced from now on.
        for index in 0..<40 { routes.revive(index) }
        routes.react()
        #expect(routes.outCount == 0)
        routes.live(.seconds(1))
        #expect((8...12).contains(routes.outCount))
        let row = routes.gate("budget", 39)
        #expect(row?.standing == .closed && row?.text.contains("announcement") == true)
        #expect(row?.text.contains("(10 a second, 5 at once)") == true)
        #expect(routes.gate("budget", 0) == nil)
        #expect((routes.bench.snapshot().routeChanges?.waiting ?? 0) > 20)
        routes.live(.seconds(4))
        #expect(routes.outCount == 40)
        #expect(routes.bench.snapshot().routeChanges?.waiting == 0)
        #expect(routes.gate("budget", 39) == nil)
    }

    @Test func aWithdrawalForQuorumOvertakesADrain() throws {
        var routes = try RoutingBench(40, routeChanges: Self.tight)
        routes.live(.milliseconds(500))
        routes.bench.director.asked(for: .drain(.node, .atOnce), at: routes.bench.now)
        routes.react()
        #expect(routes.outCount == 35)
        routes.fail(39)
        routes.fail(38)
        routes.react()
        #expect(!routes.isOut(39) && !routes.isOut(38))
        #expect(routes.outCount == 33)
        routes.live(.seconds(5))
        #expect(routes.outCount == 0)
    }

    @Test func goesByAgeWhateverTheAddress() throws {
        var routes = try RoutingBench(20, routeChanges: Self.tight)
        routes.live(.milliseconds(500))
        for index in 0..<20 { routes.fail(index) }
        routes.react()
        let start = routes.bench.handedOut.count
        for index in (0..<20).reversed() {
            routes.revive(index)
            routes.react()
        }
        routes.live(.seconds(4))
        let order = routes.announced(since: start)
        #expect(order.count == 20)
        // Batches are of one address after the other, and batches go by age.
        let last = try #require(order.last)
        #expect([RoutingBench.vip(0), RoutingBench.vip(1)].contains(last))
        #expect(order.first == RoutingBench.vip(19))
    }

    @Test func jitterSpreadsWhatNobodyAskedFor() throws {
        let policy = RouteChangePolicy(perSecond: 1000, burst: 1000, jitter: .milliseconds(200))
        var waits: Set<Int64> = []
        for seed in UInt64(0)..<20 {
            var routes = try RoutingBench(1, routeChanges: policy, chance: Chance(seed: seed))
            routes.live(.milliseconds(500))
            routes.fail(0)
            routes.react()
            let back = routes.bench.now
            routes.revive(0)
            routes.live(.milliseconds(300), step: .milliseconds(5))
            #expect(routes.isOut(0))
            let told = routes.bench.events.last {
                $0.kind == .change && $0.text.contains("announce")
            }
            let wait = try #require(told).at - back
            #expect(wait <= .milliseconds(210))
            waits.insert(wait.nanoseconds)
        }
        #expect(waits.count > 5)
    }

    @Test func anUndrainIsAskedForAndNotSpread() throws {
        let policy = RouteChangePolicy(perSecond: 1000, burst: 1000, jitter: .seconds(60))
        var routes = try RoutingBench(4, routeChanges: policy, chance: Chance(seed: 1))
        routes.live(.milliseconds(500))
        routes.bench.director.asked(for: .drain(.node, .atOnce), at: routes.bench.now)
        routes.live(.milliseconds(500))
        #expect(routes.outCount == 0)
        routes.bench.director.asked(for: .undrain(.node), at: routes.bench.now)
        routes.live(.milliseconds(500))
        #expect(routes.outCount == 4)
    }
}

/// A VIP that flaps is held back by its director, never at its withdrawal.
@Suite struct DirectorDampingTests {
    @Test func theThirdFlapHoldsBackAndSaysSo() throws {
        var routes = try RoutingBench(1, damping: .usual)
        routes.live(.milliseconds(500))
        for _ in 0..<3 {
            #expect(routes.isOut(0))
            routes.fail(0)
            routes.react()
            #expect(!routes.isOut(0))
            routes.live(.seconds(1))
            routes.revive(0)
            routes.live(.seconds(1))
        }
        #expect(!routes.isOut(0))
        let vip = routes.bench.snapshot().vips[0]
        #expect(vip.reason?.code == "damped")
        #expect(vip.damping?.flaps == 3 && vip.damping?.until != nil)
        let row = routes.gate("hold", 0)
        #expect(row?.standing == .closed)
        #expect(row?.text.contains("flapped 3 times, penalty 28") == true)
        #expect(row?.text.contains("held back until it is below 1000: in 9") == true)
        routes.live(.seconds(100), step: .milliseconds(500))
        #expect(routes.isOut(0))
        // One that stands is withdrawn at once all the same, and then held back for longer.
        routes.fail(0)
        routes.react()
        #expect(!routes.isOut(0))
        routes.revive(0)
        routes.live(.seconds(85), step: .milliseconds(500))
        #expect(!routes.isOut(0))
    }

    @Test func drainsStartsAndReloadsAreNoFlaps() throws {
        var routes = try RoutingBench(1, damping: .usual)
        for round in 0..<6 {
            routes.live(.milliseconds(500))
            #expect(routes.isOut(0))
            routes.bench.director.asked(for: .drain(.node, .atOnce), at: routes.bench.now)
            routes.live(.milliseconds(500))
            #expect(!routes.isOut(0))
            // Its health while it is drained is nobody's business.
            routes.fail(0)
            routes.react()
            routes.revive(0)
            routes.bench.director.asked(for: .undrain(.node), at: routes.bench.now)
            routes.react()
            var intent = routes.bench.director.intent
            intent.vips[0].services[0].backends[0].admin = .maint
            intent.vips[0].holdDown = .milliseconds(Int64(round))
            routes.bench.director.asked(for: .reload(intent), at: routes.bench.now)
            routes.react()
            intent.vips[0].services[0].backends[0].admin = .ready
            routes.bench.director.asked(for: .reload(intent), at: routes.bench.now)
        }
        #expect(routes.bench.snapshot().vips[0].damping == nil)
    }

    @Test func canBeSwitchedOff() throws {
        var routes = try RoutingBench(1, damping: nil)
        for _ in 0..<10 {
            routes.revive(0)
            routes.live(.milliseconds(500))
            #expect(routes.isOut(0))
            routes.fail(0)
            routes.react()
        }
    }

    /// An announcement that is found standing is not ended for a penalty.
    @Test func endsNoAnnouncement() throws {
        var routes = try RoutingBench(1, damping: .usual)
        routes.live(.milliseconds(500))
        for _ in 0..<4 {
            routes.fail(0)
            routes.react()
            routes.revive(0)
            routes.live(.milliseconds(200))
        }
        #expect(!routes.isOut(0))
        routes.bench.world.networks.insert(RoutingBench.prefix(0))
        routes.live(.seconds(6))
        #expect(routes.isOut(0))
    }
}
