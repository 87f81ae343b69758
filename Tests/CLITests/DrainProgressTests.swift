import Core
import Testing
import TestSupport
import penstock

struct DrainProgressTests {
    private static let now = Timestamp(milliseconds: 1_764_000_000_000)

    private static func drain(
        _ step: DrainStatus.Step,
        left: Int = 0,
        packetsPerSecond: Double? = nil,
        endsIn seconds: Int64? = nil,
        ending: String? = nil
    ) throws -> DrainStatus? {
        var drain = try SampleSnapshot.draining(
            step,
            left: left,
            packetsPerSecond: packetsPerSecond,
            ending: ending
        ).node.drain
        drain?.deadline = seconds.map { now + .seconds($0) }
        return drain
    }

    @Test func tellsAWholeDrainFromItsLooks() throws {
        var progress = DrainProgress()
        let looks: [(DrainStatus?, Duration, Bool)] = [
            // The wish is on disk, and the loop has not come round yet.
            (nil, .zero, false),
            (try Self.drain(.softening, left: 2), .milliseconds(200), true),
            (try Self.drain(.softening, left: 2), .milliseconds(400), false),
            (try Self.drain(.softening, left: 1), .milliseconds(600), true),
            (try Self.drain(.settling, endsIn: 15), .milliseconds(800), true),
            (try Self.drain(.settling, endsIn: 1), .seconds(14), false),
            (try Self.drain(.withdrawing, left: 2), .seconds(15), true),
            (try Self.drain(.ebbing), .milliseconds(15_400), true),
            (try Self.drain(.ebbing, packetsPerSecond: 41203), .seconds(17), false),
            (try Self.drain(.ebbing, packetsPerSecond: 0.4, endsIn: 50), .seconds(25), false),
        ]
        for (drain, elapsed, isNews) in looks {
            let wasNews = progress.observe(drain, at: elapsed, now: Self.now)
            #expect(wasNews == isNews)
            #expect(progress.outcome == .underWay)
            #expect(DrainProgress.status(of: [progress]) == nil)
        }
        let end = try Self.drain(.done, ending: "quiet")
        let endIsNews = progress.observe(end, at: .seconds(72), now: Self.now)
        #expect(endIsNews)
        #expect(progress.outcome == .quiet)
        #expect(DrainProgress.status(of: [progress]) == .success)
        #expect(
            screen(progress.lines) == """
                ✓ softening   2 of 2 VIPs seen with the worse path        0.6s  (0.4s)
                ✓ settling    routers leave the worse path, 1s left       14s  (13s)
                ✓ withdrawing 2 of 2 VIPs withdrawn                       15s
                ✓ ebbing      0 packets/s, quiet below 1, 50s left        25s  (9.6s)
                ✓ done        quiet                                       1m12s
                """
        )
    }

    @Test func tellsADeadlineFromQuiet() throws {
        var progress = DrainProgress(of: "web")
        let end = try Self.drain(.done, ending: "deadline")
        let endIsNews = progress.observe(end, at: .seconds(60), now: Self.now)
        #expect(endIsNews)
        #expect(progress.outcome == .deadline)
        #expect(
            plain(progress.lines) == [
                "! web  done        traffic has not ended before the deadline   1m00s"
            ]
        )
    }

    @Test func noticesThatSomeoneEndedIt() throws {
        var progress = DrainProgress()
        let begun = try Self.drain(.withdrawing, left: 2)
        let beginIsNews = progress.observe(begun, at: .zero, now: Self.now)
        let endIsNews = progress.observe(nil, at: .seconds(1), now: Self.now)
        #expect(beginIsNews && endIsNews)
        #expect(progress.outcome == .undone)
        #expect(
            screen(progress.lines)
                == "✗ withdrawing 0 of 2 VIPs withdrawn                       0.0s"
        )
    }

    @Test func severalEndAsTheWorst() throws {
        var quiet = DrainProgress(of: "a")
        _ = quiet.observe(try Self.drain(.done, ending: "quiet"), at: .zero, now: Self.now)
        var late = DrainProgress(of: "b")
        _ = late.observe(try Self.drain(.done, ending: "deadline"), at: .zero, now: Self.now)
        var undone = DrainProgress(of: "c")
        _ = undone.observe(try Self.drain(.ebbing), at: .zero, now: Self.now)
        #expect(DrainProgress.status(of: [quiet, late, undone]) == nil)
        _ = undone.observe(nil, at: .zero, now: Self.now)
        #expect(DrainProgress.status(of: [quiet]) == .success)
        #expect(DrainProgress.status(of: [quiet, late]) == .drainDeadline)
        #expect(DrainProgress.status(of: [quiet, late, undone]) == .refused)
    }

    /// What was not confirmed in time is never called seen.
    @Test func saysWhoDidNotConfirm() throws {
        var progress = DrainProgress()
        _ = progress.observe(try Self.drain(.softening, left: 1), at: .zero, now: Self.now)
        var drain = try Self.drain(.withdrawing, left: 2)
        drain?.unsoftened = ["10.0.0.2"]
        _ = progress.observe(drain, at: .seconds(30), now: Self.now)
        let lines = plain(progress.lines)
        #expect(lines[0].hasPrefix("✓ softening   1 of 2 VIPs seen with the worse path"))
        #expect(lines[1].contains("not seen to be sent the worse path: 10.0.0.2"))
    }

    @Test func saysWhatItWaitsFor() throws {
        var progress = DrainProgress()
        var drain = try Self.drain(.withdrawing, left: 1)
        drain?.waitingFor = Fault(code: "F104", summary: "bgpd hangs", fix: "look at it")
        _ = progress.observe(drain, at: .zero, now: Self.now)
        #expect(screen(progress.lines).contains("waiting: F104 bgpd hangs; look at it"))
    }
}
