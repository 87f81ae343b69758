internal import Core
internal import IPVS
internal import Net

/// How many flows a change of an `mh` table moves, and how many it would take at least.
///
/// Maglev moves few flows that need not move, as long as the weights keep their common divisor: all
/// are divided by it before slots are dealt out in turns. One weight that breaks it deals all turns
/// anew, and moves flows between servers that have nothing to do with the change.
struct FlowShift: Equatable {
    /// The share of flows that go to another server, 0...1.
    let moved: Double
    /// The share that has to, for every server to get its new share of flows, 0...1.
    let fair: Double
    /// The common divisors of the weights before and after.
    let divisors: (before: Int, after: Int)

    /// Moving fewer flows than this is not worth a word.
    static let least = 0.001
    /// The most notes of one plan; the greatest moves are told.
    static let mostNotes = 20

    /// What `shift` moves; `nil` for another scheduler, and where a weight is not known.
    init?(_ shift: TableShift) {
        guard let before = shift.before.maglev(shift.address.family),
            let after = shift.after.maglev(shift.address.family)
        else { return nil }
        moved = before.difference(from: after).flows
        let (old, new) = (before.shares, after.shares)
        fair = new.reduce(0) { $0 + max(0, $1.value - (old[$1.key] ?? 0)) }
        divisors = (before.divisor, after.divisor)
    }

    static func == (left: Self, right: Self) -> Bool {
        (left.moved, left.fair) == (right.moved, right.fair) && left.divisors == right.divisors
    }

    /// What to tell about `shifts`, the greatest moves first.
    static func notes(on shifts: [TableShift]) -> [String] {
        let moves = shifts.compactMap { shift in FlowShift(shift).map { (shift, $0) } }
            .filter { $0.1.moved >= least }
            .sorted { $0.1.moved > $1.1.moved }
        let told = moves.prefix(mostNotes).map { shift, move in
            "mh table of \(shift.vip)/\(shift.service): \(move)"
        }
        let rest = moves.count - told.count
        return rest > 0 ? told + ["mh tables: \(rest) more move fewer flows"] : told
    }
}

extension FlowShift: CustomStringConvertible {
    /// `about 9 % of flows move, 1 % would be its fair share; …`.
    var description: String {
        let text =
            "about \(Self.percent(moved)) of flows move, "
            + "\(Self.percent(fair)) would be its fair share"
        guard divisors.after < divisors.before else { return text }
        return text + "; the weights lose their common divisor \(divisors.before)"
            + " (now \(divisors.after)), by which slots are dealt out: keep to its multiples"
    }

    /// A whole number above one percent, or one digit behind the point.
    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return tenths >= 10 || tenths == 0
            ? "\((tenths + 5) / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}

extension MaglevTable {
    /// The share of flows that each member is to have by its weight, 0...1.
    fileprivate var shares: [Endpoint: Double] {
        let all = members.reduce(0) { $0 + ($1.isAvailable ? $1.weight : 0) }
        guard all > 0 else { return [:] }
        return members.reduce(into: [:]) { shares, member in
            guard member.isAvailable else { return }
            shares[member.endpoint] = Double(member.weight) / Double(all)
        }
    }

    /// The greatest number that divides every weight by which slots are given; 0 without any.
    fileprivate var divisor: Int {
        members.reduce(0) { result, member in
            var (left, right) = (result, member.lastWeight)
            while right != 0 { (left, right) = (right, left % right) }
            return left
        }
    }
}
