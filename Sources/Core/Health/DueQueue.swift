/// Slots ordered by when they are due: a binary heap that knows where each slot sits.
///
/// Knowing the position makes taking a slot out from the middle (a target left the configuration)
/// as cheap as taking the first one: O(log n).
package struct DueQueue: Sendable {
    private struct Entry: Sendable {
        let due: Moment
        /// The order of arrival, so that slots due at the same moment leave in that order.
        let arrival: UInt64
        var place: Int32

        var slot: Int { Int(place) }

        func precedes(_ other: Entry) -> Bool {
            due == other.due ? arrival < other.arrival : due < other.due
        }
    }

    /// Where a slot that is not queued sits.
    private static let absent: Int32 = -1

    private var heap: [Entry] = []
    // Half as wide as numbers usually are: there is one of each for every target.
    private var positions: [Int32] = []
    private var arrivals: UInt64 = 0

    /// A queue of nothing.
    package init() {}

    /// How many slots wait.
    package var count: Int { heap.count }
    /// The slot that is due first, and when.
    package var first: (slot: Int, due: Moment)? { heap.first.map { ($0.slot, $0.due) } }

    /// Whether `slot` waits here.
    package func contains(_ slot: Int) -> Bool {
        slot < positions.count && positions[slot] != Self.absent
    }

    /// Adds `slot`, which must not be waiting already.
    package mutating func insert(_ slot: Int, due: Moment) {
        precondition(!contains(slot), "A slot waits at most once")
        while positions.count <= slot { positions.append(Self.absent) }
        heap.append(Entry(due: due, arrival: arrivals, place: Int32(slot)))
        arrivals += 1
        positions[slot] = Int32(heap.count - 1)
        rise(from: heap.count - 1)
    }

    /// Takes out `slot`; a slot that does not wait changes nothing.
    package mutating func remove(_ slot: Int) {
        guard contains(slot) else { return }
        let hole = Int(positions[slot])
        let last = heap.removeLast()
        positions[slot] = Self.absent
        guard hole < heap.count else { return }
        put(last, at: hole)
        rise(from: hole)
        sink(from: hole)
    }

    /// Gives each waiting slot another number; no two may get the same.
    mutating func renumber(_ number: (Int) -> Int) {
        positions.removeAll(keepingCapacity: true)
        for index in heap.indices {
            let slot = number(heap[index].slot)
            heap[index].place = Int32(slot)
            while positions.count <= slot { positions.append(Self.absent) }
            positions[slot] = Int32(index)
        }
    }

    private mutating func rise(from start: Int) {
        let entry = heap[start]
        var hole = start
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard entry.precedes(heap[parent]) else { break }
            put(heap[parent], at: hole)
            hole = parent
        }
        put(entry, at: hole)
    }

    private mutating func sink(from start: Int) {
        let entry = heap[start]
        var hole = start
        while 2 * hole + 1 < heap.count {
            var child = 2 * hole + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(entry) else { break }
            put(heap[child], at: hole)
            hole = child
        }
        put(entry, at: hole)
    }

    private mutating func put(_ entry: Entry, at index: Int) {
        heap[index] = entry
        positions[entry.slot] = Int32(index)
    }
}
