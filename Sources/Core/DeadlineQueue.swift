/// Keys that fall due at some moment, in that order; a key is due at most once.
///
/// Ten thousand VIPs on hold cost a logarithm each, not a walk.
package struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    private var queue = DueQueue()
    private var slots: [Key: Int] = [:]
    private var keys: [Key?] = []
    private var free: [Int] = []

    /// A queue of nothing.
    package init() {}

    /// How many keys are waiting.
    package var count: Int { queue.count }

    /// When the first key falls due.
    package var earliest: Moment? { queue.first?.due }

    /// Makes `key` due at `moment`, instead of when it was before; `nil` takes it out.
    package mutating func set(_ key: Key, at moment: Moment?) {
        if let slot = slots[key] {
            queue.remove(slot)
            guard let moment else { return release(slot, of: key) }
            queue.insert(slot, due: moment)
        } else if let moment {
            let slot = free.popLast() ?? keys.count
            if slot == keys.count { keys.append(nil) }
            keys[slot] = key
            slots[key] = slot
            queue.insert(slot, due: moment)
        }
    }

    /// Takes out the first key that is due at `now`, if any.
    package mutating func popDue(at now: Moment) -> Key? {
        guard let first = queue.first, first.due <= now, let key = keys[first.slot] else {
            return nil
        }
        set(key, at: nil)
        return key
    }

    private mutating func release(_ slot: Int, of key: Key) {
        slots[key] = nil
        keys[slot] = nil
        free.append(slot)
    }
}
