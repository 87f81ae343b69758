import Core
import Net
import Testing

@testable import Probes

/// What is known of a server on a link: its card, when it was asked for, and whose answer is whose.
@Suite struct ARPSpotTests {
    private static let server = IPAddress(v4: 0x0a14_000b)
    private static let link = ARPTrial.link(2, IPAddress(v4: 0x0a14_0001))
    private static let card = ARPTrial.card(0x0b)
    private static let pairs = (0..<4).map {
        ARPInquiry.Pair(server: server, vip: IPAddress(v4: 0xcb00_710a + $0))
    }

    /// When it asks, in milliseconds; in all of them at least a pair is new.
    private func seek(_ spot: inout ARPSpot, _ pair: Int, _ milliseconds: Int64) -> ARPSpot.Step {
        spot.seek(Self.pairs[pair], on: Self.link, at: ARPTrial.moment(milliseconds))
    }

    private func hear(
        _ spot: inout ARPSpot,
        _ milliseconds: Int64,
        from card: HardwareAddress = card,
        to asker: IPAddress = link.address
    ) -> ARPSpot.News? {
        spot.hear(card, answering: asker, at: ARPTrial.moment(milliseconds))
    }

    private func answer(_ pair: Int, _ milliseconds: Int64) -> ARPSpot.News {
        .answered(Self.pairs[pair], asked: ARPTrial.moment(milliseconds))
    }

    /// A spot with a card that nobody waits for.
    private func known() -> ARPSpot {
        var spot = ARPSpot()
        #expect(hear(&spot, 0) == .found([]))
        return spot
    }

    @Test func oneCallIsForAllWhoWait() {
        var spot = ARPSpot()
        #expect(seek(&spot, 0, 0).letters.map(\.receiver) == [.everybody])
        let step = seek(&spot, 1, 20)
        #expect(step.letters.isEmpty && step.due == ARPTrial.moment(50) && step.card == nil)
        // The answer is overdue, so this one waits for none.
        #expect(seek(&spot, 2, 60).due == ARPTrial.moment(60))
        #expect(hear(&spot, 70) == .found([Self.pairs[0], Self.pairs[1]]))
        #expect(spot.heard == nil)
        #expect(seek(&spot, 3, 80).letters.map(\.receiver) == [Self.card, Self.card])
    }

    @Test func whoWaitedForACallDoesNotWaitForTheNext() {
        var spot = ARPSpot()
        _ = seek(&spot, 0, 0)
        #expect(seek(&spot, 1, 999).letters.isEmpty)
        #expect(seek(&spot, 2, 1_000).letters.count == 1)
        #expect(hear(&spot, 1_001) == .found([Self.pairs[2]]))
    }

    @Test func answersAreToQuestionsInTheirOrder() {
        var spot = known()
        for pair in 0..<3 { _ = seek(&spot, pair, Int64(pair)) }
        #expect(hear(&spot, 3, from: ARPTrial.card(0x0c)) == nil)
        #expect(spot.heard == nil)
        #expect(hear(&spot, 3, to: IPAddress(v4: 0x0a14_0002)) == nil)
        #expect(hear(&spot, 4) == answer(0, 0))
        #expect(hear(&spot, 4) == answer(1, 1))
        #expect(hear(&spot, 5) == answer(2, 2))
        #expect(hear(&spot, 6) == nil)
        #expect(spot.heard == ARPTrial.moment(6))
    }

    /// One that was lost does not make all later ones those of others.
    @Test func whatIsOverdueIsNotAnsweredAnyMore() {
        var spot = known()
        _ = seek(&spot, 0, 0)
        _ = seek(&spot, 1, 30)
        spot.giveUp(until: ARPTrial.moment(29))
        #expect(hear(&spot, 52) == answer(1, 30))
        _ = seek(&spot, 2, 100)
        _ = seek(&spot, 3, 1_100)
        #expect(hear(&spot, 1_101) == answer(3, 1_100))
    }
}
