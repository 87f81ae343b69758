import Core
import Net
import Testing

/// Servers that fail and get flows all the same, because too few are left.
@Suite struct GatePanicTests {
    private func bench(_ minHealthy: Quorum.Threshold, announced: Bool = true) throws -> GateBench {
        var bench = try GateBench(announced: announced)
        bench.vip?.services[0].minHealthy = minHealthy
        return bench
    }

    @Test(arguments: [Quorum.Threshold.percent(60), .weight(2), .servers(2)])
    func belowItThoseThatFailAreBroughtBack(threshold: Quorum.Threshold) throws {
        var bench = try bench(threshold)
        #expect(bench.decide().services[0].panic == nil)
        bench.up[GateBench.second] = false
        #expect(bench.weights() == [1, 1])
        let panic: Panic = try #require(bench.decide().services[0].panic)
        #expect(panic.live == 1 && panic.needed == 2 && panic.broughtBack == 1)
        #expect("\(panic)".contains("do not count for the quorum"))
        bench.up[GateBench.second] = true
        #expect(bench.decide().services[0].panic == nil)
    }

    @Test func atItTheyStayOut() throws {
        var bench = try bench(.percent(50))
        bench.up[GateBench.second] = false
        #expect(bench.weights() == [1, 0])
    }

    @Test(arguments: [Backend.AdminState.drain, .maint])
    func whatAnOperatorTookOutStaysOut(admin: Backend.AdminState) throws {
        var bench = try bench(.servers(2))
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 0)
        bench.vip?.services[0].backends[1].admin = admin
        bench.up = [GateBench.first: false, GateBench.second: false]
        #expect(bench.weights() == [1, 0])
    }

    /// Weight that is brought back serves who comes all the same; nobody is asked to come for it.
    @Test func itNeitherBeginsNorKeepsAnAnnouncement() throws {
        for announced in [true, false] {
            var bench = try bench(.servers(1), announced: announced)
            bench.up = [GateBench.first: false, GateBench.second: false]
            let decision = bench.decide()
            #expect(decision.verdict.reason?.code == "no-quorum")
            #expect(decision.wanted.announcement == nil)
            #expect(bench.weights() == [1, 1])
        }
    }

    /// The weight of servers that fail is no footing for those that live.
    @Test func whatIsBroughtBackIsNoFooting() throws {
        var bench = try bench(.servers(2))
        bench.up[GateBench.second] = false
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 1)
        #expect(!bench.decide().services[0].isSeen)
        bench.sight.slice.services[GateBench.id] = GateBench.table(1, 1)
        #expect(bench.decide().services[0].isSeen)
    }

    @Test func beforeEnoughAreJudgedNothingIsBroughtBack() throws {
        var bench = try bench(.servers(1))
        bench.sight.slice.services[GateBench.id] = GateBench.table(0, 0)
        bench.up = [GateBench.first: false]
        #expect(bench.weights() == [0, 0])
        bench.up[GateBench.second] = false
        #expect(bench.weights() == [1, 1])
    }

    @Test func quorumsCountServersToo() throws {
        var bench = try GateBench()
        bench.vip?.services[0].quorum = Quorum(up: .servers(2), down: .servers(1))
        bench.vip?.services[0].backends = [
            Backend(GateBench.first, weight: 9), Backend(GateBench.second),
        ]
        bench.up[GateBench.second] = false
        #expect(bench.decide().verdict == .announce)
        bench.up[GateBench.first] = false
        let reason = bench.decide().verdict.reason
        #expect(reason.map { "\($0)" } == "quorum lost: https has 0 of 1 servers")
        bench.up[GateBench.first] = true
        // One is not enough to come up again.
        #expect(bench.decide().verdict.reason?.code == "no-quorum")
        bench.up[GateBench.second] = true
        #expect(bench.decide().services[0].counted.live == 2)
        #expect(bench.decide().services[0].state == .up)
    }
}
