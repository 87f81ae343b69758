import Core
import Testing

/// The steps of a drain: withdraw, settle, end; quiet or by the deadline.
@Suite struct DrainTests {
    private let policy = DrainPolicy(quietFor: .seconds(3), atMost: .seconds(20))

    private func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }

    private func tally(_ left: Int, of total: Int) -> Drain.Tally {
        var tally = Drain.Tally()
        tally.left = left
        tally.total = total
        return tally
    }

    @Test func waitsForEveryRoute() {
        var drain = Drain(reason: "", since: at(0))
        let ending = drain.advance(
            tally(2, of: 3),
            rate: 0,
            quietSince: at(0),
            policy: policy,
            now: at(99)
        )
        #expect(ending == nil)
        #expect(drain.phase == .withdrawing(left: 2, of: 3))
    }

    /// Quiet before the last route was gone says nothing about what comes after.
    @Test func countsQuietFromWhenTheLastRouteWasGone() {
        var drain = Drain(reason: "", since: at(0))
        let advance = { (drain: inout Drain, now: Int64) in
            drain.advance(
                tally(0, of: 3),
                rate: 0,
                quietSince: at(0),
                policy: policy,
                now: at(now)
            )
        }
        #expect(advance(&drain, 10) == nil)
        #expect(drain.phase == .ebbing(since: at(10), rate: 0))
        #expect(advance(&drain, 12) == nil)
        #expect(advance(&drain, 13) == .quiet)
    }

    @Test func endsAtTheDeadlineWhenItNeverIsQuiet() {
        var drain = Drain(reason: "", since: at(0))
        let advance = { (drain: inout Drain, now: Int64) in
            drain.advance(
                tally(0, of: 1),
                rate: 500,
                quietSince: nil,
                policy: policy,
                now: at(now)
            )
        }
        #expect(advance(&drain, 5) == nil)
        #expect(advance(&drain, 24) == nil)
        #expect(advance(&drain, 25) == .deadline)
    }

    /// A route that comes back (somebody announced it by hand) begins the withdrawal again.
    @Test func goesBackWhenARouteComesBack() {
        var drain = Drain(reason: "", since: at(0))
        _ = drain.advance(
            tally(0, of: 1),
            rate: nil,
            quietSince: nil,
            policy: policy,
            now: at(1)
        )
        _ = drain.advance(
            tally(1, of: 1),
            rate: nil,
            quietSince: nil,
            policy: policy,
            now: at(2)
        )
        #expect(drain.phase == .withdrawing(left: 1, of: 1))
    }

    /// Some are kept as the last path: the others go on, and nothing ends meanwhile.
    @Test func whatIsHeldKeepsItFromEnding() {
        var drain = Drain(reason: "", since: at(0))
        var tally = tally(2, of: 3)
        tally.held = ["web"]
        tally.unsoftened = ["192.0.2.1"]
        let advance = { (drain: inout Drain, tally: Drain.Tally) in
            drain.advance(tally, rate: 0, quietSince: at(0), policy: policy, now: at(99))
        }
        #expect(advance(&drain, tally) == nil)
        #expect(drain.phase == .withdrawing(left: 2, of: 3))
        tally.left = 1
        tally.unsoftened = []
        #expect(advance(&drain, tally) == nil)
        #expect(drain.phase == .held(left: 1, of: 3))
        // Who was late stays named.
        #expect(drain.unsoftened == ["192.0.2.1"])
    }
}
