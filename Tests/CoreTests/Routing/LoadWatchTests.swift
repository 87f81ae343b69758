import Core
import TestSupport
import Testing

/// A bgpd that has just appeared counts as loaded once it has been seen to stand still.
@Suite struct LoadWatchTests {
    private func at(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    private struct Look {
        var at: Int64
        var incarnation = 1
        var hasInstance = true
        var digest: UInt64? = 7
        var isLoaded: Bool
        var isForced = false
    }

    private func run(_ looks: [Look]) {
        var watch = LoadWatch()
        for look in looks {
            _ = watch.saw(
                incarnation: look.incarnation,
                hasInstance: look.hasInstance,
                digest: look.digest,
                at: at(look.at)
            )
            #expect(watch.isLoaded == look.isLoaded, "at \(look.at)")
            #expect(watch.isForced == look.isForced, "at \(look.at)")
        }
    }

    @Test func twoLooksThatAgreeAreEnough() {
        run([Look(at: 0, isLoaded: false), Look(at: 60, isLoaded: true)])
    }

    @Test func tooCloseTogetherProvesNothing() {
        run([
            Look(at: 0, isLoaded: false), Look(at: 49, isLoaded: false),
            Look(at: 50, isLoaded: true),
        ])
    }

    @Test func aConfigurationThatGrowsIsWaitedFor() {
        run([
            Look(at: 0, digest: 1, isLoaded: false), Look(at: 60, digest: 2, isLoaded: false),
            Look(at: 120, digest: 3, isLoaded: false), Look(at: 180, digest: 3, isLoaded: true),
            Look(at: 240, digest: 4, isLoaded: true),
        ])
    }

    @Test func withoutAnInstanceNothingIsLoadedHoweverLong() {
        run([
            Look(at: 0, hasInstance: false, isLoaded: false),
            Look(at: 60, hasInstance: false, isLoaded: false),
            Look(at: 60_000, hasInstance: false, isLoaded: false),
            // Its time begins with the instance.
            Look(at: 60_060, digest: 1, isLoaded: false),
            Look(at: 60_120, digest: 2, isLoaded: false),
            Look(at: 60_180, digest: 2, isLoaded: true),
        ])
    }

    @Test func aRestartBeginsAnew() {
        run([
            Look(at: 0, isLoaded: false), Look(at: 60, isLoaded: true),
            Look(at: 5000, incarnation: 2, isLoaded: false),
            Look(at: 5060, incarnation: 2, isLoaded: true),
        ])
    }

    @Test func anInstanceThatGoesAndComesBeginsAnew() {
        run([
            Look(at: 0, isLoaded: false), Look(at: 60, isLoaded: true),
            Look(at: 120, hasInstance: false, isLoaded: false),
            Look(at: 180, digest: 1, isLoaded: false), Look(at: 240, digest: 7, isLoaded: false),
            Look(at: 300, digest: 7, isLoaded: true),
        ])
    }

    @Test func oneThatNeverStandsStillCountsAfterAWhile() {
        var looks = (0..<100).map { Look(at: $0 * 100, digest: UInt64($0), isLoaded: false) }
        looks.append(Look(at: 10_000, digest: 1000, isLoaded: true, isForced: true))
        looks.append(Look(at: 10_100, digest: 1001, isLoaded: true, isForced: true))
        looks.append(Look(at: 10_200, digest: 1001, isLoaded: true, isForced: false))
        run(looks)
    }

    /// The longer it has been there, the less is to come; one that goes, or whose instance goes,
    /// begins anew.
    @Test(arguments: [7, nil] as [UInt64?])
    func oneThatHasAppearedIsLookedAtOften(digest: UInt64?) {
        var watch = LoadWatch()
        #expect(watch.nextLook(at: at(0)) == nil)
        func look(_ milliseconds: Int64, _ incarnation: Int = 1, hasInstance: Bool = true) -> Int {
            _ = watch.saw(
                incarnation: incarnation,
                hasInstance: hasInstance,
                digest: digest,
                at: at(milliseconds)
            )
            return Int((watch.nextLook(at: at(milliseconds)) ?? .zero) / .milliseconds(1))
        }
        #expect(look(0, hasInstance: false) == 50)
        #expect(look(400, hasInstance: false) == 50)
        #expect(look(8000, hasInstance: false) == 1000)
        #expect(look(16_000) == 2000)
        #expect(look(20_000, hasInstance: false) == 50)
        #expect(look(24_000) == 500)
        #expect(look(28_000, 2) == 50)
        watch.lost()
        #expect(look(40_000, 2) == 50)
    }

    @Test func whatIsNotToldIsTakenForWhole() {
        run([
            Look(at: 0, hasInstance: false, digest: nil, isLoaded: false),
            Look(at: 1, digest: nil, isLoaded: true),
        ])
    }

    @Test func ownWritesAreNoSignOfLoading() {
        var watch = LoadWatch()
        _ = watch.saw(incarnation: 1, hasInstance: true, digest: 7, at: at(0))
        watch.wrote(at: at(30))
        _ = watch.saw(incarnation: 1, hasInstance: true, digest: 8, at: at(100))
        #expect(!watch.isLoaded)
        let hasLoaded = watch.saw(incarnation: 1, hasInstance: true, digest: 8, at: at(160))
        #expect(hasLoaded)
    }

    /// It never counts as loaded by two looks that differ, and always within the longest wait.
    @Test func isSafeAndEnds() {
        for seed in UInt64(0)..<500 {
            var generator = SeededGenerator(seed: seed)
            var watch = LoadWatch()
            var now = Moment.zero
            var last: (digest: UInt64, incarnation: Int)?
            var incarnation = 0
            var start: Moment?
            for _ in 0..<200 {
                now = now + .milliseconds(Int64.random(in: 1...200, using: &generator))
                if Int.random(in: 0..<40, using: &generator) == 0 {
                    incarnation += 1
                    start = nil
                }
                let digest = UInt64.random(in: 1...3, using: &generator)
                let before = watch.isLoaded && start != nil
                start = start ?? now
                _ = watch.saw(
                    incarnation: incarnation,
                    hasInstance: true,
                    digest: digest,
                    at: now
                )
                if watch.isLoaded, !before, !watch.isForced {
                    #expect(last?.digest == digest && last?.incarnation == incarnation)
                }
                let waited = now - (start ?? now)
                #expect(watch.isLoaded || waited < LoadWatch.longest, "seed \(seed)")
                last = (digest, incarnation)
            }
        }
    }
}
