import Core
import Net
import Testing

@testable import penstock

/// What a plan says of the flows that a change of weights moves.
@Suite struct FlowShiftTests {
    private static let address = IPAddress(v4: 0xcb00_710a)

    /// A table of servers with these weights; the first is 10.20.0.1.
    private func table(
        _ weights: [Int],
        scheduler: String = "mh(mh-fallback,mh-port)"
    ) -> TableStatus {
        TableStatus(
            scheduler: scheduler,
            members: weights.enumerated().map { index, weight in
                MemberStatus(
                    endpoint: "10.20.0.\(index + 1):443",
                    weight: weight,
                    lastWeight: max(weight, 1)
                )
            }
        )
    }

    private func shift(_ before: TableStatus, _ after: TableStatus) throws -> TableShift {
        TableShift(
            vip: try Name(parsing: "web"),
            service: try Name(parsing: "https"),
            address: Self.address,
            before: before,
            after: after
        )
    }

    private static let hundreds = Array(repeating: 100, count: 10)

    /// One of ten from 100 to 99: hardly a flow has to move, and every twelfth does.
    @Test func aBrokenDivisorIsTold() throws {
        let after = [99] + Self.hundreds.dropFirst()
        let move = try #require(FlowShift(try shift(table(Self.hundreds), table(after))))
        #expect((0.04...0.15).contains(move.moved))
        #expect(move.fair < 0.002)
        #expect(move.divisors == (100, 1))
        let notes = FlowShift.notes(on: [try shift(table(Self.hundreds), table(after))])
        #expect(notes.count == 1)
        #expect(notes[0].hasPrefix("mh table of web/https: about "))
        #expect(
            notes[0].contains(
                "0.1 % would be its fair share; the weights lose their common divisor 100"
            )
        )
    }

    /// An eleventh of the same weight moves little more than the eleventh it is to get.
    @Test func anEqualServerMovesItsShare() throws {
        let move = try #require(
            FlowShift(try shift(table(Self.hundreds), table(Self.hundreds + [100])))
        )
        #expect(abs(move.fair - 1.0 / 11) < 0.0001)
        #expect((move.fair...move.fair + 0.03).contains(move.moved))
        #expect(!"\(move)".contains("divisor"))
    }

    @Test func scalingAllWeightsMovesNothing() throws {
        let ones = Array(repeating: 1, count: 10)
        #expect(FlowShift.notes(on: [try shift(table(ones), table(Self.hundreds))]).isEmpty)
    }

    /// Weight 0 keeps the slots, so only the flows of that server move.
    @Test func aDrainMovesTheFlowsOfItsServer() throws {
        var drained = table(Self.hundreds)
        drained.members[3].weight = 0
        let move = try #require(FlowShift(try shift(table(Self.hundreds), drained)))
        #expect(abs(move.moved - 0.1) < 0.01)
        #expect(abs(move.fair - 0.1) < 0.0001)
    }

    /// Other schedulers have no such table, and the greatest moves come first.
    @Test func onlyMaglevIsTold() throws {
        let other = try shift(table([1], scheduler: "wlc"), table([2], scheduler: "wlc"))
        #expect(FlowShift(other) == nil)
        let small = try shift(table([4, 4]), table([4, 4, 4]))
        let great = try shift(table([4, 4]), table([4, 4, 400]))
        let notes = FlowShift.notes(on: [other, small, great])
        #expect(notes.count == 2)
        #expect(notes[0].contains("98 % would be"))
        let many = FlowShift.notes(on: Array(repeating: small, count: 30))
        #expect(many.count == 21)
        #expect(many.last == "mh tables: 10 more move fewer flows")
    }
}
