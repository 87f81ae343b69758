import Core
import Net
import TestSupport
import Testing

/// What a drain does to one VIP, one look at a time.
@Suite struct GateDrainTests {
    private static let soft = Announcement(
        .soft,
        RouteAttributes(communities: [.gracefulShutdown])
    )
    private static let peers: Set = ["192.0.2.1", "192.0.2.2"]

    /// Announced to two peers, and to be drained.
    private func draining(_ mode: DrainMode = .soft) throws -> GateBench {
        var bench = try GateBench()
        bench.sight.sentTo = Self.peers
        bench.scene.establishedPeers = Self.peers
        bench.scene.drainReason = "kernel upgrade"
        bench.scene.drainMode = mode
        return bench
    }

    /// Seen soft in bgpd, and known to have been sent so to `peers`.
    private func soften(_ bench: inout GateBench, to peers: Set<String> = peers) {
        bench.sight.slice.announcement = Self.soft
        bench.sight.sentForms = Dictionary(uniqueKeysWithValues: peers.map { ($0, Self.soft) })
    }

    @Test func makesThePathWorseThenWaitsThenWithdraws() throws {
        var bench = try draining()
        var decision = bench.decide()
        #expect(decision.verdict == .withhold(.drained("kernel upgrade")))
        #expect(decision.wanted.announcement == Self.soft)
        #expect(decision.drain == DrainStage.softening)
        soften(&bench, to: ["192.0.2.1"])
        #expect(bench.decide().drain == .softening)
        soften(&bench)
        let until = bench.now + bench.scene.drain.settle
        decision = bench.decide()
        #expect(decision.drain == .settling(until: until))
        #expect(decision.revisitAt == until)
        bench.now = until
        decision = bench.decide()
        #expect(decision.wanted.announcement == nil)
        #expect(decision.drain == .withdrawing)
        bench.sight.slice.announcement = nil
        #expect(bench.decide().drain == .withdrawing)
        bench.sight.sentTo = []
        #expect(bench.decide().drain == .gone)
    }

    /// A drain has seen the route gone, and it is out again.
    private func drainedAndOutAgain(sentTo peers: Set<String>) throws -> GateBench {
        var bench = try draining()
        bench.sight.slice.announcement = nil
        bench.sight.sentTo = []
        #expect(bench.decide().drain == .gone)
        bench.sight.slice.announcement = Announcement()
        bench.sight.sentTo = peers
        return bench
    }

    /// What a drain was done with goes at once, but for what peers have again.
    @Test(arguments: [
        (sentTo: Set<String>(), keptBy: Set<String>(), isAtOnce: true),
        (sentTo: Self.peers, keptBy: Set(), isAtOnce: false),
        (sentTo: Set(), keptBy: Self.peers, isAtOnce: false),
    ])
    func whatIsOutAgainGoesAtOnce(
        sentTo: Set<String>,
        keptBy: Set<String>,
        isAtOnce: Bool
    ) throws {
        var bench = try drainedAndOutAgain(sentTo: sentTo)
        let until = bench.now + .seconds(60)
        bench.sight.lingering = Dictionary(uniqueKeysWithValues: keptBy.map { ($0, until) })
        let decision = bench.decide()
        #expect(decision.wanted.announcement == (isAtOnce ? nil : Self.soft))
        #expect(decision.drain == (isAtOnce ? .withdrawing : .softening))
        // What was begun softly ends so, whoever is sent it then.
        bench.sight.sentTo = []
        bench.sight.lingering = [:]
        #expect(bench.decide().wanted.announcement == (isAtOnce ? nil : Self.soft))
    }

