/// SipHash with one compression and three finalisation rounds: what Linux calls `hsiphash` on
/// 64-bit machines (lib/siphash.c), and our own digest of a table.
///
/// It is a running sum of 64-bit words in the byte order of the reference, so it says the same on
/// every machine, unlike `Hasher`, which is seeded anew in every process.
struct SipHash13: Sendable {
    /// Which of the functions of the family: two machines agree under one key.
    struct Key: Hashable, Sendable {
        let low: UInt64
        let high: UInt64
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    /// The sum of nothing under `key`; the four constants are the reference's.
    init(key: Key) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Takes in eight bytes, the first of them in the lowest bits.
    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    /// The hash of what was absorbed and up to seven bytes more.
    ///
    /// - Parameters:
    ///   - tail: those bytes, the first of them in the lowest bits.
    ///   - count: how many bytes there were in all, of which the lowest eight bits count.
    /// - Returns: the hash.
    consuming func finish(tail: UInt64 = 0, count: Int) -> UInt64 {
        absorb(UInt64(truncatingIfNeeded: count) << 56 | tail)
        v2 ^= 0xff
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    /// The kernel's `hsiphash_1u32`: the low half of the hash of one 32-bit word.
    static func hash32(_ word: UInt32, key: Key) -> UInt32 {
        UInt32(truncatingIfNeeded: SipHash13(key: key).finish(tail: UInt64(word), count: 4))
    }

    private mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = v1.rotated(13) ^ v0
        v3 = v3.rotated(16) ^ v2
        v0 = v0.rotated(32)
        v2 &+= v1
        v0 &+= v3
        v1 = v1.rotated(17) ^ v2
        v3 = v3.rotated(21) ^ v0
        v2 = v2.rotated(32)
    }
}

extension UInt64 {
    fileprivate func rotated(_ count: UInt64) -> UInt64 {
        self << count | self >> (64 - count)
    }
}
