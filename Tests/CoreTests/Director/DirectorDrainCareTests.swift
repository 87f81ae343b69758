import Core
import Net
import TestSupport
import Testing

/// What a drain takes care of: those who do not confirm, the last path, routers without a session,
/// VIPs that leave the configuration, and a drain file that cannot be looked at.
@Suite struct DirectorDrainCareTests {
    private typealias Bench = DirectorBench
    private static let prefix = Prefix(host: Bench.address)
    private static let post = Post.speaker(Speaker.usualName)
    private static let policy = DrainPolicy(
        settle: .seconds(5),
        softenAtMost: .seconds(8),
        quietFor: .seconds(3),
        atMost: .seconds(20),
        file: "/etc/penstock/drain"
    )
    private static let soft = Announcement(
        .soft,
        RouteAttributes(communities: [.gracefulShutdown])
    )

    /// A director that has announced its VIP.
    private func living() throws -> Bench {
        var bench = Bench(try Bench.intent(drain: Self.policy))
        bench.live()
        #expect(bench.world.networks == [Self.prefix])
        bench.events = []
        return bench
    }

    private func warnings(_ bench: inout Bench) -> [String] {
        defer { bench.events = [] }
        return bench.events.filter { $0.level == .warning }.map(\.text)
    }

    // MARK: Those who do not confirm

