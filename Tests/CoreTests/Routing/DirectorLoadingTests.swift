import Core
import Net
import TestSupport
import Testing

/// When a bgpd that has just appeared is looked at, with nobody telling that it read on.
@Suite struct DirectorLoadingTests {
    /// The soonest that routers hear of what bgpd has read: its first attempt at a session, which
    /// comes a second after the neighbour was read.
    private static let soonest: Duration = .seconds(1)

    /// How long `prefix` is out, once bgpd has read it.
    private func exposure(of prefix: Prefix, _ routes: inout RoutingBench) -> Duration {
        let since = routes.bench.now
        while routes.bench.world.networks.contains(prefix), routes.bench.now - since < .seconds(9) {
            routes.live(.milliseconds(10), step: .milliseconds(10))
        }
        return routes.bench.now - since
    }

    /// Seen in the lab, on a busy machine: the first look found a bgpd without a configuration,
    /// and the next one came five seconds later, when routers had heard of what was saved.
    @Test(arguments: [0, 200, 1000, 4000, 7500])
    func whatIsReadLateIsGoneBeforeRoutersHearOfIt(milliseconds: Int64) throws {
        var routes = try RoutingBench(1)
        routes.live(.milliseconds(500))
        let stale = RoutingBench.prefix(9)
        routes.bench.world.restartDaemon(saved: [stale])
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.live(.milliseconds(milliseconds))
        #expect(routes.warnings.contains("F109") == (milliseconds > 0))
        routes.bench.world.readOn()
        #expect(exposure(of: stale, &routes) < Self.soonest)
        routes.live(.milliseconds(250))
        #expect(routes.isOut(0))
    }

    /// It counted as loaded, for whoever fed it paused, and then there was more: sessions may be up
    /// by then, but it is not out for long.
    @Test(arguments: [500, 3000, 7500])
    func whatIsReadAfterAPauseIsNotOutForLong(milliseconds: Int64) throws {
        var routes = try RoutingBench(1)
        routes.live(.milliseconds(500))
        let stale = RoutingBench.prefix(9)
        routes.bench.world.restartDaemon(saved: [nil, stale])
        routes.bench.world.readOn()
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.live(.milliseconds(milliseconds))
        #expect(routes.isOut(0))
        routes.bench.world.readOn()
        #expect(exposure(of: stale, &routes) < Self.soonest)
    }

    /// Every start of bgpd begins without an instance: that is an error only when it stays so.
    @Test func aMissingInstanceIsToldWhenItStaysAway() throws {
        var routes = try RoutingBench(1)
        routes.live(.milliseconds(500))
        for isLong in [false, true] {
            routes.bench.events = []
            routes.bench.world.restartDaemon(saved: [])
            routes.bench.director.stirred(.bgp, at: routes.bench.now)
            routes.live(isLong ? .seconds(30) : .seconds(5))
            let told = routes.bench.events.filter {
                $0.kind == .plane && $0.text.contains("F109")
            }
            #expect(told.map(\.level) == (isLong ? [.error] : []))
            // Whoever asks is told at once.
            #expect(routes.warnings.contains("F109"))
            routes.bench.world.readOn()
            routes.live(.seconds(5))
        }
    }

    /// What is drained and was saved need not wait in line for the ration of route changes.
    @Test func whatWasDrainedAndIsSavedGoesAllAtOnce() throws {
        let policy = RouteChangePolicy(perSecond: 1, burst: 1, jitter: .zero)
        var routes = try RoutingBench(5, routeChanges: policy)
        routes.live(.milliseconds(500))
        #expect(routes.outCount == 5)
        routes.bench.director.asked(for: .drain(.node), at: routes.bench.now)
        routes.live(.seconds(10))
        #expect(routes.outCount == 0)
        routes.bench.world.restartDaemon(saved: (0..<5).map(RoutingBench.prefix))
        for _ in 0..<5 { routes.bench.world.readOn() }
        #expect(routes.outCount == 5)
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.live(.milliseconds(100))
        #expect(routes.outCount == 0)
    }

    /// Read in late, it is nobody's doing: five such restarts are no sign of another controller.
    @Test func whatIsReadLateIsNobodysWork() throws {
        var routes = try RoutingBench(1)
        routes.live(.milliseconds(500))
        for _ in 0..<8 {
            routes.bench.world.restartDaemon(saved: [RoutingBench.prefix(9)])
            routes.bench.director.stirred(.bgp, at: routes.bench.now)
            routes.live(.milliseconds(300))
            routes.bench.world.readOn()
            routes.live(.seconds(1))
            #expect(routes.isOut(0) && !routes.isOut(9))
        }
        #expect(!routes.bench.events.contains { $0.kind == .drift })
        #expect(!routes.warnings.contains("F141"))
    }

    /// What has been there for long is looked at no more often than it was.
    @Test func itIsLeftInPeaceLater() throws {
        var routes = try RoutingBench(1)
        routes.live(.seconds(60))
        let before = routes.looks
        routes.live(.seconds(60))
        #expect((11...13).contains(routes.looks - before))
    }

    /// Seen in the lab: the look that a connection asked for failed, for want of another, and the
    /// next one waited for as long as if bgpd had still been gone.
    @Test func newsEndsALongWait() throws {
        var routes = try RoutingBench(1)
        routes.live(.milliseconds(500))
        routes.bench.world.broken = [.bgp]
        routes.live(.seconds(20))
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.react()
        let before = routes.looks
        routes.bench.world.broken = []
        routes.live(.milliseconds(70), step: .milliseconds(10))
        #expect(routes.looks > before)
    }
}

extension RoutingBench {
    /// How often bgpd was looked at.
    fileprivate var looks: Int {
        bench.handedOut.count { if case .observe(.bgp) = $0 { true } else { false } }
    }
}
