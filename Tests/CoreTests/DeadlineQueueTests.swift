import Core
import TestSupport
import Testing

/// Keys come out in the order of their deadlines, whatever was set and taken back before.
@Suite struct DeadlineQueueTests {
    private func moment(_ seconds: Int64) -> Moment {
        Moment(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func givesOnlyWhatIsDueAndInOrder() {
        var queue = DeadlineQueue<String>()
        queue.set("late", at: moment(9))
        queue.set("early", at: moment(1))
        queue.set("middle", at: moment(5))
        #expect(queue.earliest == moment(1))
        #expect(queue.popDue(at: moment(0)) == nil)
        #expect(queue.popDue(at: moment(5)) == "early")
        #expect(queue.popDue(at: moment(5)) == "middle")
        #expect(queue.popDue(at: moment(5)) == nil)
        #expect(queue.count == 1)
    }

    @Test func aKeyIsDueOnceAndCanBeTakenBack() {
        var queue = DeadlineQueue<String>()
        queue.set("a", at: moment(1))
        queue.set("a", at: moment(3))
        #expect(queue.popDue(at: moment(2)) == nil)
        queue.set("a", at: nil)
        queue.set("b", at: nil)
        #expect(queue.earliest == nil)
        queue.set("b", at: moment(1))
        #expect(queue.popDue(at: moment(9)) == "b")
    }

    /// Against a dictionary that is searched through, for many random histories.
    @Test func agreesWithAPlainSearch() {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            var queue = DeadlineQueue<Int>()
            var model: [Int: Moment] = [:]
            for _ in 0..<200 {
                let key = Int.random(in: 0..<12, using: &generator)
                let now = moment(Int64.random(in: 0..<20, using: &generator))
                switch Int.random(in: 0..<3, using: &generator) {
                case 0:
                    queue.set(key, at: now)
                    model[key] = now
                case 1:
                    queue.set(key, at: nil)
                    model[key] = nil
                default:
                    let earliest = model.values.min()
                    #expect(queue.earliest == earliest, "seed \(seed)")
                    let due = queue.popDue(at: now)
                    let isDue = earliest.map { $0 <= now } ?? false
                    #expect((due != nil) == isDue, "seed \(seed)")
                    if let due {
                        #expect(model[due] == earliest, "seed \(seed)")
                        model[due] = nil
                    }
                }
                #expect(queue.count == model.count, "seed \(seed)")
            }
        }
    }
}
