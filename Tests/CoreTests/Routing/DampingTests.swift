import Core
import TestSupport
import Testing

/// A VIP that flaps is held back longer and longer, up to a limit, and is forgiven.
@Suite struct DampingTests {
    private static let policy = DampingPolicy.usual

    private func at(_ seconds: Double) -> Moment {
        Moment(nanoseconds: Int64(seconds * 1e9))
    }

    private func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-9 * max(1, abs(left))
    }

    @Test(arguments: [
        (0.0, 1.0), (1, 0.5), (3, 0.125), (0.5, 0.707_106_781_186_547_6),
        (1.25, 0.420_448_207_626_857_3), (2000, 0),
    ]) func halves(halfLives: Double, left: Double) {
        #expect(isClose(Halving.remainder(after: halfLives), left))
    }

    @Test(arguments: [
        (1.0, 0.0), (2, 1), (8, 3), (3, 1.584_962_500_721_156), (0.5, 0),
        (1000, 9.965_784_284_662_087),
    ]) func countsHalfLives(ratio: Double, count: Double) {
        #expect(isClose(Halving.halfLives(from: ratio), count))
    }

    @Test func isItsOwnInverse() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            let halfLives = Double.random(in: 0...40, using: &generator)
            let back = Halving.halfLives(from: 1 / Halving.remainder(after: halfLives))
            #expect(abs(back - halfLives) < 1e-9)
        }
    }

    @Test func twoFlapsCostNothingAndTheThirdDoes() {
        var record = FlapRecord()
        #expect(record.isClean(at: at(0), Self.policy))
        record.flapped(at: at(0), Self.policy)
        #expect(isClose(record.penalty(at: at(0), Self.policy), 1000))
        #expect(isClose(record.penalty(at: at(60), Self.policy), 500))
        record.flapped(at: at(10), Self.policy)
        #expect(record.heldUntil(at: at(10), Self.policy) == nil)
        record.flapped(at: at(20), Self.policy)
        let until = record.heldUntil(at: at(20), Self.policy)
        // 1000 * (1 + 2^(-1/6) + 2^(-2/6)) falls to 1000 in 60 s * log2 of that ratio.
        #expect(until.map { ($0 - at(20)).seconds.rounded() } == 85)
        #expect(record.flaps == 3)
    }

    @Test func slowFlapsAreNone() {
        var record = FlapRecord()
        for round in 0..<50 {
            record.flapped(at: at(Double(round) * 120), Self.policy)
            #expect(record.heldUntil(at: at(Double(round) * 120), Self.policy) == nil)
        }
    }

    /// The one that fails each time it returns: longer and longer, then the longest.
    @Test func isHeldLongerAndLonger() {
        var record = FlapRecord()
        var now = at(0)
        var waits: [Double] = []
        for _ in 0..<12 {
            now = now + .seconds(5)
            record.flapped(at: now, Self.policy)
            let until = record.heldUntil(at: now, Self.policy) ?? now
            waits.append((until - now).seconds)
            now = until + .seconds(10)
        }
        #expect(waits.prefix(2) == [0, 0])
        for (earlier, later) in zip(waits, waits.dropFirst()) { #expect(later >= earlier) }
        #expect(waits[2] > 60 && waits[4] > waits[3])
        #expect(waits.last.map { ($0 * 1000).rounded() } == 300_000)
        #expect(!record.isClean(at: now, Self.policy))
        #expect(record.isClean(at: now + .seconds(600), Self.policy))
        // And is then as good as new.
        record.flapped(at: now + .seconds(600), Self.policy)
        #expect(record.heldUntil(at: now + .seconds(600), Self.policy) == nil)
    }

    @Test func aFlapWhileHeldProlongsTheHold() throws {
        var record = FlapRecord()
        for second in 0..<3 { record.flapped(at: at(Double(second)), Self.policy) }
        let first = try #require(record.heldUntil(at: at(2), Self.policy))
        record.flapped(at: at(3), Self.policy)
        let second = try #require(record.heldUntil(at: at(3), Self.policy))
        #expect(second > first)
    }

    /// How often somebody looks changes nothing, and nothing is ever more than the limits say.
    @Test func isExactWhateverTheStepsOfTime() {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            let reuse = Double.random(in: 100...2000, using: &generator)
            let policy = DampingPolicy(
                halfLife: .milliseconds(Int64.random(in: 100...100_000, using: &generator)),
                suppress: reuse + Double.random(in: 1...5000, using: &generator),
                reuse: reuse,
                longest: .milliseconds(Int64.random(in: 100...600_000, using: &generator))
            )
            var looked = FlapRecord()
            var unlooked = FlapRecord()
            var now = Moment.zero
            for _ in 0..<60 {
                now = now + .milliseconds(Int64.random(in: 0...20_000, using: &generator))
                if Bool.random(using: &generator) {
                    looked.flapped(at: now, policy)
                    unlooked.flapped(at: now, policy)
                }
                let penalty = looked.penalty(at: now, policy)
                #expect(penalty <= policy.ceiling + 1e-6, "seed \(seed)")
                guard let until = looked.heldUntil(at: now, policy) else { continue }
                #expect(until - now <= policy.longest + .microseconds(1), "seed \(seed)")
                #expect(looked.heldUntil(at: until, policy) == nil, "seed \(seed)")
                #expect(looked.heldUntil(at: until + .nanoseconds(-1), policy) == until)
                #expect(
                    isClose(looked.penalty(at: until, policy) / policy.reuse, 1),
                    "seed \(seed)"
                )
            }
            #expect(looked == unlooked, "seed \(seed)")
        }
    }
}
