import Core
import TestSupport
import Testing

/// Repairs are made so often within a window, then the other party is left alone for one.
@Suite struct RepairRecordTests {
    private static let policy = RepairPolicy(atMost: 3, within: .seconds(60))

    private func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }

    /// The macro cannot call what changes something.
    private func expect(_ isOnceTooOften: Bool, _ wanted: Bool) {
        #expect(isOnceTooOften == wanted)
    }

    @Test func givesUpAfterAsManyAsAllowedAndTriesAgainAfterTheWindow() {
        var record = RepairRecord()
        for second in [0, 1, 2] as [Int64] {
            expect(record.wasUndone(at: at(second), Self.policy), false)
            #expect(record.restsUntil(at: at(second)) == nil)
        }
        #expect(record.count(at: at(2), Self.policy) == 3)
        expect(record.wasUndone(at: at(3), Self.policy), true)
        #expect(record.restsUntil(at: at(3)) == at(63))
        // What happens meanwhile prolongs nothing.
        expect(record.wasUndone(at: at(30), Self.policy), false)
        #expect(record.restsUntil(at: at(62)) == at(63))
        #expect(record.restsUntil(at: at(63)) == nil)
        for second in [64, 65, 66] as [Int64] {
            expect(record.wasUndone(at: at(second), Self.policy), false)
        }
        expect(record.wasUndone(at: at(67), Self.policy), true)
    }

    @Test func nowAndThenIsNoFight() {
        var record = RepairRecord()
        for round in 0..<100 {
            expect(record.wasUndone(at: at(Int64(round) * 30), Self.policy), false)
        }
        #expect(record.count(at: at(99 * 30), Self.policy) == 2)
    }

    /// However it is undone, no window holds more repairs than twice what is allowed: those before
    /// a rest, and those after.
    @Test func repairsAreBounded() {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            let policy = RepairPolicy(
                atMost: Int.random(in: 1...6, using: &generator),
                within: .seconds(Int64.random(in: 1...100, using: &generator))
            )
            var record = RepairRecord()
            var now = Moment.zero
            var repairs: [Moment] = []
            for _ in 0..<300 {
                now = now + .milliseconds(Int64.random(in: 0...9000, using: &generator))
                _ = record.wasUndone(at: now, policy)
                if record.restsUntil(at: now) == nil { repairs.append(now) }
            }
            for (index, first) in repairs.enumerated() {
                let within = repairs[index...].count { $0 - first < policy.within }
                #expect(within <= policy.atMost, "seed \(seed)")
            }
        }
    }
}
