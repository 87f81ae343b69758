@testable import Core
import Testing
import TestSupport

/// The heap under the schedule, against a sorted list.
@Suite struct DueQueueTests {
    @Test(arguments: UInt64(0)..<50)
    func agreesWithASortedList(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = DueQueue()
        // In order of arrival; a stable minimum is the first of the earliest.
        var list: [(slot: Int, due: Moment)] = []
        for _ in 0..<500 {
            let slot = Int.random(in: 0..<40, using: &generator)
            if queue.contains(slot) {
                queue.remove(slot)
                list.removeAll { $0.slot == slot }
            } else {
                // Few different moments, so that the order of arrival matters.
                let due = Moment(nanoseconds: .random(in: 0..<10, using: &generator))
                queue.insert(slot, due: due)
                list.append((slot, due))
            }
            if Int.random(in: 0..<20, using: &generator) == 0 {
                // Slots get new numbers when a schedule closes its gaps.
                let numbers = (0..<40).shuffled(using: &generator)
                queue.renumber { numbers[$0] }
                list = list.map { (numbers[$0.slot], $0.due) }
            }
            let first = list.min { $0.due < $1.due }
            #expect(queue.count == list.count)
            #expect(queue.first?.slot == first?.slot)
            #expect(queue.first?.due == first?.due)
        }
    }

    @Test func removingWhatDoesNotWaitChangesNothing() {
        var queue = DueQueue()
        queue.insert(3, due: .zero)
        queue.remove(2)
        queue.remove(7)
        #expect(queue.count == 1)
    }
}