    @Test func aPeerThatNeverConfirmsIsNamedAndNotWaitedFor() throws {
        var bench = try living()
        bench.world.silentPeers = ["192.0.2.2"]
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(7))
        #expect(bench.snapshot().node.drain?.step == .softening)
        #expect(bench.world.form(of: Self.prefix) == Self.soft)
        bench.live(.seconds(3))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().node.drain?.unsoftened == ["192.0.2.2"])
        #expect(
            warnings(&bench) == [
                "withdrawing all the same: not seen to be sent the worse path: 192.0.2.2"
            ]
        )
    }

    @Test func aRefusedWorsePathKeepsNoDrainFromGoingOn() throws {
        var bench = try living()
        bench.refused = [.announce(Bench.address, Self.soft, by: Speaker.usualName)]
        bench.director.asked(for: .drain(.vip(Bench.address)), at: bench.now)
        bench.live(.seconds(7))
        #expect(bench.snapshot().vips[0].drain?.step == .softening)
        #expect(bench.world.networks == [Self.prefix])
        bench.live(.seconds(3))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips[0].drain?.unsoftened == SimulatedWorld.peers)
    }

    // MARK: The last path

    /// The other director goes while this one settles.
    @Test func theLastPathIsNotTakenAfterAll() throws {
        var bench = try living()
        bench.world.otherPaths = [Self.prefix]
        bench.live(.seconds(6))
        bench.events = []
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.step == .settling)
        bench.world.otherPaths = []
        bench.live(.seconds(30))
        #expect(bench.world.form(of: Self.prefix) == Self.soft)
        #expect(bench.world.networks == [Self.prefix])
        var snapshot = bench.snapshot()
        #expect(snapshot.node.drain?.step == .held)
        #expect(snapshot.node.drain?.waitingFor?.code == "D443")
        #expect(snapshot.warnings.contains { $0.code == "D443" && $0.vip == "web" })
        #expect(warnings(&bench).count { $0.hasPrefix("D443") } == 1)
        bench.world.otherPaths = [Self.prefix]
        var steps: [DrainStatus.Step?] = []
        for _ in 0..<16 {
            bench.live(.seconds(1))
            steps.append(bench.snapshot().node.drain?.step)
        }
        #expect(steps.count { $0 == .settling } >= 4)
        snapshot = bench.snapshot()
        #expect(bench.world.networks.isEmpty)
        #expect(!snapshot.warnings.contains { $0.code == "D443" })
    }

    /// Once more with `--yes` is enough; a file that asks as well is, too.
    @Test(arguments: [DrainSource.command, .file])
    func saidToBeMeantItGoes(source: DrainSource) throws {
        var bench = try living()
        bench.world.otherPaths = []
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(20))
        #expect(bench.snapshot().node.drain?.step == .held)
        let wish = DrainWish(
            .soft,
            DrainWish.simulated().mandate,
            isLastPathWaived: source == .command
        )
        bench.director.asked(
            for: .drain(DrainOrder(.node, wish, source: source)),
            at: bench.now
        )
        bench.live(.seconds(2))
        #expect(bench.world.networks.isEmpty)
    }

    /// Before a route goes, everything is read once more, and only then.
    @Test func aFullLookComesBeforeTheEnd() throws {
        var bench = try living()
        bench.world.otherPaths = [Self.prefix]
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.step == .settling)
        #expect(!bench.director.readsInFull(Self.post))
        // A look that began before the pause was over tells nothing, however late it ends.
        bench.hanging = .bgp
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(6))
        #expect(!bench.director.readsInFull(Self.post))
        bench.carryOut(.observe(Self.post))
        bench.live(.milliseconds(100))
        #expect(bench.director.readsInFull(Self.post))
        #expect(bench.world.networks == [Self.prefix])
        bench.carryOut(.observe(Self.post))
        bench.hanging = nil
        bench.live(.seconds(1))
        #expect(bench.world.networks.isEmpty)
    }

    // MARK: Routers without a session

    @Test func whoHasLostItsSessionMayKeepTheRoute() throws {
        var bench = try living()
        bench.world.retention = .seconds(30)
        bench.live(.seconds(6))
        bench.world.lose("192.0.2.2")
        bench.director.stirred(.bgp, at: bench.now)
        let lost = bench.now
        bench.live(.seconds(1))
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        bench.live(.seconds(10))
        #expect(bench.world.networks.isEmpty)
        var drain = bench.snapshot().node.drain
        #expect(drain?.step == .withdrawing && drain?.left == 1)
        #expect(drain?.waitingFor?.code == "F146")
        #expect(drain?.waitingFor?.summary.hasPrefix("192.0.2.2 without a session") == true)
        let peers = bench.snapshot().vips[0].gates.last
        #expect(peers?.text.contains("192.0.2.2 is Active, and may keep it for") == true)
        bench.live(.seconds(31) - (bench.now - lost))
        drain = bench.snapshot().node.drain
        #expect(drain?.step != .withdrawing && drain?.waitingFor == nil)
    }

    /// It is back and was told that it has everything: what it had before is gone.
    @Test func whoIsBackKeepsNothing() throws {
        var bench = try living()
        bench.world.retention = .seconds(300)
        bench.live(.seconds(6))
        bench.world.lose("192.0.2.2")
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(1))
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        bench.live(.seconds(5))
        #expect(bench.snapshot().node.drain?.step == .withdrawing)
        bench.world.regain("192.0.2.2")
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.step != .withdrawing)
    }

    /// Who does not help a graceful restart, or was never sent the route, keeps nobody waiting.
    @Test func whoKeepsNothingIsNotWaitedFor() throws {
        var bench = try living()
        bench.world.lose("192.0.2.2")
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(1))
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.step == .ebbing)
        bench.world.retention = .seconds(300)
        bench.live(.seconds(6))
        bench.world.lose("192.0.2.1")
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.left == 0)
    }

    /// bgpd was started anew, and has not read its neighbours yet: they keep what they had.
    @Test func aBGPDWithoutItsPeersSaysNothingOfWhatTheyKeep() throws {
        var bench = try living()
        bench.world.retention = .seconds(30)
        bench.live(.seconds(6))
        bench.director.asked(for: .drain(.node), at: bench.now)
        bench.live(.seconds(1))
        #expect(bench.world.form(of: Self.prefix) == Self.soft)
        let lost = bench.now
        for peer in SimulatedWorld.peers { bench.world.lose(peer) }
        bench.world.restartDaemon(saved: [])
        bench.director.stirred(.bgp, at: bench.now)
        bench.live(.seconds(3))
        bench.world.readOn()
        bench.live(.seconds(5))
        var drain = bench.snapshot().node.drain
        #expect(drain?.step == .withdrawing && drain?.left == 1)
        #expect(drain?.waitingFor?.code == "F146")
        bench.live(.seconds(31) - (bench.now - lost))
        drain = bench.snapshot().node.drain
        #expect(drain?.step == .ebbing)
    }

    /// A director that has just started meets a bgpd that has: its peers may keep what was.
    @Test func theFirstLookAtABGPDWithoutPeersIsNone() throws {
        var bench = try living()
        bench.world.retention = .seconds(30)
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        for peer in SimulatedWorld.peers { bench.world.lose(peer) }
        bench.world.restartDaemon(saved: [])
        bench.director = Director(
            intent: bench.director.intent,
            overrides: bench.director.overrides,
            now: bench.now
        )
        bench.live(.seconds(1))
        bench.world.readOn()
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.step == .withdrawing)
        bench.live(.seconds(30))
        #expect(bench.snapshot().node.drain?.left == 0)
    }

    /// After a restart nobody knows what a router without a session was sent.
    @Test func aRestartedDirectorTakesItThatARouterKeepsEverything() throws {
        var bench = try living()
        bench.world.retention = .seconds(30)
        bench.director.asked(for: .drain(.node, .atOnce), at: bench.now)
        bench.world.lose("192.0.2.2")
        bench.live(.seconds(2))
        bench.director = Director(
            intent: bench.director.intent,
            overrides: bench.director.overrides,
            now: bench.now
        )
        bench.live(.seconds(2))
        #expect(bench.snapshot().node.drain?.step == .withdrawing)
        bench.live(.seconds(30))
        #expect(bench.snapshot().node.drain?.left == 0)
    }

    // MARK: VIPs that leave

    @Test func aDrainOutlastsItsVIPAndIsShown() throws {
        var bench = try living()
        let with = bench.director.intent
        var without = with
        without.vips = []
        let wish = DrainWish(
            .atOnce,
            DrainWish.simulated(reason: "disk").mandate,
            vip: "web"
        )
        bench.director.asked(for: .drain(DrainOrder(.vip(Bench.address), wish)), at: bench.now)
        bench.live()
        #expect(bench.snapshot().keptDrains == nil)
        let row = bench.snapshot().vips[0].gates.first { $0.name == "drain" }
        #expect(row?.standing == .closed)
        #expect(row?.text.hasPrefix("the VIP is drained by root since") == true)
        #expect(row?.text.hasSuffix("disk; ebbing") == true)
        bench.events = []
        bench.director.asked(for: .reload(without), at: bench.now)
        bench.live(.seconds(30))
        #expect(!bench.events.contains { $0.text.contains("active again") })
        let told = warnings(&bench)
        #expect(told.count { $0.contains("its drain is kept") } == 1, "\(told)")
        let kept = try #require(bench.snapshot().keptDrains?.first)
        #expect(kept.address == "\(Bench.address)" && kept.vip == "web" && kept.reason == "disk")
        let order = Command.drain(.vip(Bench.address))
        #expect(bench.director.objection(to: order)?.code == "D452")
        #expect(bench.director.objection(to: .several([order]))?.code == "D452")
        // Back, it is drained as before, and that is told.
        bench.director.asked(for: .reload(with), at: bench.now)
        bench.live()
        #expect(bench.world.networks.isEmpty)
        #expect(bench.events.contains { $0.text == "draining at once: disk" })
        #expect(bench.snapshot().keptDrains == nil)
        #expect(bench.director.objection(to: order) == nil)
        // Gone again, its drain can be ended all the same.
        bench.director.asked(for: .reload(without), at: bench.now)
        bench.live(.seconds(30))
        bench.director.asked(for: .undrain(.vip(Bench.address)), at: bench.now)
        bench.live()
        #expect(bench.snapshot().keptDrains == nil)
        bench.director.asked(for: .reload(with), at: bench.now)
        bench.live(.seconds(5))
        #expect(bench.world.networks == [Self.prefix])
    }

    @Test func severalAreTakenTogether() throws {
        var bench = try living()
        let commands = [
            Command.drain(.node, .atOnce), .drain(.vip(Bench.address), .atOnce),
        ]
        var kept = bench.director.overrides
        kept.take(.several(commands), configured: [])
        bench.director.asked(for: .several(commands), at: bench.now)
        bench.live()
        #expect(bench.director.overrides == kept)
        #expect(bench.snapshot().vips[0].drain != nil && bench.snapshot().node.drain != nil)
    }

    // MARK: The drain file

    private func starting() throws -> Bench {
        var bench = Bench(try Bench.intent(drain: Self.policy))
        bench.director = Director(
            intent: bench.director.intent,
            awaitsDrainFile: true,
            now: bench.now
        )
        bench.live(.seconds(10))
        return bench
    }

    @Test func nothingIsAnnouncedBeforeTheDrainFileIsLookedAt() throws {
        var bench = try starting()
        #expect(bench.world.networks.isEmpty)
        #expect(bench.snapshot().vips[0].reason?.code == "drain-file")
        #expect(bench.snapshot().vips[0].state == .holding)
        bench.director.asked(for: .drainFileKnown, at: bench.now)
        bench.live(.seconds(1))
        #expect(bench.world.networks == [Self.prefix])
    }

    @Test func aDrainFileThatIsThereAfterAllDrains() throws {
        var bench = try starting()
        bench.director.asked(for: .drain(.node, by: .file), at: bench.now)
        bench.live(.seconds(70))
        #expect(bench.world.networks.isEmpty)
        #expect(bench.done.allSatisfy { $0.plane != .bgp })
    }

    @Test func aDrainFileIsNotWaitedForForEver() throws {
        var bench = try starting()
        bench.live(.seconds(49))
        #expect(bench.world.networks.isEmpty)
        bench.live(.seconds(3))
        #expect(bench.world.networks == [Self.prefix])
        #expect(
            warnings(&bench).contains {
                $0.hasPrefix("/etc/penstock/drain could not be looked at for 60.0 s")
            }
        )
    }
}
