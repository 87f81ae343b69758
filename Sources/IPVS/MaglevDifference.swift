internal import Net

/// How far two directors disagree about the clients of a service.
public struct MaglevDifference: Hashable, Sendable {
    /// The share of slots, 0...1, that are another server's or take no flows on one side only; 1
    /// for tables of different sizes.
    public let slots: Double
    /// The share of new flows, 0...1, that are expected to go to different servers, or to one on
    /// one side only, with `mh-fallback` taken into account.
    public let flows: Double

    /// These shares of slots and of flows.
    public init(slots: Double, flows: Double) {
        self.slots = slots
        self.flows = flows
    }

    /// No difference at all.
    public static let none = MaglevDifference(slots: 0, flows: 0)
}

extension MaglevTable {
    /// How far this table and another disagree.
    ///
    /// The share of flows is exact for clients whose hashes are independent and uniform, and
    /// symmetric. A fallback draws until it finds a server here and gives up after as many draws
    /// as there are slots in the kernel, which differ only when next to no slot is left.
    public func difference(from other: MaglevTable) -> MaglevDifference {
        if self == other { return .none }
        var numbers: [Endpoint: Int32] = [:]
        let mine = Answers(of: self, numbering: &numbers)
        let theirs = Answers(of: other, numbering: &numbers)
        guard size == other.size else {
            return MaglevDifference(slots: 1, flows: mine.unlikeness(drawnApartFrom: theirs))
        }
        let differing = zip(mine.takers, theirs.takers).count { $0 != $1 }
        let flows =
            flags.contains(.port) == other.flags.contains(.port)
            ? mine.unlikeness(drawnTogetherWith: theirs)
            : mine.unlikeness(drawnApartFrom: theirs)
        return MaglevDifference(slots: Double(differing) / Double(size.slotCount), flows: flows)
    }
}

/// What the slots of a table answer, in numbers that two tables share.
private struct Answers {
    /// The number of nobody.
    static let nobody: Int32 = -1

    /// Who takes the flows of each slot.
    let takers: [Int32]
    /// Whether a flow of a slot that nobody takes is drawn again.
    let drawsAgain: Bool
    /// How many slots somebody takes the flows of, in all and by number.
    private let taken: Int
    private let counts: [Int32: Int]

    init(of table: MaglevTable, numbering numbers: inout [Endpoint: Int32]) {
        let ofMember = table.members.map { member in
            guard member.isAvailable else { return Self.nobody }
            let next = Int32(numbers.count)
            let number = numbers[member.endpoint] ?? next
            numbers[member.endpoint] = number
            return number
        }
        takers =
            table.owners.isEmpty
            ? Array(repeating: Self.nobody, count: table.size.slotCount)
            : table.owners.map { ofMember[Int($0)] }
        counts = takers.reduce(into: [:]) { if $1 != Self.nobody { $0[$1, default: 0] += 1 } }
        taken = counts.values.reduce(0, +)
        drawsAgain = table.flags.contains(.fallback) && taken > 0
    }

    /// The chance that a flow ends at `taker`.
    private func chance(of taker: Int32) -> Double {
        if taker == Self.nobody { return drawsAgain ? 0 : 1 - Double(taken) / Double(takers.count) }
        return Double(counts[taker] ?? 0) / Double(drawsAgain ? taken : takers.count)
    }

    /// The chance that a flow ends at different servers when each side draws by itself.
    func unlikeness(drawnApartFrom other: Answers) -> Double {
        let both = counts.keys.reduce(chance(of: Self.nobody) * other.chance(of: Self.nobody)) {
            $0 + chance(of: $1) * other.chance(of: $1)
        }
        return max(0, 1 - both)
    }

    /// The chance that a flow ends at different servers when both sides draw the same slots, as
    /// they do for one client.
    ///
    /// Draws on which both sides draw again tell nothing and only repeat, so the chance is the
    /// mean over the other slots. Where one side is done and the other draws again, the latter's
    /// end depends no more on where the former ended.
    func unlikeness(drawnTogetherWith other: Answers) -> Double {
        var unlike = 0.0
        var ends = 0
        for (mine, theirs) in zip(takers, other.takers) {
            let drawsHere = mine == Self.nobody && drawsAgain
            let drawsThere = theirs == Self.nobody && other.drawsAgain
            if drawsHere && drawsThere { continue }
            ends += 1
            if drawsHere {
                unlike += 1 - chance(of: theirs)
            } else if drawsThere {
                unlike += 1 - other.chance(of: mine)
            } else if mine != theirs {
                unlike += 1
            }
        }
        return ends == 0 ? 0 : unlike / Double(ends)
    }
}
