import Core
import Net
import TestSupport
import Testing

/// Somebody else at work on our routes, and bgpd that comes, goes and hangs.
@Suite struct DirectorContentionTests {
    private static let repairs = RepairPolicy(atMost: 3, within: .seconds(60))

    /// Somebody removes a route, and the director finds it out.
    private func remove(_ index: Int, _ routes: inout RoutingBench) {
        routes.bench.world.networks.remove(RoutingBench.prefix(index))
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.react()
        routes.live(.milliseconds(200))
    }

    @Test func repairsASlipAndLeavesAFightAlone() throws {
        var routes = try RoutingBench(2, repairs: Self.repairs)
        routes.live(.milliseconds(500))
        for _ in 0..<3 {
            remove(0, &routes)
            #expect(routes.isOut(0))
        }
        remove(0, &routes)
        #expect(!routes.isOut(0))
        #expect(routes.warnings.contains("F140"))
        let vip = routes.bench.snapshot().vips[0]
        #expect(vip.reason?.code == "contested" && vip.state == .blocked)
        #expect(routes.bench.events.contains { $0.text.hasPrefix("F140") && $0.level == .error })
        // The other is none of it, and neither is its own next slip.
        #expect(routes.isOut(1))
        remove(1, &routes)
        #expect(routes.isOut(1))
        routes.live(.seconds(58), step: .milliseconds(500))
        #expect(!routes.isOut(0))
        routes.live(.seconds(4), step: .milliseconds(500))
        #expect(routes.isOut(0))
        #expect(!routes.warnings.contains("F140"))
        // The count begins anew.
        remove(0, &routes)
        #expect(routes.isOut(0))
    }

    /// The form that somebody else keeps giving the route.
    private static let foreign = Announcement(foreignForm: "route-map THEIRS")

    /// Somebody changes how a route is announced, and the director finds it out.
    private func change(_ index: Int, _ routes: inout RoutingBench) {
        routes.bench.world.networks.insert(RoutingBench.prefix(index))
        routes.bench.world.forms[RoutingBench.prefix(index)] = Self.foreign
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.react()
        routes.live(.milliseconds(200))
    }

    private func isForeign(_ index: Int, _ routes: RoutingBench) -> Bool {
        routes.bench.world.forms[RoutingBench.prefix(index)] == Self.foreign
    }

    @Test func whatIsChangedAgainAndAgainIsLeftAloneToo() throws {
        var routes = try RoutingBench(1, repairs: Self.repairs)
        routes.live(.milliseconds(500))
        for _ in 0..<3 {
            change(0, &routes)
            #expect(!isForeign(0, routes))
        }
        change(0, &routes)
        // Whatever is decided about it meanwhile: servers fail and come back, looks end.
        for _ in 0..<5 {
            routes.bench.director.stirred(.bgp, at: routes.bench.now)
            routes.live(.seconds(5), step: .milliseconds(500))
            #expect(isForeign(0, routes))
            #expect(routes.warnings.contains("F140"))
        }
        // What must not be out goes all the same.
        routes.fail(0)
        routes.live(.milliseconds(500))
        #expect(!routes.isOut(0))
        routes.revive(0)
        routes.live(.seconds(40), step: .milliseconds(500))
        #expect(routes.isOut(0) && !isForeign(0, routes))
    }

    @Test(arguments: ["reload", "drain", "undrain"])
    func anOperatorHasItPutRightAtOnce(_ word: String) throws {
        var routes = try RoutingBench(2, repairs: Self.repairs)
        routes.live(.milliseconds(500))
        for index in [0, 1] {
            for _ in 0..<4 { remove(index, &routes) }
            #expect(!routes.isOut(index))
        }
        let warning = routes.bench.snapshot().warnings.first { $0.code == "F140" }
        #expect(warning?.fix.contains("penstock reload") == true)
        let (intent, now) = (routes.bench.director.intent, routes.bench.now)
        switch word {
        case "reload": routes.bench.director.asked(for: .reload(intent), at: now)
        case "drain":
            routes.bench.director.asked(for: .drain(.vip(RoutingBench.vip(0))), at: now)
            routes.bench.director.asked(for: .undrain(.vip(RoutingBench.vip(0))), at: now)
        default:
            routes.bench.director.asked(for: .undrain(.vip(RoutingBench.vip(0))), at: now)
        }
        routes.live(.milliseconds(500))
        #expect(routes.isOut(0))
        // Of the other VIP nobody has said anything but with the first.
        #expect(routes.isOut(1) == (word == "reload"))
    }

    @Test func whatTheOtherPartyPutsBackIsFine() throws {
        var routes = try RoutingBench(1, repairs: Self.repairs)
        routes.live(.milliseconds(500))
        for _ in 0..<4 { remove(0, &routes) }
        #expect(!routes.isOut(0))
        routes.bench.world.networks.insert(RoutingBench.prefix(0))
        routes.live(.seconds(6))
        #expect(routes.bench.snapshot().vips[0].state == .advertised)
        #expect(!routes.warnings.contains("F140"))
    }

