import TestSupport
import Testing

@testable import Probes

/// What is known by a ticket is found by it, whatever else has come and gone.
@Suite struct TicketBookTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func itIsADictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var book = TicketBook<Int>()
        var twin: [UInt32: Int] = [:]
        // From the last tickets on to the first ones, several times around the row.
        var ticket = UInt32.max - UInt32.random(in: 0...2_000, using: &generator)
        for value in 0..<10_000 {
            ticket &+= 1
            book.insert(value, for: ticket)
            twin[ticket] = value
            // Some stay for long, most do not; some are asked for that were never there.
            if Bool.random(using: &generator) || value.isMultiple(of: 3) {
                let asked = ticket &- UInt32.random(in: 0...3_000, using: &generator)
                #expect(book.take(asked) == twin.removeValue(forKey: asked))
            }
            if value.isMultiple(of: 3_000) {
                book.changeAll { $0 += 1 }
                twin = twin.mapValues { $0 + 1 }
            }
            guard book.count == twin.count else {
                Issue.record("\(book.count) are in it, not \(twin.count)")
                return
            }
        }
        #expect(book.values.sorted() == twin.values.sorted())
        for (ticket, value) in twin { #expect(book.take(ticket) == value) }
        #expect(book.count == 0)
        #expect(book.values.isEmpty)
        #expect(book.take(ticket) == nil)
    }
}
