import Core
import Testing

/// Whether a director suspects itself, and for how long at the most.
@Suite struct BrakeTests {
    private let policy = BrakePolicy(
        share: 50,
        targets: 4,
        within: .seconds(10),
        atMost: .seconds(60)
    )
    private let start = Moment.zero + .seconds(1000)

    private func crowd(_ failing: Int, of heard: Int) -> Brake.Crowd {
        Brake.Crowd(since: start, failing: failing, heard: heard)
    }

    private func engaged(_ canaries: Brake.Canaries) -> Brake {
        var brake = Brake()
        #expect(brake.suspect(crowd(8, of: 8), canaries, policy, at: start) == .engaged)
        #expect(brake.heldSince == start)
        return brake
    }

    @Test(
        arguments: [(3, 3, false), (4, 4, true), (4, 8, true), (4, 9, false), (50, 100, true)]
    )
    func aCrowdIsManyAndALargeShare(failing: Int, heard: Int, isOne: Bool) {
        #expect(policy.isCrowd(crowd(failing, of: heard)) == isOne)
    }

    @Test func whoeverAnswersSpeaksAgainstIt() {
        var brake = Brake()
        #expect(brake.suspect(crowd(8, of: 8), .answering, policy, at: start) == .dismissed)
        #expect(brake.state == .off)
        brake = engaged(.awaited)
        #expect(brake.review(crowd(8, of: 8), .answering, policy, at: start) == .dismissed)
        #expect(brake.heldSince == nil)
    }

    @Test func afterSilenceAnAnswerIsTheUplinkBack() {
        for first in [Brake.Canaries.silent, .awaited] {
            var brake = engaged(first)
            #expect(brake.review(crowd(8, of: 8), .silent, policy, at: start) == nil)
            #expect(brake.review(crowd(8, of: 8), .answering, policy, at: start) == .recovered)
            #expect(brake.state == .off)
        }
    }

    @Test func resultsThatComeBackEndIt() {
        var brake = engaged(.none)
        #expect(brake.review(crowd(4, of: 8), .none, policy, at: start) == nil)
        #expect(brake.review(crowd(3, of: 8), .none, policy, at: start) == .recovered)
    }

    /// Five were heard first because their host told of it; the others all pass, and none is back.
    @Test func whoIsHeardLaterMayShowThatItIsThem() {
        var brake = engaged(.none)
        #expect(brake.review(crowd(8, of: 17), .none, policy, at: start) == .dismissed)
        #expect(brake.heldSince == nil)
        brake = engaged(.none)
        #expect(brake.review(crowd(7, of: 17), .none, policy, at: start) == .recovered)
    }

    @Test func itsTimeIsBounded() {
        var brake = engaged(.silent)
        #expect(brake.nextDeadline == start + .seconds(60))
        let almost = start + .seconds(59)
        #expect(brake.review(crowd(8, of: 8), .silent, policy, at: almost) == nil)
        let over = start + .seconds(60)
        #expect(brake.review(crowd(8, of: 8), .silent, policy, at: over) == .spent)
        #expect(brake.heldSince == nil && brake.nextDeadline == nil)
        #expect(brake.suspect(crowd(8, of: 8), .silent, policy, at: over) == nil)
        #expect(brake.review(crowd(0, of: 8), .silent, policy, at: over) == .over)
        #expect(brake.state == .off)
    }

    /// One that comes and goes holds no longer in all than one that stays.
    @Test func itIsNotWoundUpAgain() {
        var brake = Brake()
        var held = Duration.zero
        var now = start
        for _ in 0..<100 {
            if brake.suspect(crowd(8, of: 8), .none, policy, at: now) == .engaged {
                now = now + .seconds(7)
                _ = brake.review(crowd(8, of: 8), .none, policy, at: now)
                held += .seconds(7)
            }
            _ = brake.review(crowd(0, of: 8), .none, policy, at: now)
            now = now + .seconds(1)
            if now >= start + .seconds(110) { break }
        }
        #expect(held <= .seconds(63))
        // After as long a peace it may hold again.
        now = now + .seconds(60)
        #expect(brake.suspect(crowd(8, of: 8), .none, policy, at: now) == .engaged)
        #expect(brake.nextDeadline == now + .seconds(60))
    }

    @Test func withoutAPolicyNothingIsHeld() {
        var brake = engaged(.silent)
        brake.release(at: start)
        #expect(brake.state == .off && brake.heldSince == nil)
    }
}
