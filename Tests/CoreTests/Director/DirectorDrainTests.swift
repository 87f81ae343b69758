import Core
import Net
import TestSupport
import Testing

/// Drains told as stories: of the director and of one VIP, undone, hurried and restarted.
@Suite struct DirectorDrainTests {
    private typealias Bench = DirectorBench
    private static let prefix = Prefix(host: Bench.address)
    private static let policy = DrainPolicy(
        settle: .seconds(5),
        quietFor: .seconds(3),
        atMost: .seconds(20),
        file: "/etc/penstock/drain"
    )

    /// A director that has announced its VIP.
    private func living() throws -> Bench {
        var bench = Bench(try Bench.intent(drain: Self.policy))
        bench.live()
        #expect(bench.world.networks == [Self.prefix])
        return bench
    }

    /// Starts another process with what the first one has written down.
    private func restart(_ bench: inout Bench) {
        bench.director = Director(
            intent: bench.director.intent,
            overrides: bench.director.overrides,
            now: bench.now
        )
        bench.handedOut = []
    }

    private func routeChanges(_ bench: Bench) -> [Change] {
        bench.batches(of: .bgp).flatMap(\.self)
    }

    @Test(arguments: [DrainScope.node, .vip(Bench.address)])
    func goesThroughEveryStep(scope: DrainScope) throws {
        var bench = try living()
        bench.handedOut = []
        bench.director.asked(for: .drain(scope, reason: "kernel"), at: bench.now)
        var steps: [DrainStatus.Step] = []
        for _ in 0..<300 {
            bench.live(.milliseconds(50))
            let snapshot = bench.snapshot()
            let status = scope == .node ? snapshot.node.drain : snapshot.vips[0].drain
            guard let status else { continue }
            if steps.last != status.step { steps.append(status.step) }
            if status.step == .settling {
                #expect(snapshot.vips[0].state == .softDraining)
                #expect(status.deadline != nil && status.left == 1)
            }
        }
        #expect(steps == [.softening, .settling, .withdrawing, .ebbing, .done])
        #expect(bench.world.networks.isEmpty)
        let changes = routeChanges(bench)
        #expect(changes.count == 2)
        guard case .announce(_, let form, _)? = changes.first else {
            Issue.record("the path was not made worse first")
            return
        }
        #expect(form.level == .soft && form.attributes.communities == [.gracefulShutdown])
        #expect(changes.last == .withdraw(Bench.address))
        // What is under the route stays for those who still come.
        #expect(bench.world.addresses == [Bench.address])
        #expect(bench.world.services[Bench.key] != nil)
    }

