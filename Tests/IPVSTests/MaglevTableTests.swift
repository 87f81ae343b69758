import IPVS
import Net
import TestSupport
import Testing

/// What changes of a pool cost, in slots of 4093; an operator meets these figures in `plan`.
@Suite struct MaglevTableTests {
    /// `count` members at 10.0.0.1:80 and up.
    static func pool(_ count: Int, weight: Int = 1) -> [MaglevTable.Member] {
        (1...count).map { member($0, weight: weight) }
    }

    static func member(_ number: Int, weight: Int = 1) -> MaglevTable.Member {
        MaglevTable.Member(
            Endpoint(IPAddress(v4: 0x0a00_0000 + UInt32(number)), 80),
            weight: weight
        )
    }

    static func table(
        _ members: [MaglevTable.Member],
        _ flags: ServiceFlags = [],
        size: MaglevTable.Size = .standard
    ) throws -> MaglevTable {
        try #require(MaglevTable(family: .v4, members: members, flags: flags, size: size))
    }

    struct Cost: CustomTestStringConvertible, Sendable {
        let name: String
        let before: [MaglevTable.Member]
        let after: [MaglevTable.Member]
        var size = MaglevTable.Size.standard
        let slots: Int

        var testDescription: String { name }
    }

    /// Ten of weight 100, the first of another weight.
    private static func uneven(_ weight: Int) -> [MaglevTable.Member] {
        var pool = pool(10, weight: 100)
        pool[0].set(weight: weight)
        return pool
    }

    private static func emptied(_ number: Int, of count: Int) -> [MaglevTable.Member] {
        var pool = pool(count)
        pool[number - 1].set(weight: 0)
        return pool
    }

    private static let costs = [
        // The order of the list: nothing for the balance, but flows move.
        Cost(name: "10, reversed", before: pool(10), after: pool(10).reversed(), slots: 30),
        Cost(name: "100, reversed", before: pool(100), after: pool(100).reversed(), slots: 223),
        Cost(
            name: "10, reversed, in the largest table",
            before: pool(10),
            after: pool(10).reversed(),
            size: .index17,
            slots: 38
        ),
        Cost(
            name: "one deleted and added again, so at the head",
            before: pool(10),
            after: [member(10)] + pool(9),
            slots: 7
        ),
        // Weights: only their ratio counts, and a divisor that breaks costs more than a server.
        Cost(name: "all scaled", before: pool(10), after: pool(10, weight: 100), slots: 0),
        Cost(name: "one 100 to 99", before: pool(10, weight: 100), after: uneven(99), slots: 385),
        Cost(name: "one 100 to 50", before: pool(10, weight: 100), after: uneven(50), slots: 223),
        Cost(name: "one 100 to 10", before: pool(10, weight: 100), after: uneven(10), slots: 437),
        Cost(name: "one 100 to 1", before: pool(10, weight: 100), after: uneven(1), slots: 649),
        Cost(
            name: "an eleventh of weight 7",
            before: pool(10, weight: 100),
            after: pool(10, weight: 100) + [member(11, weight: 7)],
            slots: 396
        ),
        Cost(name: "an eleventh", before: pool(10), after: pool(11), slots: 422),
        Cost(name: "one of 10 removed", before: pool(10), after: pool(9), slots: 457),
        // A weight of 0 moves nothing but the slots themselves.
        Cost(name: "one of 10 at 0", before: pool(10), after: emptied(3, of: 10), slots: 410),
    ]

    @Test("What a change costs", arguments: costs)
    func price(_ cost: Cost) throws {
        let before = try Self.table(cost.before, size: cost.size)
        let after = try Self.table(cost.after, size: cost.size)
        let slots = before.difference(from: after).slots * Double(cost.size.slotCount)
        #expect(Int(slots.rounded()) == cost.slots)
    }

    @Test("Removing one of ten moves other servers' slots, a weight of 0 does not")
    func collateral() throws {
        let before = try Self.table(Self.pool(10))
        let gone = Self.member(10).endpoint
        func moved(_ after: MaglevTable) -> Int {
            zip(before.slots, after.slots).count { $0 != gone && $0 != $1 }
        }
        #expect(moved(try Self.table(Self.pool(9))) == 48)
        #expect(moved(try Self.table(Self.emptied(10, of: 10))) == 0)
    }

    @Test("A server introduced at 0 has no slots; one set to 0 keeps its own")
    func introducedAtZero() throws {
        var set = Self.pool(10)
        set[4].set(weight: 0)
        var added = Self.pool(10)
        added[4] = Self.member(5, weight: 0)
        let kept = try Self.table(set, .fallback)
        let never = try Self.table(added, .fallback)
        let drained = Self.member(5).endpoint
        #expect(kept.slots.count { $0 == drained } == 409)
        #expect(never.slots.count { $0 == drained } == 0)
        // Directors that differ in nothing else disagree about a tenth of all clients.
        #expect(abs(kept.difference(from: never).flows - 0.1) < 0.005)
    }

    @Test("Slots are dealt by weight", arguments: MaglevTable.Size.allCases)
    func balance(_ size: MaglevTable.Size) throws {
        let table = try Self.table(
            (1...4).map { Self.member($0, weight: $0 * 10) },
            size: size
        )
        #expect(table.slots.count == size.slotCount)
        for (index, member) in table.members.enumerated() {
            let count = table.slots.count { $0 == member.endpoint }
            let share = Double(size.slotCount) * Double(index + 1) / 10
            #expect(abs(Double(count) - share) <= Double(index + 1))
        }
    }

    @Test("A ratio of weights is capped near 63")
    func capped() throws {
        let table = try Self.table([Self.member(1, weight: 1000), Self.member(2, weight: 1)])
        let second = Self.member(2).endpoint
        #expect(table.slots.count { $0 == second } == 64)
    }

    @Test("Ports beside each other fold alike with addresses beside each other")
    func collision() throws {
        let first = try Endpoint(parsing: "10.0.0.1:81")
        let second = try Endpoint(parsing: "10.0.0.2:80")
        func alone(_ endpoint: Endpoint) throws -> MaglevTable {
            try Self.table([MaglevTable.Member(endpoint, weight: 1), Self.member(9)])
        }
        let places = try [alone(first), alone(second)].map { table in
            let slots = table.slots
            return slots.indices.filter { slots[$0] == Self.member(9).endpoint }
        }
        #expect(places[0] == places[1])
    }

    @Test("Nobody answers without members, and none may be more than the slots")
    func bounds() throws {
        let empty = try Self.table([], .fallback)
        #expect(empty.slots.isEmpty)
        #expect(empty.answer(for: IPAddress(v4: 1), port: 1) == nil)
        #expect(
            MaglevTable(family: .v4, members: Self.pool(252), flags: [], size: .index8) == nil
        )
        let full = try Self.table(Self.pool(251), size: .index8)
        #expect(Set(full.slots).count == 251)
    }
}
