import Core
import Net
import TestSupport
import Testing

@testable import Probes

/// Which real servers answer ARP for a VIP: who is asked, how often, and what an answer means.
@Suite struct ARPInquiryTests {
    private static let server = IPAddress(v4: 0x0a14_000b)
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private static let pair = ARPInquiry.Pair(server: server, vip: vip)
    private static let link = ARPTrial.link(2, IPAddress(v4: 0x0a14_0001))
    private static let other = ARPTrial.link(3, IPAddress(v4: 0x0a15_0001))
    private static let card = ARPTrial.card(0x0b)

    /// Asks, and answers with those who have been asked for, and where.
    private func ask(
        _ inquiry: inout ARPInquiry,
        _ milliseconds: Int64,
        _ links: [ARPLink] = [link, other]
    ) -> [ARPTrial.Asked] {
        inquiry.ask(Self.pair, on: links, at: ARPTrial.moment(milliseconds)).map(
            ARPTrial.Asked.init
        )
    }

    /// Says to the director on `link` that `card` has `address`.
    private func say(
        _ inquiry: inout ARPInquiry,
        _ address: IPAddress,
        _ milliseconds: Int64,
        from card: HardwareAddress = card,
        to asker: IPAddress = link.address,
        on number: Int32 = 2,
        as operation: ARPPacket.Operation = .reply
    ) -> [ARPTrial.Asked] {
        let packet = ARPPacket(
            operation,
            from: .init(hardware: card, address: address),
            to: .init(hardware: Self.link.hardware, address: asker)
        )
        return inquiry.hear(packet, on: number, at: ARPTrial.moment(milliseconds))
            .map(ARPTrial.Asked.init)
    }

    private func expire(_ inquiry: inout ARPInquiry, _ milliseconds: Int64) {
        inquiry.expire(at: ARPTrial.moment(milliseconds))
    }

    /// An inquiry that knows the card of the server, and has asked again a second later.
    private func acquainted() -> ARPInquiry {
        var inquiry = ARPInquiry()
        _ = ask(&inquiry, 0)
        _ = say(&inquiry, Self.server, 1)
        expire(&inquiry, 60)
        _ = inquiry.takeClosed()
        _ = ask(&inquiry, 1_000)
        return inquiry
    }

