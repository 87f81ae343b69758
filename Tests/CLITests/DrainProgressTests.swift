import Core
import Testing
import TestSupport
import penstock

struct DrainProgressTests {
    @Test func tellsAWholeDrainFromItsLooks() throws {
        var progress = DrainProgress()
        let looks: [(Snapshot, Duration, Bool)] = [
            // The wish is on disk, and the loop has not come round yet.
            (try SampleSnapshot.calm(), .zero, false),
            (try SampleSnapshot.draining(.withdrawing, left: 2), .milliseconds(200), true),
            (try SampleSnapshot.draining(.withdrawing, left: 2), .milliseconds(400), false),
            (try SampleSnapshot.draining(.withdrawing, left: 1), .milliseconds(600), true),
            (try SampleSnapshot.draining(.ebbing), .milliseconds(800), true),
            (try SampleSnapshot.draining(.ebbing, packetsPerSecond: 41203), .seconds(2), false),
            (try SampleSnapshot.draining(.ebbing, packetsPerSecond: 0.4), .seconds(9), false),
        ]
        for (snapshot, elapsed, isNews) in looks {
            let wasNews = progress.observe(snapshot.node, at: elapsed)
            #expect(wasNews == isNews)
            #expect(progress.outcome == .underWay)
        }
        let end = try SampleSnapshot.draining(.done, ending: "quiet")
        let endIsNews = progress.observe(end.node, at: .seconds(72))
        #expect(endIsNews)
        #expect(progress.outcome == .quiet)
        #expect(
            screen(progress.lines) == """
                ✓ withdrawing 2 of 2 VIPs withdrawn                       0.6s
                ✓ ebbing      0 packets/s, quiet below 1                  9.0s
                ✓ done        quiet                                       1m12s
                """
        )
    }

    @Test func tellsADeadlineFromQuiet() throws {
        var progress = DrainProgress()
        let end = try SampleSnapshot.draining(.done, ending: "deadline")
        let endIsNews = progress.observe(end.node, at: .seconds(60))
        #expect(endIsNews)
        #expect(progress.outcome == .deadline)
        #expect(
            plain(progress.lines) == [
                "! done        traffic has not ended before the deadline   1m00s"
            ]
        )
    }

    @Test func noticesThatSomeoneEndedIt() throws {
        var progress = DrainProgress()
        let begun = try SampleSnapshot.draining(.withdrawing, left: 2)
        let beginIsNews = progress.observe(begun.node, at: .zero)
        let endIsNews = progress.observe(try SampleSnapshot.calm().node, at: .seconds(1))
        #expect(beginIsNews && endIsNews)
        #expect(progress.outcome == .undone)
        #expect(
            screen(progress.lines)
                == "✗ withdrawing 0 of 2 VIPs withdrawn                       0.0s"
        )
    }
}
