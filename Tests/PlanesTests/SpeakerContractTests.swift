import Core
import Link
import Logging
import Net
import Netlink
import Synchronization
import Testing

@testable import FRR
@testable import Planes

/// What every speaker does, whatever its method: the same cases for both.
@Suite struct SpeakerContractTests {
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let six = IPAddress(v6: 0x2001_0db8_0113 << 80 | 10)
    private static let prefix = Prefix(host: vip)
    private static let peer = "10.0.0.1"

    private let router = PlayedRouter()

    private func speaker(_ method: Speaker.Method) throws -> any SpeakerPlane {
        let speaker = Speaker(asn: 65_001, method: method)
        let owned = [
            try Prefix(parsing: "203.0.113.0/24"), try Prefix(parsing: "2001:db8:113::/48"),
        ]
        let now: @Sendable () -> ContinuousClock.Instant = { [router] in router.with { $0.now } }
        let table = PlayedTable(router: router)
        guard method == .kernelRoute else {
            return NetworkSpeaker(
                speaker,
                owned: owned,
                bgpd: router,
                zebra: table,
                link: DirectorLink(try #require(LinkName("vip0")), over: router.kernel.exchange),
                now: now
            )
        }
        let name = try #require(LinkName("vip0"))
        let link = DirectorLink(name, over: router.kernel.exchange)
        let kernel = KernelRouteSpeaker.Kernel(
            routes: HostRoutes(owner: 112, over: router.kernel.exchange),
            link: link,
            leftovers: KernelRouteLeftovers([], link: link, owned: owned),
            changes: { () throws(LinkError) in AsyncStream { $0.finish() } },
            now: now,
            pause: { throw CancellationError() }
        )
        return KernelRouteSpeaker(
            speaker,
            policy: BGPPolicy(speaker: speaker, ownedPrefixes: owned),
            kernel: kernel,
            bgpd: router,
            zebra: table,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// How a soft announcement looks: with kernel routes the operator's route-map says the rest.
    private static func soft(_ method: Speaker.Method) -> Announcement {
        let attributes = RouteAttributes(communities: [.gracefulShutdown])
        return Announcement(.soft, method == .network ? attributes : RouteAttributes())
    }

    private func wait() { router.with { $0.now += .seconds(2) } }

    private func announce(
        _ speaker: any SpeakerPlane,
        _ form: Announcement = Announcement(),
        _ address: IPAddress = Self.vip
    ) async throws {
        // As a director does: nothing new is announced by a bgpd that was not looked at.
        _ = try await speaker.observe()
        let results = await speaker.apply([.announce(address, form, by: Speaker.usualName)])
        for result in results { try result.get() }
        router.record()
    }

    @Test(arguments: Speaker.Method.allCases)
    func announcesAndWithdraws(method: Speaker.Method) async throws {
        let speaker = try speaker(method)
        #expect(try await speaker.observe().announced == [:])
        for address in [Self.vip, Self.six] { try await announce(speaker, Announcement(), address) }
        var facts = try await speaker.observe()
        wait()
        facts = try await speaker.observe()
        #expect(facts.announced[Self.prefix] == Announcement())
        #expect(facts.announced.count == 2)
        #expect(facts.sentTo[Self.prefix] == [Self.peer])
        #expect(facts.sentForms[Self.prefix] == [Self.peer: Announcement()])
        #expect(facts.obstacles == [:])
        #expect(facts.refusal == nil)
        #expect(facts.peers.map(\.id) == [Self.peer])

        // Once more changes nothing, and neither does a withdrawal of what is not there.
        try await announce(speaker)
        #expect(try await speaker.observe().announced == facts.announced)
        for _ in 0..<2 {
            let results = await speaker.apply([.withdraw(Self.vip, by: Speaker.usualName)])
            for result in results { try result.get() }
        }
        facts = try await speaker.observe()
        #expect(facts.announced.keys.map { $0 } == [Prefix(host: Self.six)])
        #expect(facts.sentTo[Self.prefix] == nil)
        #expect(facts.sentForms[Self.prefix] == nil)
    }

    @Test(arguments: Speaker.Method.allCases)
    func softensAndHardensWithoutAGap(method: Speaker.Method) async throws {
        let speaker = try speaker(method)
        let soft = Self.soft(method)
        try await announce(speaker)
        router.with { $0.history = [] }
        try await announce(speaker, soft)
        var facts = try await speaker.observe()
        #expect(facts.announced[Self.prefix] == soft)
        wait()
        // What is still on its way to a peer is not said to be there.
        router.with { $0.isSettled = false }
        _ = await speaker.apply([])
        facts = try await speaker.observe()
        #expect(facts.sentTo[Self.prefix] == [Self.peer])
        #expect(facts.sentForms[Self.prefix] == nil)
        router.with { $0.isSettled = true }
        _ = await speaker.apply([])
        facts = try await speaker.observe()
        #expect(facts.sentForms[Self.prefix] == [Self.peer: soft])
        try await announce(speaker)
        #expect(try await speaker.observe().announced[Self.prefix] == Announcement())
        #expect(router.with { $0.history }.allSatisfy { $0.contains(Self.vip) })
    }

    @Test(arguments: Speaker.Method.allCases)
    func saysWhyNobodyIsSentIt(method: Speaker.Method) async throws {
        let speaker = try speaker(method)
        router.with { $0.peers = [] }
        try await announce(speaker)
        let facts = try await speaker.observe()
        #expect(facts.announced[Self.prefix] == Announcement())
        #expect(facts.obstacles[Self.prefix]?.code == "F118")
        #expect(facts.evidence[Self.prefix]?.isEmpty == false)
        #expect(await speaker.evidence(of: Self.vip).map(\.place).contains("bgpd"))
    }

    @Test(arguments: Speaker.Method.allCases)
    func isBlindWithoutADaemonAndWarnsOfAnother(method: Speaker.Method) async throws {
        let speaker = try speaker(method)
        router.with { $0.bgpdFault = .leftOver(socket: "/run/frr/bgpd.vty") }
        let fault = try #require(await #expect(throws: Fault.self) { try await speaker.observe() })
        #expect(fault.code == "F102")
        router.with {
            $0.bgpdFault = nil
            $0.asn = ASN(65_009)
        }
        #expect(try await speaker.observe().refusal?.code == "F108")
        router.with { $0.hasInstance = false }
        wait()
        _ = await speaker.apply([])
        #expect(try await speaker.observe().refusal?.code == "F109")
    }

    @Test(arguments: Speaker.Method.allCases)
    func looksAgainAfterAWriteAndAfterAMinute(method: Speaker.Method) async throws {
        let speaker = try speaker(method)
        // Only what was seen twice stands: a configuration may still be read in.
        for _ in 0..<3 { _ = try await speaker.observe() }
        #expect(router.with { $0.previous } == [false, false, true])
        try await announce(speaker)
        _ = try await speaker.observe()
        #expect(router.with { $0.previous.last } == false)
        router.with { $0.now += .seconds(61) }
        _ = try await speaker.observe()
        #expect(router.with { $0.previous.last } == false)
    }

    /// What only kernel routes can run into, each with its reason and what then puts it right.
    @Test func kernelRoutesSayWhatHoldsThemBack() async throws {
        let speaker = try speaker(.kernelRoute)
        func code() async throws -> String? {
            _ = await speaker.apply([])
            return try await speaker.observe().obstacles[Self.prefix]?.code
        }
        try await announce(speaker)
        #expect(try await code() == nil)
        router.with { $0.redistribution = nil }
        #expect(try await code() == "F130")
        router.with { $0.redistribution = "redistribute kernel route-map GONE" }
        #expect(try await code() == "F116")
        router.with { $0.redistribution = "redistribute kernel" }
        #expect(try await code() == nil)
        router.with { $0.preferred[Self.vip] = ZebraRoute(connected: "eth1") }
        #expect(try await code() == "F132")
        router.with {
            $0.preferred = [:]
            $0.unnoticed = [Self.vip]
        }
        #expect(try await code() == "F131")
        // zebra that cannot be asked explains nothing, and changes nothing.
        router.with { $0.zebraFault = .leftOver(socket: "/run/frr/zebra.vty") }
        #expect(try await code() == "F133")
        let rows = await speaker.evidence(of: Self.vip)
        #expect(rows.first { $0.place == "zebra" }?.text.hasPrefix("zebra cannot be asked") == true)
    }

    /// A healthy VIP is followed from the kernel to each peer, and every place speaks for itself.
    @Test(arguments: Speaker.Method.allCases)
    func aVIPIsFollowedToEachPeer(method: Speaker.Method) async throws {
        let speaker = try speaker(method)
        router.kernel.with { $0.addresses = [[203, 0, 113, 10]] }
        try await announce(speaker, Self.soft(method))
        func row(_ place: String) async -> PathEvidence? {
            // What is read for people may be as old as a second.
            wait()
            return await speaker.evidence(of: Self.vip).first { $0.place == place }
        }
        let places = await speaker.evidence(of: Self.vip).map(\.place)
        let way = ["kernel", "zebra", "bgpd", "peer \(Self.peer)"]
        #expect(way.allSatisfy(places.contains))
        #expect(
            way.compactMap { places.firstIndex(of: $0) }
                == way.compactMap { places.firstIndex(of: $0) }.sorted()
        )
        for place in way { #expect(await row(place)?.isGood == true, "\(place)") }
        #expect(await row("peer \(Self.peer)")?.text == "is sent it, \(Self.soft(method))")

        // Each changes with what it speaks of, and with nothing else.
        router.with { $0.zebraFault = .leftOver(socket: "/run/frr/zebra.vty") }
        #expect(await row("zebra")?.isGood == nil)
        #expect(await row("zebra")?.text.hasPrefix("zebra cannot be asked") == true)
        #expect(await row("peer \(Self.peer)")?.isGood == true)
        router.with { $0.zebraFault = nil }
        router.with { $0.isSettled = false }
        let unsure = await row("peer \(Self.peer)")?.text
        #expect(unsure == "is sent it, perhaps not yet as it is now")
        router.with { $0.bgpdFault = .leftOver(socket: "/run/frr/bgpd.vty") }
        #expect(await row("bgpd")?.text.contains("F102") == true)
        #expect(await row("bgpd")?.isGood == false)
        #expect(await row("kernel")?.isGood == true)
        router.kernel.with { kernel in
            kernel.addresses = []
            kernel.routes.removeAll { $0.header[4] == 255 }
        }
        #expect(await row("kernel")?.isGood == false)
    }

    /// What a look has seen of a statement is told in words: its map, its form, the table.
    @Test func aStatementIsToldInWords() async throws {
        let speaker = try speaker(.network)
        router.kernel.with { $0.addresses = [[203, 0, 113, 10]] }
        func text(_ place: String) async -> [String] {
            wait()
            return await speaker.evidence(of: Self.vip).filter { $0.place == place }.map(\.text)
        }
        #expect(await text("bgpd") == ["no network statement for 203.0.113.10/32"])
        #expect(await text("bgpd table") == ["no path of its own"])
        try await announce(speaker)
        #expect(
            await text("kernel") == [
                "203.0.113.10/32 is on vip0, which is up",
                "packets to 203.0.113.10 are delivered here",
            ]
        )
        #expect(
            await text("zebra") == [
                "has selected connected, vip0; to it vip0 is up and has the address; "
                    + "import check: by connected"
            ]
        )
        #expect(await text("bgpd") == ["network 203.0.113.10/32"])
        #expect(await text("bgpd table") == ["its own path is valid and best"])
        #expect(await text("peer \(Self.peer)") == ["is sent it, normal"])
        let form = Self.soft(.network)
        try await announce(speaker, form)
        let statement = try #require(await text("bgpd").first)
        #expect(statement.hasPrefix("network 203.0.113.10/32 route-map PENSTOCK-S-"))
        #expect(statement.hasSuffix(": \(form)"))
    }

    @Test func aRouteThatZebraMissedIsMadeAnew() async throws {
        let speaker = try speaker(.kernelRoute)
        router.with { $0.unnoticed = [Self.vip] }
        try await announce(speaker)
        #expect(try await speaker.observe().announced[Self.prefix] == Announcement())
        wait()
        let form = try await speaker.observe().announced[Self.prefix]
        #expect(form?.foreignForm == "a kernel route that zebra has not noticed")
        try await announce(speaker)
        router.with { $0.unnoticed = [] }
        #expect(try await speaker.observe().announced[Self.prefix] == Announcement())
    }

    @Test func anAddressOfOurLinkBecomesALocalRoute() async throws {
        let speaker = try speaker(.kernelRoute)
        try await announce(speaker)
        router.kernel.with { $0.addresses = [[203, 0, 113, 10]] }
        let facts = try await speaker.observe()
        let beside = "a kernel route beside an address of our link"
        #expect(facts.announced[Self.prefix]?.foreignForm == beside)
        try await announce(speaker)
        #expect(router.numbered == [])
        #expect(router.kernel.with { $0.routes.count { $0.header[4] == 255 } } == 1)
        #expect(try await speaker.observe().sentTo[Self.prefix] == [Self.peer])
    }

    @Test func aStatementFromBeforeGivesWayWithoutAGap() async throws {
        try await announce(try speaker(.network))
        let speaker = try speaker(.kernelRoute)
        var facts = try await speaker.observe()
        #expect(facts.announced[Self.prefix]?.foreignForm == "a network statement")
        router.with { $0.history = [] }
        try await announce(speaker)
        facts = try await speaker.observe()
        #expect(facts.announced[Self.prefix] == Announcement())
        #expect(router.with { $0.networks } == [:])
        #expect(router.with { $0.history }.allSatisfy { $0.contains(Self.vip) })
        _ = await speaker.apply([.withdraw(Self.vip, by: Speaker.usualName)])
        #expect(try await speaker.observe().sentTo == [:])
    }

    @Test func whatBGPStillSendsIsNamed() async throws {
        let speaker = try speaker(.kernelRoute)
        router.with { $0.stale = [Self.vip] }
        let facts = try await speaker.observe()
        #expect(facts.announced == [:])
        #expect(facts.sentTo[Self.prefix] == [Self.peer])
        #expect(facts.obstacles[Self.prefix]?.code == "F134")
    }

    /// Attributes go out through maps of ours, and maps that nothing uses any more can go.
    @Test func attributesTravelInMaps() async throws {
        let speaker = try speaker(.network)
        let form = Announcement(
            .normal,
            RouteAttributes(communities: [.init(65_001, 7)], med: 30, prepend: 2, bandwidth: 500)
        )
        try await announce(speaker, form)
        #expect(try await speaker.observe().announced[Self.prefix] == form)
        try await announce(speaker)
        let unused = try await speaker.observe().unusedRouteMaps
        #expect(unused.count == 1)
        let name = try #require(unused.first)
        let results = await speaker.apply([.discard(routeMap: name, by: Speaker.usualName)])
        for result in results { try result.get() }
        #expect(try await speaker.observe().unusedRouteMaps == [])
    }

    /// One that cannot be seen says nothing about the others.
    @Test func speakersAreSeenByThemselves() async throws {
        let (a, b) = (try Name(parsing: "a"), try Name(parsing: "b"))
        let broken = PlayedRouter()
        broken.with { $0.bgpdFault = .leftOver(socket: "/run/frr/b.vty") }
        let owned = [try Prefix(parsing: "203.0.113.0/24")]
        let plane = BGPPlane([
            (a, try speaker(.network)),
            (
                b,
                NetworkSpeaker(
                    Speaker(name: b, asn: 65_001),
                    owned: owned,
                    bgpd: broken,
                    zebra: PlayedTable(router: broken)
                )
            ),
        ])
        _ = try await plane.observe()
        let results = await plane.apply([
            .announce(Self.vip, Announcement(), by: b),
            .announce(Self.vip, Announcement(), by: a),
            .withdraw(Self.six, by: try Name(parsing: "gone")),
        ])
        #expect(throws: Fault.self) { try results[0].get() }
        try results[1].get()
        #expect(throws: Fault.self) { try results[2].get() }
        let facts = try await plane.observe()
        #expect(try facts.speakers[a]?.get().sentTo[Self.prefix] == [Self.peer])
        #expect(throws: Fault.self) { try facts.speakers[b]?.get() }
        #expect(await plane.evidence(of: Self.vip, by: a).isEmpty == false)
    }
}