    @Test func everybodyIsAskedForTheServerAndTheServerForTheVIP() {
        var inquiry = ARPInquiry()
        #expect(ask(&inquiry, 0) == [.init(2, .everybody, Self.server)])
        #expect(inquiry.isOpen(Self.pair))
        #expect(say(&inquiry, Self.server, 1) == [.init(2, Self.card, Self.vip)])
        #expect(say(&inquiry, Self.server, 1) == [])
        expire(&inquiry, 50)
        #expect(inquiry.isOpen(Self.pair))
        expire(&inquiry, 51)
        #expect(inquiry.testimony(of: Self.pair) == .quiet)
        #expect(inquiry.takeClosed() == [Self.pair])
        // Whose card is known is asked without waking anybody else.
        #expect(ask(&inquiry, 999) == [])
        #expect(inquiry.testimony(of: Self.pair) == .quiet)
        #expect(
            ask(&inquiry, 1_000)
                == [.init(2, Self.card, Self.vip), .init(2, Self.card, Self.server)]
        )
        #expect(inquiry.testimony(of: Self.pair) == nil && inquiry.isOpen(Self.pair))
    }

    @Test func whoAnswersForTheVIPClaimsIt() {
        var inquiry = acquainted()
        #expect(say(&inquiry, Self.vip, 1_001) == [])
        #expect(inquiry.testimony(of: Self.pair) == .claims(Self.card, link: "eth2"))
        #expect(inquiry.takeClosed() == [Self.pair])
        // At once, and whatever comes later.
        _ = say(&inquiry, Self.server, 1_001)
        expire(&inquiry, 1_060)
        #expect(inquiry.testimony(of: Self.pair) == .claims(Self.card, link: "eth2"))
        // It is asked again, and has been put right.
        _ = ask(&inquiry, 2_000)
        _ = say(&inquiry, Self.server, 2_001)
        expire(&inquiry, 2_050)
        #expect(inquiry.testimony(of: Self.pair) == .quiet)
    }

    /// What is said by others, elsewhere, or to others is nothing to it.
    @Test func othersAreNotItsFault() {
        var inquiry = acquainted()
        _ = say(&inquiry, Self.vip, 1_001, from: ARPTrial.card(0x0c))
        _ = say(&inquiry, Self.vip, 1_001, on: 3)
        _ = say(&inquiry, Self.vip, 1_001, on: 9)
        _ = say(&inquiry, Self.vip, 1_001, to: IPAddress(v4: 0x0a14_0002))
        _ = say(&inquiry, Self.vip, 1_001, as: .request)
        _ = say(&inquiry, IPAddress(v4: 7), 1_001)
        #expect(inquiry.isOpen(Self.pair))
        // Nor does another card's answer for the server make it heard.
        _ = say(&inquiry, Self.server, 1_002, from: ARPTrial.card(0x0c))
        expire(&inquiry, 1_050)
        #expect(inquiry.testimony(of: Self.pair) == .silence(links: ["eth2"]))
    }

    @Test func whoIsSilentIsLookedForAgain() {
        var inquiry = acquainted()
        expire(&inquiry, 1_050)
        #expect(inquiry.testimony(of: Self.pair) == .silence(links: ["eth2"]))
        #expect(ask(&inquiry, 2_000) == [.init(2, .everybody, Self.server)])
        // With another card this time.
        let card = ARPTrial.card(0x0d)
        #expect(say(&inquiry, Self.server, 2_001, from: card) == [.init(2, card, Self.vip)])
        _ = say(&inquiry, Self.vip, 2_002, from: card)
        #expect(inquiry.testimony(of: Self.pair) == .claims(card, link: "eth2"))
    }

    @Test func aServerOnNoLinkIsElsewhere() {
        var inquiry = ARPInquiry()
        let own = ARPTrial.link(4, Self.server)
        let holder = ARPTrial.link(5, Self.vip)
        #expect(ask(&inquiry, 0, [Self.other, own, holder]) == [])
        #expect(inquiry.testimony(of: Self.pair) == .elsewhere)
        #expect(inquiry.takeClosed() == [Self.pair])
    }

    @Test func itIsLookedForOnEveryLinkThatMayHaveIt() {
        var inquiry = ARPInquiry()
        let twin = ARPTrial.link(7, IPAddress(v4: 0x0a14_0002))
        let asked = ask(&inquiry, 0, [Self.link, Self.other, twin])
        #expect(asked.map(\.link) == [2, 7])
        let many = (10..<30).map { ARPTrial.link($0, IPAddress(v4: 0x0a14_0001)) }
        #expect(ask(&inquiry, 1_000, many).count == ARPInquiry.mostLinks)
    }

    @Test func whatNobodyAsksForIsForgotten() {
        var inquiry = acquainted()
        expire(&inquiry, 1_050)
        #expect(inquiry.count == 1 && inquiry.nextDeadline == ARPTrial.moment(61_050))
        expire(&inquiry, 61_050)
        #expect(inquiry.count == 0 && inquiry.nextDeadline == nil)
        #expect(inquiry.takeClosed() == [Self.pair])
    }

    /// On a segment of servers that are as they should be, and of some that are not.
    @Test(arguments: UInt64(0)..<60)
    func nobodyIsBlamedForAnotherAndWhoeverAnswersIsFound(seed: UInt64) {
        var segment = ARPSegment(seed: seed)
        for _ in 0..<400 { segment.step() }
        #expect(segment.broken == [], "seed \(seed)")
        #expect(segment.testimonies > 10, "seed \(seed)")
        segment.fallSilent()
        #expect(segment.broken == [], "seed \(seed)")
    }

    // MARK: What follows from it

    private static let passed = Outcome(
        .l7status,
        status: 200,
        detail: "200 OK",
        duration: .milliseconds(7)
    )

    @Test func aClaimFailsTheProbe() {
        let claims = ARPInquiry.Testimony.claims(Self.card, link: "eth1")
        let outcome = claims.judged(Self.passed, of: Self.pair)
        #expect(outcome.code == .l4connection && outcome.verdict == .failed)
        #expect(outcome.duration == .milliseconds(7) && outcome.status == nil)
        #expect(
            outcome.detail.hasPrefix(
                "10.20.0.11 answers ARP for the VIP 203.0.113.10 (02:00:00:00:00:0b on eth1): "
            )
        )
        #expect(outcome.detail.contains("arp_ignore 1"))
    }

    @Test func whatIsNotKnownIsToldAndChangesNothing() {
        for (testimony, told) in [
            (ARPInquiry.Testimony.quiet, ""), (.elsewhere, "is on no link of this host"),
            (.silence(links: ["eth1", "eth2"]), "nobody answers for 10.20.0.11 on eth1, eth2"),
        ] {
            let outcome = testimony.judged(Self.passed, of: Self.pair)
            #expect(outcome.code == Self.passed.code && outcome.status == 200)
            #expect(outcome.detail.hasPrefix("200 OK") && outcome.detail.hasSuffix(told))
            #expect((outcome == Self.passed) == told.isEmpty)
        }
    }

    /// Whom a probe is about.
    @Test func onlyDirectRoutingOverIPv4Asks() {
        func pair(
            _ server: IPAddress,
            _ vip: IPAddress,
            _ forwarding: Forwarding
        ) -> ARPInquiry
            .Pair?
        {
            let path = ProbePath(to: server, port: 80, by: forwarding)
            let endpoint = Endpoint(vip, 80)
            return ARPInquiry.Pair(
                of: ProbeTarget(endpoint: endpoint, check: Check(method: .tcp), path: path)
            )
        }
        #expect(pair(Self.server, Self.vip, .directRouting) == Self.pair)
        #expect(pair(Self.server, Self.vip, .tunnel) == nil)
        #expect(pair(Self.server, Self.vip, .masquerade) == nil)
        #expect(pair(IPAddress(v6: 1 << 126), IPAddress(v6: 2 << 126), .directRouting) == nil)
        let plain = ProbeTarget(
            endpoint: Endpoint(Self.server, 80),
            check: Check(method: .tcp)
        )
        #expect(ARPInquiry.Pair(of: plain) == nil)
        let any = ProbeTarget(
            service: Endpoint(Self.vip, 80),
            check: Check(method: .tcp),
            anyLike: Self.server
        )
        #expect(ARPInquiry.Pair(of: any) == nil)
    }
}
