/// What is known by tickets that are given one after the other and mostly come back soon.
///
/// A row of places, of which each ticket has one that follows from its number: whoever comes back
/// while that row lasts is found without a search. Those whose place is still taken by an earlier
/// one are kept beside it, so that one that stays away for long costs no room for those that came
/// after it.
struct TicketBook<Value: Sendable>: Sendable {
    /// The places of the row: as many probes as begin together on a large director, some times
    /// over; a power of two.
    private static var placeCount: Int { 1024 }

    private var row: [(ticket: UInt32, value: Value)?] = []
    private var beside: [UInt32: Value] = [:]

    /// How many are in it.
    private(set) var count = 0

    /// An empty book.
    init() {}

    /// Everything in it, in no order.
    var values: [Value] { row.compactMap { $0?.value } + beside.values }

    /// Puts `value` in, with a ticket that is not in it.
    mutating func insert(_ value: Value, for ticket: UInt32) {
        if row.isEmpty { row = Array(repeating: nil, count: Self.placeCount) }
        count += 1
        let place = Self.place(of: ticket)
        if row[place] == nil {
            row[place] = (ticket, value)
        } else {
            beside[ticket] = value
        }
    }

    /// Takes out what `ticket` stands for, if it is in it.
    mutating func take(_ ticket: UInt32) -> Value? {
        guard count > 0 else { return nil }
        let place = Self.place(of: ticket)
        if let entry = row[place], entry.ticket == ticket {
            row[place] = nil
            count -= 1
            return entry.value
        }
        guard let value = beside.removeValue(forKey: ticket) else { return nil }
        count -= 1
        return value
    }

    /// Changes everything that is in it.
    mutating func changeAll(_ change: (inout Value) -> Void) {
        for place in row.indices where row[place] != nil {
            row[place] = row[place].map { entry in
                var value = entry.value
                change(&value)
                return (entry.ticket, value)
            }
        }
        for ticket in beside.keys {
            if var value = beside[ticket] {
                change(&value)
                beside[ticket] = value
            }
        }
    }

    private static func place(of ticket: UInt32) -> Int { Int(ticket) & (placeCount - 1) }
}
