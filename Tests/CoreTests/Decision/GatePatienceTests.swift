import Core
import Net
import TestSupport
import Testing

/// What is still announced is not dismantled: drains of servers, removals, whole VIPs.
@Suite struct GatePatienceTests {
    @Test func aDrainedServerKeepsItsWeightWhileTheVIPIsOnItsWayOut() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends[0].admin = .drain
        bench.vip?.services[0].backends[1].admin = .drain
        #expect(bench.weights() == [1, 1])
        #expect(!bench.decide().wanted.announced)
        // Withdrawn, but not yet seen to be gone.
        bench.sight.slice.announcement = nil
        #expect(bench.weights() == [1, 1])
        bench.sight.sentTo = []
        // Seen gone at every peer, and the routers' kernels are a little behind.
        let decision = bench.decide()
        #expect(bench.weights() == [1, 1])
        #expect(decision.revisitAt == bench.now + .seconds(1))
        #expect(decision.services[0].patience == .routeJustGone)
        bench.now = bench.now + .milliseconds(999)
        #expect(bench.weights() == [1, 1])
        bench.now = bench.now + .milliseconds(1)
        #expect(bench.weights() == [0, 0])
    }

    /// The run before this one may have taken the route back just now, and nobody knows when.
    @Test func aRouteThatThisRunNeverSawMayHaveGoneJustNow() throws {
        var bench = try GateBench(announced: false)
        bench.vip?.services[0].backends[0].admin = .drain
        bench.vip?.services[0].backends[1].admin = .drain
        #expect(bench.decide().services[0].patience == .routeJustGone)
        #expect(bench.weights() == [1, 1])
        bench.now = bench.now + .seconds(1)
        #expect(bench.weights() == [0, 0])
    }

    /// A router without a session may go on by what it was sent.
    @Test func whatARouterKeepsWithoutASessionIsStillOut() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends[0].admin = .drain
        bench.vip?.services[0].backends[1].admin = .drain
        bench.sight.slice.announcement = nil
        bench.sight.sentTo = []
        bench.sight.lingering = ["192.0.2.1": bench.now + .seconds(30)]
        _ = bench.decide()
        bench.now = bench.now + .seconds(20)
        #expect(bench.weights() == [1, 1])
        bench.sight.lingering = [:]
        _ = bench.decide()
        bench.now = bench.now + .seconds(1)
        #expect(bench.weights() == [0, 0])
    }

    /// Its replacement has to carry weight before it gives up its own.
    @Test func aDrainedServerWaitsForItsReplacement() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends[0].admin = .drain
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 0)
        #expect(bench.weights() == [1, 1])
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 1)
        #expect(bench.weights() == [0, 1])
    }

    @Test func aServerThatLeftGoesByWeightThenByConnections() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends.remove(at: 0)
        #expect(bench.weights() == [0, 1])
        // The same look at the table cannot say whether connections ended since.
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 1)
        #expect(bench.weights() == [0, 1])
        bench.now = bench.now + .seconds(1)
        bench.sight.tableSeenAt = bench.now
        bench.sight.activeConnections = [GateBench.id: [GateBench.first: 3]]
        #expect(bench.weights() == [0, 1])
        bench.sight.activeConnections = [:]
        #expect(bench.weights() == [nil, 1])
    }

    @Test func aServerThatLeftGoesAtTheDeadlineWhateverItsConnections() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends.remove(at: 0)
        bench.sight.activeConnections = [GateBench.id: [GateBench.first: 3]]
        _ = bench.decide()
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 1)
        bench.now = bench.now + bench.scene.drain.atMost
        bench.sight.tableSeenAt = bench.now
        #expect(bench.weights() == [nil, 1])
    }

    /// Replacing every server does not end the announcement while the new ones are unjudged.
    @Test func allServersCanBeReplacedAtOnce() throws {
        var bench = try GateBench()
        let fresh = Endpoint(IPAddress(v4: 0x0a14_00ff), 443)
        bench.vip?.services[0].backends = [Backend(fresh)]
        var decision = bench.decide()
        #expect(decision.verdict == .announce)
        let kept = decision.wanted.services[GateBench.id]?.destinations
        #expect(kept?[GateBench.first]?.weight == 1)
        #expect(kept?[fresh]?.weight == 0)
        bench.up[fresh] = false
        decision = bench.decide()
        #expect(decision.verdict.reason?.code == "no-quorum")
        // Still out: whatever takes flows goes on taking them.
        #expect(
            decision.wanted.services[GateBench.id]?.destinations[GateBench.first]?.weight == 1
        )
    }

    /// Kept in use because the route may still be out, and yet nothing to announce anew.
    @Test func whatLeftCarriesNoNewAnnouncement() throws {
        var bench = try GateBench(announced: false)
        bench.sight.isRouteConfirmed = false
        bench.vip?.services[0].backends = [Backend(GateBench.first)]
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 1)
        #expect(bench.weights() == [1, 1])
        #expect(bench.decide().verdict.reason?.code == "services-missing")
    }

    @Test func aVIPThatLeftGoesRouteFirstThenQuietThenServicesThenAddress() throws {
        var bench = try GateBench()
        bench.vip = nil
        let services = bench.sight.slice.services
        #expect(
            bench.decide().wanted == Slice(bound: true, services: services, announced: false)
        )
        bench.sight.slice.announcement = nil
        #expect(bench.decide().wanted.services == services)
        bench.sight.sentTo = []
        #expect(bench.decide().wanted.services == services)
        bench.quietSince = bench.now
        bench.now = bench.now + .seconds(2)
        #expect(bench.decide().wanted.services == services)
        bench.now = bench.now + .seconds(1)
        #expect(bench.decide().wanted == Slice(bound: true))
        bench.sight.slice.services = [:]
        #expect(bench.decide().wanted == .empty)
    }

    /// Whatever counts as quiet, routers have a second to follow.
    @Test func aVIPThatLeftOutlastsTheKernelsOfRouters() throws {
        var bench = try GateBench()
        bench.vip = nil
        bench.scene.drain.quietFor = .zero
        bench.quietSince = bench.now
        let services = bench.sight.slice.services
        _ = bench.decide()
        bench.sight.slice.announcement = nil
        bench.sight.sentTo = []
        let decision = bench.decide()
        #expect(decision.wanted.services == services)
        #expect(decision.revisitAt == bench.now + .seconds(1))
        bench.now = bench.now + .seconds(1)
        #expect(bench.decide().wanted.services.isEmpty)
    }

    /// Maintenance moves from one server to the other in one edit; the route stays.
    @Test func maintenanceCanMoveBetweenServers() throws {
        var bench = try GateBench()
        bench.vip?.services[0].backends[0].admin = .maint
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 0)
        bench.up = [GateBench.first: true]
        #expect(bench.decide().verdict == .announce)
        #expect(bench.weights() == [1, 0])
        bench.up[GateBench.second] = true
        #expect(bench.weights() == [1, 1])
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 1)
        #expect(bench.weights() == [0, 1])
    }

    /// Emptied while nobody looked and not judged yet: the configured weights are tried.
    @Test func anEmptiedTableUnderAnAnnouncementIsFilledWithoutAVerdict() throws {
        var bench = try GateBench()
        bench.up = [:]
        bench.sight.slice.services = [:]
        #expect(bench.weights() == [1, 1])
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 0)
        #expect(bench.weights() == [0, 0])
        bench = try GateBench(announced: false)
        bench.up = [:]
        bench.sight.slice.services = [:]
        #expect(bench.weights() == [0, 0])
    }

    @Test func quietIsNoReasonToDismantleWhatIsAnnounced() throws {
        var bench = try GateBench()
        bench.vip = nil
        bench.quietSince = bench.now + .seconds(-100)
        #expect(bench.decide().wanted.services == bench.sight.slice.services)
        #expect(bench.decide().wanted.bound)
    }

    @Test func aVIPThatLeftWaitsForBgpd() throws {
        var bench = try GateBench(announced: false)
        bench.vip = nil
        bench.scene.bgp = .unseen
        bench.quietSince = bench.now + .seconds(-100)
        #expect(bench.decide().wanted == bench.sight.slice)
    }

    /// Seen to take no flow, and still with a weight: someone gave it one, or our 0 failed.
    ///
    /// It is removed only once it is seen without.
    @Test func whatLeftGoesAtWeightZeroOnly() throws {
        var bench = try GateBench()
        let third = Endpoint(IPAddress(v4: 0x0a14_000d), 443)
        let taking = DestinationSlice(forwarding: .directRouting, weight: 1)
        bench.sight.slice.services[GateBench.id]?.destinations[third] = taking
        for _ in 0..<2 {
            let wanted = bench.decide().wanted.services[GateBench.id]?.destinations[third]
            #expect(wanted?.weight == 0)
            bench.now = bench.now + .seconds(5)
            bench.sight.tableSeenAt = bench.now
        }
        bench.sight.slice.services[GateBench.id]?.destinations[third]?.weight = 0
        #expect(bench.decide().wanted.services[GateBench.id]?.destinations[third] == nil)
    }
}
