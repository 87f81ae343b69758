import Core
import Net
import Testing

@testable import Daemon

/// How soon others see what has happened.
@Suite struct PublicationPaceTests {
    private func at(_ milliseconds: Int) -> Moment { .zero + .milliseconds(milliseconds) }

    /// A turn, outside of a macro, which cannot change anything.
    private func turn(_ pace: inout PublicationPace, at milliseconds: Int, _ isNews: Bool) -> Bool {
        pace.takeTurn(at: at(milliseconds), isNews: isNews)
    }

    @Test func whatChangesNothingIsShownWithinASecond() {
        var pace = PublicationPace()
        var shown: [Int] = []
        for now in stride(from: 0, through: 2_000, by: 40)
        where pace.takeTurn(at: at(now), isNews: false) { shown.append(now) }
        #expect(shown == [0, 1_000, 2_000])
    }

    @Test func newsAreShownWithinATenthOfASecond() {
        var pace = PublicationPace()
        #expect(turn(&pace, at: 0, true))
        #expect(!turn(&pace, at: 40, true))
        #expect(pace.due == at(100))
        // What comes meanwhile does not put them off.
        #expect(!turn(&pace, at: 80, false))
        #expect(pace.due == at(100))
        #expect(turn(&pace, at: 100, false))
        #expect(pace.due == at(1_100))
        // At once, when the last picture is old enough.
        #expect(turn(&pace, at: 240, true))
    }

    @Test func resultsAloneAreNoNews() throws {
        let bgpd = try Name(parsing: "bgpd")
        let target = ProbeTarget(
            endpoint: Endpoint(IPAddress(v4: 1), 80),
            check: Check(method: .tcp)
        )
        let others: [(Inbox) -> Void] = [
            { $0.put(nil as SentinelSight?, of: target.endpoint) },
            { $0.put(ProbeWorkerSight(isRunning: true)) },
            { $0.stirred(.bgp) },
            { $0.put(.felt(bgpd, nil)) },
        ]
        for other in [nil] + others.map(Optional.some) {
            let inbox = Inbox {}
            #expect(!inbox.takeAll().hasOnlyOutcomes)
            inbox.put([(target, Outcome(.l4ok), .zero)])
            other?(inbox)
            #expect(inbox.takeAll().hasOnlyOutcomes == (other == nil))
        }
    }
}
