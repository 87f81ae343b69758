import IPVS
import Net
import TestSupport
import Testing

/// Two directors compare a digest; it must differ exactly when their tables do.
@Suite struct MaglevDigestTests {
    private typealias Tables = MaglevTableTests

    /// A pool of 1 to 12 members with a few weights, some of them at 0 now, in a random order.
    static func randomTable(_ random: inout SeededGenerator) throws -> MaglevTable {
        let count = Int.random(in: 1...12, using: &random)
        var members = (1...count).map { number in
            var member = MaglevTableTests.member(
                number,
                weight: [0, 1, 1, 1, 2, 50].randomElement(using: &random) ?? 1
            )
            if Bool.random(using: &random) && Bool.random(using: &random) { member.set(weight: 0) }
            if Int.random(in: 0..<10, using: &random) == 0 { member.isOverloaded = true }
            return member
        }
        members.shuffle(using: &random)
        let flags: [ServiceFlags] = [[], .fallback, .port, [.fallback, .port]]
        return try MaglevTableTests.table(
            members,
            flags.randomElement(using: &random) ?? [],
            size: .index8
        )
    }

    /// What the digest stands for, spelt out.
    private func effective(_ table: MaglevTable) -> [Endpoint?] {
        let available = Set(table.members.filter(\.isAvailable).map(\.endpoint))
        let slots = table.slots.map { available.contains($0) ? $0 : nil }
        return slots.isEmpty ? Array(repeating: nil, count: table.size.slotCount) : slots
    }

    @Test("The digest is equal exactly where the effective tables are")
    func equality() throws {
        var alike = 0
        for seed in UInt64(0)..<2000 {
            var random = SeededGenerator(seed: seed)
            let left = try Self.randomTable(&random)
            var right = try Self.randomTable(&random)
            if seed % 2 == 0 {
                right = try #require(
                    MaglevTable(
                        family: .v4,
                        members: left.members.shuffled(using: &random),
                        flags: left.flags,
                        size: .index8
                    )
                )
            }
            let isSame = effective(left) == effective(right) && left.flags == right.flags
            #expect((left.digest == right.digest) == isSame, "seed \(seed)")
            alike += isSame ? 1 : 0
        }
        // Both outcomes were seen.
        #expect((100..<1900).contains(alike))
    }

    @Test("In one order, the same members give one digest, whatever the scale of their weights")
    func scale() throws {
        for seed in UInt64(0)..<200 {
            var random = SeededGenerator(seed: seed)
            let weights = (0..<8).map { _ in Int.random(in: 1...20, using: &random) }
            func digest(_ scale: Int) throws -> String {
                let members = weights.enumerated().map {
                    Tables.member($0.offset + 1, weight: $0.element * scale)
                }
                return try Tables.table(
                    members.shuffled(using: &random).sorted { $0.endpoint < $1.endpoint }
                )
                .digest
            }
            let one = try digest(1)
            #expect(try digest(7) == one, "seed \(seed)")
            #expect(try digest(3000) == one, "seed \(seed)")
        }
    }

    @Test("Whatever happened to the weights, the digest is that of how they ended")
    func history() throws {
        var wandered = Tables.pool(5)
        for weight in [7, 0, 3, 0, 1] { wandered[2].set(weight: weight) }
        #expect(try Tables.table(wandered).digest == Tables.table(Tables.pool(5)).digest)
        wandered[2].set(weight: 7)
        wandered[2].set(weight: 0)
        var straight = Tables.pool(5)
        straight[2].set(weight: 0)
        #expect(try Tables.table(wandered).digest != Tables.table(straight).digest)
    }

    @Test("Flags count even while they change no answer")
    func flags() throws {
        let digests = try [[], .fallback, .port, [.fallback, .port]].map { flags in
            try Tables.table(Tables.pool(3), flags).digest
        }
        #expect(Set(digests).count == 4)
        #expect(
            try Tables.table(Tables.pool(3), [.fallback, .onePacket]).digest == digests[1],
            "a flag that no lookup knows"
        )
    }

    @Test("Ports and families are told apart")
    func endpoints() throws {
        func digest(_ endpoint: String) throws -> String {
            try Tables.table([.init(try Endpoint(parsing: endpoint), weight: 1)]).digest
        }
        let digests = try ["10.0.0.1:80", "10.0.0.1:81", "10.0.0.2:80", "[::a00:1]:80"].map(digest)
        #expect(Set(digests).count == 4)
    }

    @Test("It never changes: directors of different releases compare theirs")
    func golden() throws {
        #expect(try Tables.table(Tables.pool(10), .fallback).digest == "68f53a8fae46f42b")
        #expect(try Tables.table([], .fallback).digest == "1b5247d0f60c2573")
    }
}
