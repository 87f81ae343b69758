package import Net

/// Route changes that wait for room in the budget: those that came first go first.
///
/// A drain of thousands and one VIP that returns wait in one line. Nobody overtakes, whatever
/// there is to change and whichever address it is about, so nobody waits for ever.
package struct RouteQueue: Equatable, Sendable {
    /// The place of an address.
    private struct Ticket: Equatable {
        /// Numbers only grow.
        let number: UInt64
        /// Before that it lets others pass, by chance.
        let ready: Moment
        let since: Moment
    }

    private var tickets: [IPAddress: Ticket] = [:]
    /// The addresses by number; one that left is still here until the line is walked.
    private var line: [(number: UInt64, address: IPAddress)] = []
    private var last: UInt64 = 0

    /// Nobody waits.
    package init() {}

    /// How many wait.
    package var count: Int { tickets.count }

    /// Since when `address` has waited; `nil` when it does not.
    package func waitingSince(_ address: IPAddress) -> Moment? { tickets[address]?.since }

    /// Since when the first of those who wait has done so.
    package var earliest: Moment? { tickets.values.map(\.since).min() }

    /// How many would go before `address`.
    package func ahead(of address: IPAddress) -> Int {
        guard let own = tickets[address] else { return 0 }
        return tickets.values.count { $0.number < own.number }
    }

    /// How many of those who wait and satisfy `isIncluded` are ready, and when the next one is.
    package func ready(
        at now: Moment,
        where isIncluded: (IPAddress) -> Bool
    ) -> (count: Int, next: Moment?) {
        var result: (count: Int, next: Moment?) = (0, nil)
        for (address, ticket) in tickets where isIncluded(address) {
            if ticket.ready <= now {
                result.count += 1
            } else {
                result.next = result.next.map { min($0, ticket.ready) } ?? ticket.ready
            }
        }
        return result
    }

    /// Puts `address` at the end of the line, not before `ready`; one that waits keeps its place.
    package mutating func join(_ address: IPAddress, ready: Moment, at now: Moment) {
        guard tickets[address] == nil else { return }
        last += 1
        tickets[address] = Ticket(number: last, ready: ready, since: now)
        line.append((last, address))
    }

    /// Takes `address` out of the line.
    package mutating func leave(_ address: IPAddress) {
        tickets[address] = nil
        // What left is dropped from the line once it is most of it.
        if line.count > 64, line.count > 2 * tickets.count { compact() }
    }

    /// The first of those who are ready and satisfy `isIncluded`, at most so many, in their order;
    /// they stay in the line.
    package func front(
        _ most: Int,
        at now: Moment,
        where isIncluded: (IPAddress) -> Bool = { _ in true }
    ) -> [IPAddress] {
        guard most > 0 else { return [] }
        var chosen: [IPAddress] = []
        for (number, address) in line {
            guard let ticket = tickets[address], ticket.number == number, ticket.ready <= now,
                isIncluded(address)
            else { continue }
            chosen.append(address)
            if chosen.count == most { break }
        }
        return chosen
    }

    private mutating func compact() { line.removeAll { tickets[$0.address]?.number != $0.number } }

    package static func == (left: Self, right: Self) -> Bool { left.tickets == right.tickets }
}
