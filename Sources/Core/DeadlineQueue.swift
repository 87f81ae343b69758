/// Keys that are due at some moment, in the order in which they fall due.
///
/// A binary heap with lazy removal: setting a key again leaves the old entry behind, which is
/// skipped when it comes up. Ten thousand VIPs on hold cost a logarithm each, not a walk.
package struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        let at: Moment
        let key: Key
    }

    private var heap: [Entry] = []
    private var current: [Key: Moment] = [:]

    /// A queue of nothing.
    package init() {}

    /// How many keys are waiting.
    package var count: Int { current.count }

    /// When the first key falls due.
    package var earliest: Moment? {
        mutating get {
            dropStale()
            return heap.first?.at
        }
    }

    /// Makes `key` due at `moment`, instead of when it was before; `nil` takes it out.
    package mutating func set(_ key: Key, at moment: Moment?) {
        guard current[key] != moment else { return }
        current[key] = moment
        guard let moment else { return }
        heap.append(Entry(at: moment, key: key))
        siftUp(heap.count - 1)
    }

    /// Takes out the first key that is due at `now`, if any.
    package mutating func popDue(at now: Moment) -> Key? {
        dropStale()
        guard let first = heap.first, first.at <= now else { return nil }
        removeFirst()
        current[first.key] = nil
        return first.key
    }

    private mutating func dropStale() {
        while let first = heap.first, current[first.key] != first.at { removeFirst() }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].at < heap[parent].at else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {  // Ends at a leaf: each turn goes one level down.
            let children = [2 * index + 1, 2 * index + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].at < heap[$1].at }),
                heap[least].at < heap[index].at
            else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
