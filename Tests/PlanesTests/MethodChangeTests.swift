import Core
import Link
import Logging
import Net
import Netlink
import Testing

@testable import FRR
@testable import Planes

/// What was announced by another method, another number or another speaker, and gives way.
@Suite struct MethodChangeTests {
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let other = IPAddress(v4: 0xcb00_710b)
    private static let prefix = Prefix(host: vip)
    /// The number of the routes that the played kernel takes for ours.
    private static let number: UInt8 = 112

    private let router = PlayedRouter()
    private let owned: [Prefix]
    private let link: DirectorLink

    init() throws {
        owned = [try Prefix(parsing: "203.0.113.0/24")]
        link = DirectorLink(try #require(LinkName("vip0")), over: router.kernel.exchange)
    }

    private func routes(_ owner: UInt8) -> HostRoutes {
        HostRoutes(owner: owner, over: router.kernel.exchange)
    }

    private func leftovers(_ owners: UInt8...) -> KernelRouteLeftovers {
        KernelRouteLeftovers(owners.map(routes), link: link, owned: owned)
    }

    private func byStatement() -> NetworkSpeaker {
        NetworkSpeaker(
            Speaker(asn: 65_001),
            owned: owned,
            bgpd: router,
            zebra: PlayedTable(router: router),
            leftovers: leftovers(Self.number)
        )
    }

    private func byRoute(_ owner: UInt8, besides former: UInt8...) -> KernelRouteSpeaker {
        let speaker = Speaker(asn: 65_001, method: .kernelRoute)
        return KernelRouteSpeaker(
            speaker,
            policy: BGPPolicy(speaker: speaker, ownedPrefixes: owned),
            kernel: KernelRouteSpeaker.Kernel(
                routes: routes(owner),
                link: link,
                leftovers: KernelRouteLeftovers(former.map(routes), link: link, owned: owned),
                changes: { () throws(LinkError) in AsyncStream { $0.finish() } },
                now: { [router] in router.with { $0.now } },
                pause: { throw CancellationError() }
            ),
            bgpd: router,
            zebra: PlayedTable(router: router),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func apply(_ changes: [Change], by speaker: any SpeakerPlane) async throws {
        _ = try await speaker.observe()
        for result in await speaker.apply(changes) { try result.get() }
        router.record()
    }

    private func announced(_ address: IPAddress) -> [Change] {
        [.announce(address, Announcement(), by: Speaker.usualName)]
    }

    @Test func aKernelRouteGivesWayToAStatementWithoutAGap() async throws {
        router.kernel.with { $0.addresses = [[203, 0, 113, 10]] }
        try await apply(announced(Self.vip), by: byRoute(Self.number))
        #expect(router.numbered == [])
        router.with { $0.history = [] }

        let speaker = byStatement()
        let form = try await speaker.observe().announced[Self.prefix]
        #expect(form?.foreignForm == "a kernel route")
        try await apply(announced(Self.vip), by: speaker)
        #expect(try await speaker.observe().announced[Self.prefix] == Announcement())
        #expect(router.with { $0.networks }.keys.map { $0 } == [Self.vip])
        #expect(router.kernel.with { $0.routes } == [])
        // An import check looks for it there.
        #expect(router.numbered == [Self.vip])
        #expect(router.with { $0.history }.allSatisfy { $0.contains(Self.vip) })
    }

    @Test func aKernelRouteThatIsNotWantedIsRemovedByASpeakerOfStatements() async throws {
        try await apply(announced(Self.vip) + announced(Self.other), by: byRoute(Self.number))
        let speaker = byStatement()
        try await apply([.withdraw(Self.vip, by: Speaker.usualName)], by: speaker)
        #expect(router.routes.keys.map { $0 } == [Self.other])
        #expect(try await speaker.observe().announced.keys.map { $0 } == [Prefix(host: Self.other)])
    }

    /// While bgpd refuses the statement, the route is what announces.
    @Test func aKernelRouteStaysUntilItsStatementIsThere() async throws {
        try await apply(announced(Self.vip), by: byRoute(Self.number))
        let speaker = byStatement()
        _ = try await speaker.observe()
        router.with { $0.bgpdFault = .leftOver(socket: "/run/frr/bgpd.vty") }
        for result in await speaker.apply(announced(Self.vip)) {
            #expect(throws: Fault.self) { try result.get() }
        }
        #expect(router.routes.keys.map { $0 } == [Self.vip])
    }

    @Test func aRouteWithAFormerNumberIsMadeAnewWithTheNewOne() async throws {
        try await apply(announced(Self.vip), by: byRoute(Self.number))
        let speaker = byRoute(205, besides: Self.number)
        let form = try await speaker.observe().announced[Self.prefix]
        #expect(form?.foreignForm == "a kernel route with a former protocol number")
        try await apply(announced(Self.vip), by: speaker)
        #expect(
            router.kernel.with { $0.routes.filter { $0.header[4] == 254 }.map { $0.header[5] } }
                == [205]
        )
        #expect(try await speaker.observe().announced[Self.prefix] == Announcement())
        try await apply([.withdraw(Self.vip, by: Speaker.usualName)], by: speaker)
        #expect(router.kernel.with { $0.routes.filter { $0.header[4] == 254 } } == [])
    }

    /// Nothing adds any later, so nothing is asked for any more.
    @Test func whatWasSeenGoneIsNotLookedForAgain() async throws {
        let leftovers = leftovers(Self.number)
        #expect(try await leftovers.observe() == [])
        try await apply(announced(Self.vip), by: byRoute(Self.number))
        #expect(try await leftovers.observe() == [])
        #expect(try await leftovers.remove([Self.vip]) == [:])
        #expect(router.routes.keys.map { $0 } == [Self.vip])
    }

    /// Every number belongs to one speaker: that of kernel routes, otherwise the first.
    @Test func oneSpeakerHasTheNumbers() throws {
        let (a, b) = (try Name(parsing: "a"), try Name(parsing: "b"))
        var policy = BGPPolicy(
            speaker: Speaker(name: a, asn: 65_001),
            others: [Speaker(name: b, asn: 65_001, vrf: "red")],
            ownedPrefixes: owned
        )
        policy.kernelRoute.formerProtocols = [205]
        #expect(policy.speakers.map(policy.numbersLeft) == [[201, 205], []])
        policy = BGPPolicy(
            speaker: policy.speakers[0],
            others: [Speaker(name: b, asn: 65_001, vtySocket: "/run/b", method: .kernelRoute)],
            ownedPrefixes: owned,
            kernelRoute: policy.kernelRoute
        )
        #expect(policy.speakers.map(policy.numbersLeft) == [[], [205]])
    }

    @Test func aFormerSpeakerThatIsNotThereHasNothing() async throws {
        let speaker = FormerSpeaker(byStatement())
        try await apply(announced(Self.vip), by: speaker)
        #expect(try await speaker.observe().announced[Self.prefix] == Announcement())
        router.with { $0.asn = ASN(65_009) }
        _ = await speaker.apply([])
        #expect(try await speaker.observe() == BGPFacts())
        router.with { $0.bgpdFault = .leftOver(socket: "/run/frr/bgpd.vty") }
        #expect(try await speaker.observe() == BGPFacts())
        router.with { $0.bgpdFault = .forbidden(socket: "/run/frr/bgpd.vty", access: nil) }
        await #expect(throws: Fault.self) { try await speaker.observe() }
    }
}
