/// A dictionary in pieces, for values that are many and are copied while someone reads them.
///
/// Whoever holds a copy of a dictionary makes its owner copy the whole of it at the next change.
/// Here that change copies the one piece it falls into.
struct ShardedDictionary<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// The pieces: enough that one of them is little, and few enough that they are listed quickly.
    private static var shardCount: Int { 64 }

    private var shards: [[Key: Value]] = Array(repeating: [:], count: shardCount)

    /// The value of a key; assigning `nil` takes it away.
    subscript(key: Key) -> Value? {
        get { shards[Self.shard(of: key)][key] }
        // In place: reading, changing and writing back would copy what the value holds.
        _modify { yield &shards[Self.shard(of: key)][key] }
    }

    /// How many there are.
    var count: Int { shards.reduce(0) { $0 + $1.count } }

    /// The keys, in no order.
    var keys: some Sequence<Key> { lazy.map(\.key) }

    /// The values, in no order.
    var values: some Sequence<Value> { lazy.map(\.value) }

    private static func shard(of key: Key) -> Int {
        Int(UInt(bitPattern: key.hashValue) % UInt(shardCount))
    }
}

extension ShardedDictionary: Sequence {
    func makeIterator() -> some IteratorProtocol<(key: Key, value: Value)> {
        shards.lazy.joined().makeIterator()
    }
}