    @Test func undoneInTheMiddleItIsNormalAgain() throws {
        var bench = try living()
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(1))
        #expect(bench.world.form(of: Self.prefix).level == .soft)
        bench.director.asked(for: .undrain(.node), at: bench.now)
        bench.live(.seconds(1))
        #expect(bench.world.form(of: Self.prefix) == Announcement())
        #expect(bench.world.networks == [Self.prefix])
        #expect(bench.director.node == .active)
        #expect(!routeChanges(bench).contains(.withdraw(Bench.address)))
    }

    @Test func aSecondOrderHurries() throws {
        var bench = try living()
        bench.director.asked(for: .drain(.node, reason: "first"), at: bench.now)
        bench.live(.seconds(1))
        bench.director.asked(for: .drain(.node, .atOnce, reason: "second"), at: bench.now)
        bench.live(.milliseconds(500))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.director.node.drain?.reason == "first")
    }

    @Test func aRestartGoesOnWhereTheWorldIs() throws {
        var bench = try living()
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(2))
        // Soft: it stays so, and settles anew.
        restart(&bench)
        bench.live(.seconds(4))
        #expect(routeChanges(bench).isEmpty)
        #expect(bench.world.form(of: Self.prefix).level == .soft)
        bench.live(.seconds(3))
        #expect(bench.world.networks.isEmpty)
        // Withdrawn: there is nothing to settle, and nothing comes back.
        restart(&bench)
        bench.live(.seconds(1))
        #expect(routeChanges(bench).isEmpty)
        guard case .ebbing? = bench.director.node.drain?.phase else {
            Issue.record("the drain did not go on at its end")
            return
        }
    }

    /// Seen in the lab: bgpd was started with what had once been saved, and the path, of which no
    /// router had heard, was announced softly before it was taken back.
    @Test func whatWasDrainedAndIsSavedGoesWithoutBeingAnnouncedOnceMore() throws {
        var bench = try living()
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(10))
        #expect(bench.world.networks.isEmpty)
        bench.handedOut = []
        bench.world.restartDaemon(saved: [Self.prefix])
        bench.world.readOn()
        #expect(bench.world.networks == [Self.prefix])
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(1))
        #expect(routeChanges(bench) == [.withdraw(Bench.address)])
        #expect(bench.world.networks.isEmpty)
        // The drain stands, and its end is an announcement like any other.
        #expect(bench.director.node.drain != nil)
        bench.director.asked(for: .undrain(.node), at: bench.now)
        bench.live(.seconds(1))
        #expect(bench.world.networks == [Self.prefix])
    }

    @Test func aBlindBgpdIsWaitedForAndNamed() throws {
        var bench = try living()
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(1))
        bench.world.broken = [.bgp]
        bench.live(.seconds(30))
        let drain = bench.snapshot().node.drain
        #expect(drain?.waitingFor == SimulatedWorld.outage)
        #expect(bench.world.networks == [Self.prefix])
        bench.world.broken = []
        bench.live(.seconds(10))
        #expect(bench.world.networks.isEmpty)
    }

    @Test func itEndsWhenNobodyAsksForItAnyMore() throws {
        var bench = try living()
        let wish = DrainWish.simulated(.atOnce, reason: "rollout")
        bench.director.asked(
            for: .drain(DrainOrder(.node, wish, source: .file)),
            at: bench.now
        )
        bench.director.asked(for: .drain(.node, .atOnce, reason: "disk"), at: bench.now)
        bench.live()
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().node.drain?.sources == ["command", "file"])
        let objection = bench.director.objection(to: .undrain(.node))
        #expect(objection?.code == "D451")
        #expect(objection?.summary.contains("/etc/penstock/drain") == true)
        #expect(bench.director.objection(to: .undrain(.vip(Bench.address))) == nil)
        bench.director.asked(for: .undrain(.node), at: bench.now)
        bench.live()
        #expect(bench.world.networks.isEmpty)
        #expect(bench.director.node.drain?.reason == "rollout")
        bench.director.asked(for: .undrain(.node, source: .file), at: bench.now)
        bench.live()
        #expect(bench.world.networks == [Self.prefix])
    }

    @Test func anUndrainOfTheDirectorLeavesTheVIPs() throws {
        var bench = try living()
        bench.director.asked(for: .drain(.vip(Bench.address), .atOnce), at: bench.now)
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        bench.live()
        bench.director.asked(for: .undrain(.node), at: bench.now)
        bench.live()
        #expect(bench.director.node == .active)
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips[0].reason?.code == "vip-drained")
        bench.director.asked(for: .undrain(.vip(Bench.address)), at: bench.now)
        bench.live()
        #expect(bench.world.networks == [Self.prefix])
    }

    @Test func aTimeOverEndsIt() throws {
        var bench = try living()
        let civil = Timestamp(milliseconds: 1_700_000_000_000)
        let mandate = Mandate(
            by: "root",
            reason: "",
            since: civil,
            until: civil + .seconds(8),
            civilNow: civil,
            now: bench.now
        )
        let order = DrainOrder(.vip(Bench.address), DrainWish(.atOnce, mandate))
        bench.director.asked(for: .drain(order), at: bench.now)
        bench.live(.seconds(4))
        #expect(bench.world.networks.isEmpty)
        bench.live(.seconds(8))
        #expect(bench.world.networks == [Self.prefix])
        #expect(bench.director.overrides.drains.isEmpty)
    }

    /// What does not ask says it: a drain, by whomever, and lost health.
    @Test(arguments: [false, true])
    func theEndOfTheLastPathIsTold(isThereAnother: Bool) throws {
        var bench = try living()
        bench.world.otherPaths = isThereAnother ? [Self.prefix] : []
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(1))
        func told() -> [String] {
            defer { bench.events = [] }
            return bench.events.filter { $0.level == .warning }.map(\.text)
                .filter { $0.contains("no other path") }
        }
        bench.events = []
        let wish = DrainWish.simulated(.atOnce, reason: "rollout")
        bench.director.asked(for: .drain(DrainOrder(.node, wish, source: .file)), at: bench.now)
        bench.live()
        #expect(bench.world.networks.isEmpty)
        let whenDrained = told()
        bench.director.asked(for: .undrain(.node, source: .file), at: bench.now)
        bench.live()
        #expect(bench.world.networks == [Self.prefix])
        #expect(told().isEmpty)
        bench.world.alive = []
        bench.live()
        #expect(bench.world.networks.isEmpty)
        let whenSick = told()
        #expect(whenDrained.count == (isThereAnother ? 0 : 2))
        #expect(whenDrained.first == (isThereAnother ? nil : Self.lastOne))
        #expect(whenSick.count == (isThereAnother ? 0 : 1))
    }

    private static let lastOne =
        "bgpd knows no other path to web: this drain takes the last one away"

    @Test func whereOtherPathsAreHiddenNothingIsTold() throws {
        var policy = Self.policy
        policy.lastPath = .ignore
        var bench = Bench(try Bench.intent(drain: policy))
        bench.world.otherPaths = []
        bench.live()
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        bench.live()
        #expect(bench.world.networks.isEmpty)
        #expect(!bench.events.contains { $0.text.contains("no other path") })
    }

    /// Who asks for a look gets one that began after he asked, also while another is under way.
    @Test func aLookThatIsAskedForBeginsAfterwards() throws {
        var bench = try living()
        bench.live(.seconds(1))
        let before = try #require(bench.director.lookedSince(.bgp))
        let asked = bench.now
        #expect(before < asked)
        bench.director.stirred(.bgp, at: asked)
        bench.live(.milliseconds(200))
        #expect(try #require(bench.director.lookedSince(.bgp)) >= asked)
        // One that fails has ended, too.
        bench.world.broken = [.bgp]
        let later = bench.now
        bench.director.stirred(.bgp, at: later)
        bench.live(.milliseconds(200))
        #expect(try #require(bench.director.lookedSince(.bgp)) >= later)
    }

    /// Where bgpd was not asked, nothing is said; and what it said outlasts no other look.
    @Test func whetherThereIsAnotherPathIsAsBgpdSays() throws {
        var bench = try living()
        for paths in [nil, [], [Self.prefix]] as [Set<Prefix>?] {
            bench.world.otherPaths = paths
            bench.director.stirred(.bgp, at: bench.now)
            bench.live(.seconds(1))
            #expect(bench.snapshot().vips[0].otherPath == paths.map { !$0.isEmpty })
        }
    }
}