    @Test func whatMustNotBeIsWithdrawnEveryTime() throws {
        var routes = try RoutingBench(1, repairs: Self.repairs)
        routes.fail(0)
        routes.live(.milliseconds(500))
        for round in 0..<8 {
            for index in [0, 70] {
                routes.bench.world.networks.insert(RoutingBench.prefix(index))
                routes.bench.director.stirred(.bgp, at: routes.bench.now)
                routes.react()
                routes.live(.milliseconds(200))
                #expect(!routes.isOut(index))
            }
            #expect(routes.warnings.contains("F141") == (round >= 3))
        }
        routes.live(.seconds(70), step: .milliseconds(500))
        #expect(!routes.warnings.contains("F141"))
    }

    @Test func aRestartOfBGPDIsNoContentionAndCostsNoRation() throws {
        let policy = RouteChangePolicy(perSecond: 1, burst: 1, jitter: .zero)
        var routes = try RoutingBench(20, routeChanges: policy, repairs: Self.repairs)
        routes.live(.milliseconds(500))
        for _ in 0..<6 {
            routes.bench.world.restartDaemon(saved: [])
            routes.bench.world.readOn()
            routes.bench.director.stirred(.bgp, at: routes.bench.now)
            routes.live(.milliseconds(300))
            #expect(routes.outCount == 20)
        }
        #expect(!routes.warnings.contains("F140"))
        #expect(
            routes.bench.events.contains { $0.text.contains("20 routes of ours are not in it") }
        )
        #expect(!routes.bench.events.contains { $0.kind == .drift })
    }

    @Test func aHalfLoadedConfigurationGetsNothingNewAndLosesWhatIsStale() throws {
        var routes = try RoutingBench(3)
        routes.fail(2)
        routes.live(.milliseconds(500))
        let stale: [Prefix?] = [RoutingBench.prefix(2), nil, RoutingBench.prefix(9), nil, nil]
        routes.bench.world.restartDaemon(saved: stale)
        routes.bench.director.stirred(.bgp, at: routes.bench.now)
        routes.live(.milliseconds(300))
        #expect(routes.bench.snapshot().vips[0].reason?.code == "refused")
        #expect(routes.outCount == 0)
        let start = routes.bench.handedOut.count
        while !routes.bench.world.daemon.unread.isEmpty {
            routes.bench.world.readOn()
            routes.bench.director.stirred(.bgp, at: routes.bench.now)
            routes.react()
            #expect(routes.announced(since: start).isEmpty)
            #expect(!routes.isOut(2) && !routes.isOut(9))
            #expect(routes.bench.snapshot().vips[0].reason?.code == "loading")
            #expect(routes.bench.snapshot().frr.loading == true)
            routes.bench.now = routes.bench.now + .milliseconds(70)
        }
        // Two looks that agree, 60 ms apart, and it is back.
        routes.live(.milliseconds(250))
        #expect(routes.outCount == 2)
        #expect(routes.bench.snapshot().frr.loading == nil)
    }

    @Test func aConfigurationThatNeverRestsCountsAfterAWhile() throws {
        var routes = try RoutingBench(1)
        let start = routes.bench.now
        while routes.bench.now - start < .seconds(11) {
            routes.bench.world.daemon.otherLines += 1
            routes.bench.director.stirred(.bgp, at: routes.bench.now)
            routes.react()
            #expect(!routes.isOut(0) || routes.bench.now - start >= LoadWatch.longest)
            routes.bench.now = routes.bench.now + .milliseconds(100)
        }
        #expect(routes.isOut(0))
        #expect(routes.warnings.contains("F142"))
    }

    @Test func aHungBGPDIsAnAlarmAndLouderWhileSomethingWaits() throws {
        var routes = try RoutingBench(2)
        routes.live(.milliseconds(500))
        routes.bench.world.daemon.isHung = true
        routes.bench.hanging = .bgp
        routes.live(.seconds(8))
        #expect(routes.warnings.first == "F143")
        #expect(routes.bench.snapshot().vips.map(\.state) == [.unknown, .unknown])
        #expect(routes.bench.snapshot().frr.pulse?.state == .hung)
        #expect(routes.bench.events.contains { $0.text.hasPrefix("F143") && $0.level == .error })
        routes.fail(1)
        routes.live(.seconds(1))
        let warning = routes.bench.snapshot().warnings[0]
        #expect(warning.code == "F144" && warning.text.contains("vip-1"))
        #expect(routes.bench.snapshot().frr.pulse?.pendingWithdrawals == 1)
        #expect(routes.bench.events.count { $0.text.hasPrefix("cannot be withdrawn") } == 1)
        // It answers at last, also what it was asked meanwhile.
        routes.bench.world.daemon.isHung = false
        routes.bench.hanging = nil
        let waiting = routes.bench.handedOut.last { $0.plane == .bgp }
        if let waiting { routes.bench.carryOut(waiting) }
        routes.live(.seconds(3))
        #expect(!routes.isOut(1) && routes.isOut(0))
        #expect(!routes.warnings.contains { $0 == "F143" || $0 == "F144" })
        #expect(routes.bench.snapshot().vips[0].state == .advertised)
        #expect(routes.bench.snapshot().frr.pulse?.state == .answering)
    }

    @Test func oneThatIsNotThereIsNotHung() throws {
        var routes = try RoutingBench(1)
        routes.live(.milliseconds(500))
        routes.bench.world.broken = [.bgp]
        routes.live(.seconds(10))
        #expect(!routes.warnings.contains("F143"))
        #expect(routes.bench.snapshot().frr.pulse?.state == .unknown)
    }
}
