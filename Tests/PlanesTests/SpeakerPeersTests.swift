import Core
import Net
import Testing

@testable import FRR
@testable import Planes

/// What a speaker says of single peers: what they may not have been told yet, and what they are not
/// sent although others are.
@Suite struct SpeakerPeersTests {
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let six = IPAddress(v6: UInt128(0x2001_0db8) << 96 | 10)
    private static let prefix = Prefix(host: vip)
    private static let peer = "10.0.0.1"

    private let router = PlayedRouter()
    private let speaker: NetworkSpeaker

    init() {
        let router = router
        speaker = NetworkSpeaker(
            Speaker(asn: 65_001),
            owned: [Prefix(host: Self.vip), Prefix(host: Self.six)],
            bgpd: router,
            zebra: PlayedTable(router: router),
            now: { router.with { $0.now } }
        )
    }

    private func wait() { router.with { $0.now += .seconds(2) } }

    private func announce(
        _ form: Announcement = Announcement(),
        _ address: IPAddress = Self.vip
    ) async throws {
        _ = try await speaker.observe()
        let results = await speaker.apply([.announce(address, form, by: Speaker.usualName)])
        for result in results { try result.get() }
    }

    /// As with Quagga: what it has left to send is not shown, so only time tells.
    @Test func aPeerThatMayLagIsNotSaidToHaveTheWorsePathAtOnce() async throws {
        let soft = Announcement(
            .soft,
            RouteAttributes(communities: [.gracefulShutdown])
        )
        router.with { $0.lag = .seconds(31) }
        try await announce()
        _ = try await speaker.observe()
        try await announce(soft)
        for _ in 0..<16 {
            let facts = try await speaker.observe()
            #expect(facts.announced[Self.prefix] == soft)
            #expect(facts.sentForms[Self.prefix] == nil)
            wait()
            _ = await speaker.apply([])
        }
        #expect(try await speaker.observe().sentForms[Self.prefix] == [Self.peer: soft])
        // Written anew, it is on its way anew.
        try await announce(soft)
        #expect(try await speaker.observe().sentForms[Self.prefix] == nil)
    }

    @Test func saysWhyASecondPeerIsNotSentIt() async throws {
        let second = PeerName(IPAddress(v4: 0x0a00_0002))
        router.with {
            $0.peers.insert(second)
            $0.withheld = [Self.vip: [second: .filtered(second, by: ["DENY"])]]
        }
        try await announce()
        try await announce(Announcement(), Self.six)
        let facts = try await speaker.observe()
        #expect(facts.sentTo[Self.prefix] == [Self.peer])
        #expect(facts.obstacles == [:])
        #expect(facts.withheld[Self.prefix]?["\(second)"]?.code == "F111")
        let peers = facts.peers
        #expect(peers.first { $0.id == Self.peer }?.obstacle == nil)
        let obstacle = try #require(peers.first { $0.id == "\(second)" }?.obstacle)
        #expect(obstacle.code == "F111" && obstacle.summary.contains("1 of 2"))
        #expect(obstacle.summary.contains("DENY"))
        let evidence = await speaker.evidence(of: Self.vip)
        #expect(evidence.contains { $0.place == "peer \(second)" && $0.text.contains("DENY") })
    }
}