    /// A write that was begun is carried through, although nothing is certain meanwhile.
    @Test func aRouteThatGoesAtOnceIsNotBroughtBackByADoubt() throws {
        var bench = try drainedAndOutAgain(sentTo: [])
        for isBlind in [false, true, false] {
            bench.scene.bgp = isBlind ? .blind(SimulatedWorld.outage) : .seen
            bench.sight.isRouteConfirmed = false
            let decision = bench.decide()
            if !isBlind { #expect(decision.wanted.announcement == nil) }
        }
    }

    /// Before there is any session nobody has it, and there is nobody to make it worse for.
    @Test(arguments: [false, true])
    func whatNobodyHasIsNotMadeWorse(isKept: Bool) throws {
        var bench = try draining()
        bench.sight.sentTo = []
        bench.scene.establishedPeers = []
        if isKept { bench.sight.lingering = ["192.0.2.1": bench.now + .seconds(60)] }
        #expect(bench.decide().wanted.announcement == (isKept ? Self.soft : nil))
    }

    /// The next drain has nothing to do with how the one before ended.
    @Test func anEndOfTheDrainForgetsThatItWasGone() throws {
        var bench = try drainedAndOutAgain(sentTo: [])
        bench.scene.drainReason = nil
        #expect(bench.decide().verdict == .announce)
        bench.scene.drainReason = "disk"
        #expect(bench.decide().wanted.announcement == Self.soft)
    }

    /// The announcement is written and the pause over, and one peer has a normal path after all.
    @Test func aPeerThatIsNotKnownToBeSoftIsWaitedFor() throws {
        var bench = try draining()
        soften(&bench)
        _ = bench.decide()
        bench.now = bench.now + .seconds(60)
        soften(&bench, to: ["192.0.2.1"])
        #expect(bench.decide().wanted.announcement == Self.soft)
        soften(&bench)
        #expect(bench.decide().wanted.announcement == nil)
    }

    /// Somebody who never confirms it, and a bgpd that refuses it, keep nobody waiting for ever.
    @Test(arguments: [true, false])
    func whoeverDoesNotConfirmItIsNotWaitedForLong(isWritten: Bool) throws {
        var bench = try draining()
        if isWritten { soften(&bench, to: ["192.0.2.1"]) }
        var decision = bench.decide()
        let deadline = bench.now + bench.scene.softenAtMost
        #expect(decision.drain == .softening)
        #expect(decision.revisitAt == deadline)
        bench.now = deadline + .seconds(-1)
        #expect(bench.decide().drain == .softening)
        #expect(bench.decide().unsoftened.isEmpty)
        bench.now = deadline
        decision = bench.decide()
        #expect(decision.drain == .withdrawing)
        #expect(decision.wanted.announcement == nil)
        #expect(decision.unsoftened == (isWritten ? ["192.0.2.2"] : Self.peers))
    }

    /// A peer that confirms it at the last moment has the whole pause.
    @Test func whatSettlesLateSettlesAllTheSame() throws {
        var bench = try draining()
        soften(&bench, to: ["192.0.2.1"])
        _ = bench.decide()
        bench.now = bench.now + bench.scene.softenAtMost + .seconds(-1)
        soften(&bench)
        let until = bench.now + bench.scene.drain.settle
        #expect(bench.decide().drain == .settling(until: until))
        bench.now = until + .seconds(-1)
        #expect(bench.decide().drain == .settling(until: until))
        bench.now = until
        #expect(bench.decide().drain == .withdrawing)
        #expect(bench.decide().unsoftened.isEmpty)
    }

    /// While bgpd cannot be seen, nobody is late.
    @Test func timeWithoutSightDoesNotCount() throws {
        var bench = try draining()
        _ = bench.decide()
        bench.now = bench.now + .seconds(20)
        bench.scene.bgp = .blind(Fault(code: "F104", summary: "outage"))
        _ = bench.decide()
        bench.now = bench.now + .seconds(600)
        bench.scene.bgp = .seen
        #expect(bench.decide().drain == .softening)
        let left = DrainPolicy().softenAtMost + .seconds(-20)
        bench.now = bench.now + left + .seconds(-1)
        #expect(bench.decide().drain == .softening)
        bench.now = bench.now + .seconds(1)
        #expect(bench.decide().drain == .withdrawing)
    }

    /// Settled, and the other path is gone: kept softly until it is back, or that is meant.
    @Test func theLastPathIsLookedForOnceMore() throws {
        var bench = try draining()
        bench.scene.sparesLastPath = true
        soften(&bench)
        bench.sight.hasOtherPath = true
        _ = bench.decide()
        let until = bench.now + bench.scene.drain.settle
        bench.now = until
        // What was read before the pause was over says nothing about now.
        bench.scene.routesReadSince = until + .milliseconds(-1)
        #expect(bench.decide().drain == .settling(until: until))
        bench.scene.routesReadSince = until
        bench.sight.hasOtherPath = false
        var decision = bench.decide()
        #expect(decision.drain == .held)
        #expect(decision.wanted.announcement == Self.soft)
        bench.now = bench.now + .seconds(600)
        #expect(bench.decide().drain == .held)
        // It is back: routers are given the time to take it.
        bench.sight.hasOtherPath = true
        decision = bench.decide()
        let again = bench.now + bench.scene.drain.settle
        #expect(decision.drain == .settling(until: again))
        #expect(decision.revisitAt == again)
        bench.now = again
        bench.scene.routesReadSince = again
        #expect(bench.decide().drain == .withdrawing)
    }

    @Test func aLastPathThatMayGoGoes() throws {
        for isWaivedHere in [true, false] {
            var bench = try draining()
            bench.scene.sparesLastPath = isWaivedHere
            bench.vipDrain = DrainWish(
                .soft,
                DrainWish.simulated().mandate,
                isLastPathWaived: isWaivedHere
            )
            soften(&bench)
            bench.sight.hasOtherPath = false
            _ = bench.decide()
            bench.now = bench.now + bench.scene.drain.settle
            #expect(bench.decide().drain == .withdrawing)
        }
        var bench = try draining()
        bench.scene.sparesLastPath = true
        bench.scene.drain.lastPath = .ignore
        soften(&bench)
        bench.sight.hasOtherPath = false
        _ = bench.decide()
        bench.now = bench.now + bench.scene.drain.settle
        #expect(bench.decide().drain == .withdrawing)
    }

    /// Nothing new is said of a VIP while nobody knows what the drain file says.
    @Test func anUnknownDrainFileHoldsWhatIsNew() throws {
        var bench = try GateBench(announced: false)
        let until = bench.now + .seconds(60)
        bench.scene.drainFileUntil = until
        bench.memory.goneSince = .zero
        var decision = bench.decide()
        #expect(decision.verdict == .withhold(.drainFileUnknown(remaining: .seconds(60))))
        #expect(decision.wanted.announcement == nil)
        #expect(decision.revisitAt == until)
        // What stands may stand, and what is soft is not preferred.
        bench = try GateBench()
        bench.scene.drainFileUntil = until
        #expect(bench.decide().verdict == .announce)
        bench.sight.slice.announcement = Self.soft
        #expect(bench.decide().wanted.announcement == Self.soft)
        // A drain by command goes on meanwhile.
        bench.sight.slice.announcement = Announcement()
        bench.scene.drainReason = ""
        #expect(bench.decide().wanted.announcement == Self.soft)
        bench.scene.drainMode = .atOnce
        decision = bench.decide()
        #expect(decision.wanted.announcement == nil)
    }

    /// What was seen before a write to bgpd says nothing about after.
    @Test func anUnconfirmedWriteIsNotSoft() throws {
        var bench = try draining()
        soften(&bench)
        bench.sight.isRouteConfirmed = false
        #expect(bench.decide().drain == .softening)
    }

    @Test func aPeerThatIsNotEstablishedIsNotWaitedFor() throws {
        var bench = try draining()
        soften(&bench, to: ["192.0.2.1"])
        bench.scene.establishedPeers = ["192.0.2.1"]
        guard case .settling? = bench.decide().drain else {
            Issue.record("waits for a peer whose session is down")
            return
        }
    }

    @Test func withoutPeersThereIsNothingToWaitFor() throws {
        var bench = try draining()
        bench.scene.establishedPeers = []
        bench.sight.sentTo = []
        soften(&bench, to: [])
        #expect(bench.decide().drain == .withdrawing)
    }

    @Test func aRouteThatNobodyIsSentIsGivenTime() throws {
        var bench = try draining()
        bench.sight.sentTo = []
        soften(&bench, to: [])
        #expect(bench.decide().drain == .softening)
        bench.now = bench.now + .seconds(10)
        #expect(bench.decide().drain == .withdrawing)
    }

    @Test func hasteTakesTheRouteBackAtOnceAtAnyPoint() throws {
        var bench = try draining(.atOnce)
        #expect(bench.decide().wanted.announcement == nil)
        bench = try draining()
        soften(&bench)
        _ = bench.decide()
        bench.scene.drainMode = .atOnce
        #expect(bench.decide().wanted.announcement == nil)
        bench = try draining()
        bench.scene.drain.announce = .none
        #expect(bench.decide().wanted.announcement == nil)
    }

    @Test func nothingThatIsWithdrawnComesBack() throws {
        var bench = try draining()
        bench.sight.slice.announcement = nil
        bench.sight.sentTo = []
        #expect(bench.decide().wanted.announcement == nil)
    }

    /// A VIP that cannot serve is not kept on a worse path.
    @Test func lostHealthEndsItAtOnce() throws {
        var bench = try draining()
        soften(&bench)
        bench.up = [GateBench.first: false, GateBench.second: false]
        let decision = bench.decide()
        #expect(decision.wanted.announcement == nil)
        #expect(decision.verdict.reason?.code == "drained")
    }

    @Test func aBlindSpeakerIsWaitedFor() throws {
        let outage = Fault(code: "F104", summary: "outage")
        var bench = try draining()
        soften(&bench)
        bench.scene.bgp = .blind(outage)
        bench.now = bench.now + .seconds(600)
        #expect(bench.decide().wanted.announcement == Self.soft)
    }

    /// Undone in the middle, it is made normal again, once it can be seen to serve.
    @Test func undrainingPrefersOnlyWhatIsSeenToServe() throws {
        var bench = try draining()
        soften(&bench)
        _ = bench.decide()
        bench.scene.drainReason = nil
        for plane in [PlaneName.link, .ipvs] {
            bench.scene[plane] = .blind(Fault(code: "K300", summary: "outage"))
            #expect(bench.decide().wanted.announcement == Self.soft)
            bench.scene[plane] = .seen
        }
        bench.sight.slice.services = [:]
        #expect(bench.decide().wanted.announcement == Self.soft)
        bench.sight.slice.services = [GateBench.id: GateBench.table(1, 1)]
        #expect(bench.decide().wanted.announcement == Announcement())
        #expect(bench.memory.softening == nil)
    }

    @Test func aVIPAloneIsDrainedTheSameWay() throws {
        var bench = try GateBench()
        bench.scene.establishedPeers = ["192.0.2.1"]
        bench.vipDrain = .simulated(reason: "new certificate")
        var decision = bench.decide()
        #expect(decision.verdict == .withhold(.vipDrained("new certificate")))
        #expect(decision.wanted.announcement == Self.soft)
        bench.vipDrain = .simulated(.atOnce)
        decision = bench.decide()
        #expect(decision.wanted.announcement == nil)
    }

    @Test func whatGoesWithTheRouteStays() throws {
        var bench = try draining()
        bench.vip?.attributes = RouteAttributes(communities: [Community(65_001, 1)], med: 20)
        let wanted = bench.decide().wanted.announcement
        #expect(wanted?.attributes.communities == [Community(65_001, 1), .gracefulShutdown])
        #expect(wanted?.attributes.med == 20)
        bench.scene.method = .kernelRoute
        #expect(bench.decide().wanted.announcement == Announcement(.soft))
    }

    /// A VIP that moved to another speaker leaves the old one once routers have the new path.
    @Test func aMovedVIPIsAnnouncedBeforeItIsWithdrawn() throws {
        var bench = try GateBench(announced: false)
        let old = try Name(parsing: "old")
        bench.sight.slice.strays = [old]
        #expect(bench.decide().wanted.strays == [old])
        #expect(bench.decide().wanted.announcement == Announcement())
        bench.sight.slice.announcement = Announcement()
        bench.sight.sentTo = ["192.0.2.1"]
        #expect(bench.decide().wanted.strays.isEmpty)
    }
}
