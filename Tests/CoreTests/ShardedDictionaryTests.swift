import TestSupport
import Testing

@testable import Core

/// A dictionary in pieces is a dictionary.
@Suite struct ShardedDictionaryTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func answersAsADictionaryDoes(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var sharded = ShardedDictionary<Int, [Int]>()
        var plain: [Int: [Int]] = [:]
        for step in 0..<2_000 {
            let key = Int.random(in: 0..<300, using: &chance)
            switch Int.random(in: 0..<3, using: &chance) {
            case 0:
                sharded[key] = [step]
                plain[key] = [step]
            case 1:
                sharded[key]?.append(step)
                plain[key]?.append(step)
            default:
                sharded[key] = nil
                plain[key] = nil
            }
            #expect(sharded[key] == plain[key])
        }
        #expect(sharded.count == plain.count)
        #expect(Set(sharded.keys) == Set(plain.keys))
        #expect(sharded.values.map(\.count).sorted() == plain.values.map(\.count).sorted())
        #expect(Dictionary(uniqueKeysWithValues: sharded.map { ($0.key, $0.value) }) == plain)
    }

    @Test func aCopyKeepsWhatItWas() {
        var sharded = ShardedDictionary<Int, Int>()
        for number in 0..<100 { sharded[number] = number }
        let picture = sharded
        for number in 0..<100 { sharded[number]? += 1 }
        #expect((0..<100).allSatisfy { picture[$0] == $0 && sharded[$0] == $0 + 1 })
    }
}
