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

    /// Asks for the server and this VIP.
    private func ask(
        _ inquiry: inout ARPInquiry,
        for vip: IPAddress,
        of server: IPAddress = server,
        _ milliseconds: Int64
    ) -> [ARPTrial.Asked] {
        let pair = ARPInquiry.Pair(server: server, vip: vip)
        return inquiry.ask(pair, on: [Self.link], at: ARPTrial.moment(milliseconds)).map(
            ARPTrial.Asked.init
        )
    }

    /// The two questions to a server whose card is known.
    private static let toTheServer = [
        ARPTrial.Asked(2, card, vip), ARPTrial.Asked(2, card, server),
    ]

    /// An inquiry that found the server quiet twice, and has asked again a second later.
    private func acquainted() -> ARPInquiry {
        var inquiry = ARPInquiry()
        _ = ask(&inquiry, 0)
        _ = say(&inquiry, Self.server, 1)
        for start: Int64 in [1, 100] {
            _ = ask(&inquiry, start)
            _ = say(&inquiry, Self.server, start + 1)
            expire(&inquiry, start + 6)
        }
        _ = inquiry.takeClosed()
        #expect(ask(&inquiry, 1_100) == Self.toTheServer)
        return inquiry
    }

    @Test func everybodyIsAskedForTheServerAndTheServerForTheVIP() {
        var inquiry = ARPInquiry()
        #expect(ask(&inquiry, 0) == [.init(2, .everybody, Self.server)])
        #expect(inquiry.isOpen(Self.pair))
        #expect(say(&inquiry, Self.server, 1) == Self.toTheServer)
        #expect(ask(&inquiry, 1) == [])
        #expect(say(&inquiry, Self.server, 2) == [])
        expire(&inquiry, 6)
        #expect(inquiry.isOpen(Self.pair))
        expire(&inquiry, 7)
        #expect(inquiry.testimony(of: Self.pair) == .quiet)
        #expect(inquiry.takeClosed() == [Self.pair])
    }

    /// That it answers a question to everybody does not show that it got the one for the VIP.
    @Test func whoAnswersOnlyEverybodysQuestionIsNotQuiet() {
        var inquiry = ARPInquiry()
        _ = ask(&inquiry, 0)
        _ = say(&inquiry, Self.server, 1)
        expire(&inquiry, 50)
        #expect(inquiry.isOpen(Self.pair))
        expire(&inquiry, 51)
        #expect(inquiry.testimony(of: Self.pair) == .silence(links: ["eth2"]))
    }

    /// The answer for the VIP may come a little later than that for the server.
    @Test(arguments: [(2, true), (6, true), (7, false)])
    func aClaimThatWasOvertakenCounts(milliseconds: Int64, counts: Bool) {
        var inquiry = acquainted()
        _ = say(&inquiry, Self.server, 1_102)
        expire(&inquiry, 1_100 + milliseconds)
        _ = say(&inquiry, Self.vip, 1_100 + milliseconds)
        let claims = ARPInquiry.Testimony.claims(Self.card, link: "eth2")
        #expect(inquiry.testimony(of: Self.pair) == (counts ? claims : .quiet))
    }

    /// An answer is that to the first question that has none, so none is taken for a later one's.
    @Test func answersAreToldApartByTheirOrder() {
        var inquiry = acquainted()
        let later = ARPInquiry.Pair(server: Self.server, vip: IPAddress(v4: 0xcb00_710b))
        #expect(ask(&inquiry, for: later.vip, 1_101).count == 2)
        _ = say(&inquiry, Self.server, 1_102)
        expire(&inquiry, 1_110)
        #expect(inquiry.takeClosed() == [Self.pair])
        #expect(inquiry.isOpen(later))
        // Nothing is known where an answer was lost, but nobody else is woken for it.
        expire(&inquiry, 1_151)
        #expect(inquiry.testimony(of: later) == .silence(links: ["eth2"]))
        #expect(ask(&inquiry, for: later.vip, 1_160).map(\.receiver) == [Self.card, Self.card])
    }

    /// What it is good for: a second, if two questions found it, and only that.
    @Test func oneAnswerIsOneResult() {
        var inquiry = ARPInquiry()
        _ = ask(&inquiry, 0)
        _ = say(&inquiry, Self.server, 1)
        /// When it is asked, whether a question goes out then, and whether it claims the VIP.
        let story: [(at: Int64, asks: Bool, claims: Bool)] = [
            (1, false, false),  // The first question goes on.
            (10, true, false),  // One is not enough.
            (20, false, false), (1_009, false, false),  // Two are, for a second.
            (1_010, true, true),
            (1_015, true, true),  // A claim never is.
            (1_020, true, true), (1_025, true, false),
            (1_040, true, false),  // That it changed is to be confirmed.
            (1_050, false, false), (2_039, false, false), (2_040, true, false),
        ]
        for (at, asks, claims) in story {
            #expect(ask(&inquiry, at) == (asks ? Self.toTheServer : []), "at \(at)")
            if claims { _ = say(&inquiry, Self.vip, at + 1) }
            _ = say(&inquiry, Self.server, at + 1)
            expire(&inquiry, at + 6)
            let found = ARPInquiry.Testimony.claims(Self.card, link: "eth2")
            #expect(inquiry.testimony(of: Self.pair) == (claims ? found : .quiet), "at \(at)")
        }
    }

    /// A thousand VIPs wake a segment no more often than one.
    @Test func everybodyIsAskedOnceASecondWhateverVIPsThereAre() {
        var inquiry = ARPInquiry()
        let vips = (0..<1_000).map { IPAddress(v4: 0xcb00_0000 + $0) }
        var calls: [Int64] = []
        for time in stride(from: Int64(0), to: 3_000, by: 10) {
            for vip in vips where ask(&inquiry, for: vip, time).contains(where: isCall) {
                calls.append(time)
            }
            expire(&inquiry, time)
        }
        // Nobody answers: two questions find so, the second of which wakes nobody.
        #expect(calls == [0, 1_060, 2_060])
        expire(&inquiry, 4_000)
        _ = ask(&inquiry, for: vips[0], 4_000)
        // Those who asked in vain do not ask now; who waits is asked for.
        _ = ask(&inquiry, for: vips[1], 4_001)
        let card = Self.card
        #expect(
            say(&inquiry, Self.server, 4_002)
                == vips[..<2].flatMap { [.init(2, card, $0), .init(2, card, Self.server)] }
        )
        // Nor is anybody woken for another VIP of a server whose card is known.
        #expect(ask(&inquiry, for: vips[2], 4_003).map(\.receiver) == [card, card])
    }

    private func isCall(_ asked: ARPTrial.Asked) -> Bool { asked.receiver == .everybody }

    /// A card that answers for several servers is that of none: a router or a hypervisor.
    @Test func whoStandsInForOthersBlamesNobody() {
        var inquiry = acquainted()
        let neighbour = IPAddress(v4: 0x0a14_000c)
        _ = ask(&inquiry, for: Self.vip, of: neighbour, 1_100)
        _ = say(&inquiry, neighbour, 1_101)
        _ = say(&inquiry, Self.vip, 1_102)
        let found = ARPInquiry.Testimony.standsIn(Self.card, link: "eth2")
        #expect(inquiry.testimony(of: Self.pair) == found)
        #expect(
            inquiry.testimony(of: ARPInquiry.Pair(server: neighbour, vip: Self.vip)) == found
        )
        let outcome = found.judged(Self.passed, of: Self.pair)
        #expect(outcome.code == Self.passed.code && outcome.status == 200)
        #expect(
            outcome.detail.hasSuffix("02:00:00:00:00:0b on eth2 answers for other servers, too")
        )
        // Once nobody asks for the other one, the card is the server's.
        expire(&inquiry, 62_000)
        #expect(inquiry.acquaintances == 0)
    }

    @Test func whoAnswersForTheVIPClaimsIt() {
        var inquiry = acquainted()
        #expect(say(&inquiry, Self.vip, 1_101) == [])
        #expect(inquiry.testimony(of: Self.pair) == .claims(Self.card, link: "eth2"))
        #expect(inquiry.takeClosed() == [Self.pair])
        // At once, and whatever comes later.
        _ = say(&inquiry, Self.server, 1_101)
        expire(&inquiry, 1_160)
        #expect(inquiry.testimony(of: Self.pair) == .claims(Self.card, link: "eth2"))
        // It is asked again, and has been put right.
        _ = ask(&inquiry, 1_200)
        _ = say(&inquiry, Self.server, 1_201)
        expire(&inquiry, 1_206)
        #expect(inquiry.testimony(of: Self.pair) == .quiet)
    }

    /// What is said by others, elsewhere, or to others is nothing to it.
    @Test func othersAreNotItsFault() {
        var inquiry = acquainted()
        _ = say(&inquiry, Self.vip, 1_101, from: ARPTrial.card(0x0c))
        _ = say(&inquiry, Self.vip, 1_101, on: 3)
        _ = say(&inquiry, Self.vip, 1_101, on: 9)
        _ = say(&inquiry, Self.vip, 1_101, to: IPAddress(v4: 0x0a14_0002))
        _ = say(&inquiry, Self.vip, 1_101, as: .request)
        _ = say(&inquiry, IPAddress(v4: 7), 1_101)
        #expect(inquiry.isOpen(Self.pair))
        // Nor does another card's answer for the server make it heard.
        _ = say(&inquiry, Self.server, 1_102, from: ARPTrial.card(0x0c))
        expire(&inquiry, 1_150)
        #expect(inquiry.testimony(of: Self.pair) == .silence(links: ["eth2"]))
    }

    @Test func whoIsSilentIsLookedForAgain() {
        var inquiry = acquainted()
        expire(&inquiry, 1_150)
        #expect(inquiry.testimony(of: Self.pair) == .silence(links: ["eth2"]))
        #expect(ask(&inquiry, 1_200) == [.init(2, .everybody, Self.server)])
        // With another card this time.
        let card = ARPTrial.card(0x0d)
        #expect(
            say(&inquiry, Self.server, 1_201, from: card)
                == [.init(2, card, Self.vip), .init(2, card, Self.server)]
        )
        _ = say(&inquiry, Self.vip, 1_202, from: card)
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

    /// A router on a wider network may answer for everybody.
    @Test func nobodyIsAskedWhereTheServerIsNot() {
        var inquiry = ARPInquiry()
        let wide = ARPTrial.link(3, IPAddress(v4: 0x0a00_0001), length: 8)
        let twin = ARPTrial.link(7, IPAddress(v4: 0x0a14_0002))
        #expect(ask(&inquiry, 0, [wide, Self.link, Self.other, twin]).map(\.link) == [2, 7])
    }

    @Test func linksAreNotAskedWithoutEnd() {
        var inquiry = ARPInquiry()
        let many = (10..<30).map { ARPTrial.link($0, IPAddress(v4: 0x0a14_0001)) }
        #expect(ask(&inquiry, 0, many).count == ARPInquiry.mostLinks)
    }

    /// Where it may be on two links it is quiet when it is on both, or when one had its time.
    @Test func whatOneLinkSaysDoesNotSpeakForAnother() {
        let twin = ARPTrial.link(7, IPAddress(v4: 0x0a14_0002))
        var inquiry = ARPInquiry()
        _ = ask(&inquiry, 0, [Self.link, twin])
        _ = say(&inquiry, Self.server, 1)
        _ = say(&inquiry, Self.server, 2)
        expire(&inquiry, 10)
        #expect(inquiry.isOpen(Self.pair))
        expire(&inquiry, 51)
        #expect(inquiry.testimony(of: Self.pair) == .quiet)
    }

    @Test func whatNobodyAsksForIsForgotten() {
        var inquiry = acquainted()
        expire(&inquiry, 1_150)
        #expect(inquiry.count == 1 && inquiry.nextDeadline == ARPTrial.moment(61_150))
        expire(&inquiry, 61_150)
        #expect(inquiry.count == 0 && inquiry.nextDeadline == nil)
        #expect(inquiry.acquaintances == 0)
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
        // It was there to ask: nothing is confirmed in a hurry.
        #expect(!outcome.isRefusal)
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
