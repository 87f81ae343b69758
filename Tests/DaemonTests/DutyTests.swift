import Core
import Logging
import Net
import ServiceLifecycle
import TestSupport
import Testing

@testable import Daemon

/// A director on duty, from its start to a graceful stop, on planes that are played.
///
/// It runs on the real clock, because the whole of it does; nothing here depends on how long
/// anything takes, and a stop that never ends is the failure.
@Suite(.timeLimit(.minutes(10))) struct DutyTests {
    private static let address = IPAddress(v4: 0xcb00_710a)
    private static let prefix = Prefix(host: address)
    private static let key = ServiceKey(address, ServiceID(.tcp, 80))
    private static let server = Endpoint(IPAddress(v4: 0x0a14_000b), 80)
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A director that an earlier run left announcing, without any check to pass.
    private struct Stage {
        let link: PlayedPlane<LinkFacts>
        let ipvs: PlayedPlane<IPVSFacts>
        let bgp: PlayedPlane<RoutingFacts>
        let duty: Duty

        /// With `isSilent`, bgpd never tells that a peer was sent what it announces.
        init(
            onStop: DrainPolicy.OnStop,
            isSilent: Bool = false,
            file: String? = nil
        ) async throws {
            let scheduling = Scheduling()
            let slice = ServiceSlice(
                scheduling: scheduling,
                destinations: [server: DestinationSlice(forwarding: .directRouting, weight: 1)]
            )
            link = PlayedPlane(LinkFacts(addresses: [address], isUp: true)) { _, _ in }
            ipvs = PlayedPlane(
                IPVSFacts(services: [key: Core.ObservedService(slice: slice)])
            ) { _, _ in }
            let peer = Peer(id: "192.0.2.1", asn: 65_000, state: "Established")
            bgp = PlayedPlane(
                RoutingFacts(
                    BGPFacts(
                        peers: [peer],
                        announced: [prefix: Announcement()],
                        sentTo: [prefix: [peer.id]]
                    )
                )
            ) { change, facts in
                switch change {
                case .announce(address, let announcement, _):
                    facts = RoutingFacts(
                        BGPFacts(
                            peers: [peer],
                            announced: [prefix: announcement],
                            sentTo: [prefix: [peer.id]],
                            sentForms: isSilent ? [:] : [prefix: [peer.id: announcement]]
                        )
                    )
                case .withdraw(address, _):
                    facts = RoutingFacts(BGPFacts(peers: [peer]))
                default: return
                }
            }
            duty = Duty(
                intent: try DutyTests.intent(onStop, isHurried: isSilent, file: file),
                planes: PlaneSet(link: link, ipvs: ipvs, bgp: bgp),
                notifier: await Notifier(environment: [:], logger: logger),
                logger: logger,
                // What is tested is what a stop does, not that this machine does it in time.
                patience: { _ in .seconds(600) }
            )
        }
    }

    private static func intent(
        _ onStop: DrainPolicy.OnStop,
        isHurried: Bool,
        file: String?
    ) throws -> Intent {
        let service = VirtualService(
            name: try Name(parsing: "http"),
            id: key.id,
            checks: [],
            backends: [Backend(server)]
        )
        return Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(asn: 65_001, ownedPrefixes: [try Prefix(parsing: "203.0.113.0/24")]),
            drain: DrainPolicy(
                settle: .zero,
                // Longer than a look that is under way takes beside all other tests.
                softenAtMost: isHurried ? .seconds(3) : .seconds(600),
                quietFor: .zero,
                atMost: .seconds(1),
                onStop: onStop,
                file: file
            ),
            vips: [VIP(name: try Name(parsing: "web"), address: address, services: [service])]
        )
    }

    /// Runs the duty until it has settled in and `body` is done, then stops it gracefully and waits
    /// for its end.
    private func serve(
        _ stage: Stage,
        _ body: () async -> Void = {}
    ) async throws {
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: stage.duty)], logger: Self.logger)
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            while stage.duty.latest.director.advertised != (1, 1) {
                // Its looks are on the real clock; the suite's time limit bounds this.
                try await Task.sleep(for: .milliseconds(5))
            }
            await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func keepLeavesEverythingAsItIs() async throws {
        let stage = try await Stage(onStop: .keep)
        try await serve(stage)
        #expect(stage.link.applied.isEmpty)
        #expect(stage.ipvs.applied.isEmpty)
        #expect(stage.bgp.applied.isEmpty)
        #expect(stage.duty.latest.director.node == .active)
    }

    @Test func whoAsksForALookAtRoutesGetsANewOne() async throws {
        let stage = try await Stage(onStop: .keep)
        try await serve(stage) {
            let looks = stage.bgp.looks
            #expect(await stage.duty.lookAgainAtRoutes(within: .seconds(300)))
            #expect(stage.bgp.looks > looks)
            #expect(stage.bgp.forgotten == 1)
            let path = await stage.duty.evidence(of: Self.address, by: Speaker.usualName)
            #expect(path.map(\.text) == ["203.0.113.10 by \(Speaker.usualName)"])
        }
        // Nobody looks any more, and nobody waits for it.
        #expect(await stage.duty.lookAgainAtRoutes(within: .zero) == false)
    }

    @Test func withdrawWaitsUntilTheRouteIsSeenGone() async throws {
        let stage = try await Stage(onStop: .withdraw)
        try await serve(stage)
        #expect(stage.bgp.applied == [.withdraw(Self.address)])
        // Nothing under the announcement is taken away: stragglers still flow.
        #expect(stage.link.applied.isEmpty && stage.ipvs.applied.isEmpty)
        let snapshot = Self.snapshot(stage.duty)
        #expect(snapshot.node.drain?.left == 0)
        #expect(snapshot.node.drain?.step != .withdrawing)
    }

    @Test func drainWaitsUntilItIsQuiet() async throws {
        let stage = try await Stage(onStop: .drain)
        try await serve(stage)
        // A worse path first, so that routers have left before it goes.
        guard case .announce(Self.address, let soft, _)? = stage.bgp.applied.first else {
            Issue.record("\(stage.bgp.applied) does not begin with a worse path")
            return
        }
        #expect(soft.level == .soft)
        #expect(stage.bgp.applied.dropFirst() == [.withdraw(Self.address)])
        #expect(Self.snapshot(stage.duty).node.drain?.step == .done)
    }

    /// A peer of which nobody hears that it has the worse path: its route goes all the same, before
    /// the process does.
    @Test func aStopDoesNotWaitForWhoeverNeverConfirms() async throws {
        let stage = try await Stage(onStop: .drain, isSilent: true)
        try await serve(stage)
        guard case .announce(Self.address, let soft, _)? = stage.bgp.applied.first else {
            Issue.record("\(stage.bgp.applied) does not begin with a worse path")
            return
        }
        #expect(soft.level == .soft)
        #expect(stage.bgp.applied.dropFirst() == [.withdraw(Self.address)])
        let drain = Self.snapshot(stage.duty).node.drain
        #expect(drain?.step == .done && drain?.unsoftened == ["192.0.2.1"])
        // It was the deadline, and no haste.
        #expect(drain?.mode == "soft")
    }

    /// A drain file that is there at the start, and one that is not, are both told of.
    @Test(arguments: ["/etc/hostname", "/nonexistent/drain"])
    func theDrainFileIsLookedAtFirst(file: String) async throws {
        let stage = try await Stage(onStop: .keep, file: file)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: stage.duty)], logger: Self.logger)
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            while stage.duty.latest.director.isAwaitingDrainFile {
                try await Task.sleep(for: .milliseconds(5))
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let isDrained = stage.duty.latest.director.nodeDrains[.file] != nil
        #expect(isDrained == (file == "/etc/hostname"))
    }

    @Test func aStopIsGivenTheTimeThatItsStepsTake() {
        func patience(_ onStop: DrainPolicy.OnStop) -> Duration {
            let policy = DrainPolicy(settle: .seconds(15), atMost: .seconds(60), onStop: onStop)
            return Duty.stopPatience(policy)
        }
        #expect(patience(.keep) == .zero)
        #expect(patience(.withdraw) == Duty.withdrawPatience)
        #expect(
            patience(.drain)
                == .seconds(35) + .seconds(15) + Duty.withdrawPatience + .seconds(60)
        )
    }

    private static func snapshot(_ duty: Duty) -> Snapshot {
        let latest = duty.latest
        return latest.director.snapshot(
            Director.Frame(
                now: latest.now,
                takenAt: .current,
                config: ConfigStatus(file: "p.yaml", digest: "0", loadedAt: .current)
            )
        )
    }

    @Test func anOrderTooManyIsRefused() async throws {
        let stage = try await Stage(onStop: .keep)
        for _ in 0..<Inbox.mostCommands { #expect(stage.duty.ask(.undrain(.node))) }
        #expect(!stage.duty.ask(.undrain(.node)))
    }

    /// Half of the descriptors are the probes', and never none of them.
    @Test(arguments: [(1, 1), (2, 1), (1024, 512), (65_536, 4096), (.max, 4096)])
    func probesHaveTheirShareOfDescriptors(limit: Int, share: Int) {
        #expect(ProbeBudget.probes(of: limit) == share)
        #expect(ProbeBudget.descriptors > 0)
    }
}
