import IPVS
import Net
import TestSupport
import Testing

/// The closed form against plain counting.
@Suite struct MaglevDifferenceTests {
    /// The share of so many clients has a standard deviation of at most 0.65 points; the
    /// tolerance is three of them, and the seeds are fixed.
    private static let clients = 6000
    private static let tolerance = 0.02

    /// The share of made-up clients for whom the tables give different answers.
    private func sampled(_ left: MaglevTable, _ right: MaglevTable, seed: UInt64) -> Double {
        var random = SeededGenerator(seed: seed)
        let unlike = (0..<Self.clients).count { _ in
            let client = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
            let port = Port(UInt16(truncatingIfNeeded: random.next()))
            return left.answer(for: client, port: port) != right.answer(for: client, port: port)
        }
        return Double(unlike) / Double(Self.clients)
    }

    @Test("The expected share of flows is the share of sampled flows", arguments: UInt64(0)..<40)
    func expectation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let left = try MaglevDigestTests.randomTable(&random)
        let right = try MaglevDigestTests.randomTable(&random)
        let expected = left.difference(from: right).flows
        #expect(abs(expected - sampled(left, right, seed: seed)) < Self.tolerance)
        #expect(abs(expected - right.difference(from: left).flows) < 1e-12)
    }

    @Test("Tables of different sizes hash apart")
    func sizes() throws {
        let small = try MaglevTableTests.table(MaglevTableTests.pool(4), size: .index8)
        let large = try MaglevTableTests.table(MaglevTableTests.pool(4), size: .index9)
        let difference = small.difference(from: large)
        #expect(difference.slots == 1)
        #expect(abs(difference.flows - 0.75) < 0.01)
        #expect(abs(difference.flows - sampled(small, large, seed: 1)) < Self.tolerance)
    }

    @Test("A table does not differ from itself, and entirely from one of other servers")
    func extremes() throws {
        let ten = try MaglevTableTests.table(MaglevTableTests.pool(10), .fallback)
        let others = try MaglevTableTests.table(
            (11...20).map { MaglevTableTests.member($0) },
            .fallback
        )
        #expect(ten.difference(from: ten) == .none)
        #expect(ten.difference(from: others) == MaglevDifference(slots: 1, flows: 1))
        let none = try MaglevTableTests.table([], .fallback)
        #expect(ten.difference(from: none) == MaglevDifference(slots: 1, flows: 1))
        #expect(none.difference(from: none) == .none)
    }

    @Test("Nobody answering is one answer, however it came about")
    func nobody() throws {
        var down = MaglevTableTests.pool(3)
        for index in down.indices { down[index].set(weight: 0) }
        let empty = try MaglevTableTests.table([])
        for flags: ServiceFlags in [[], .fallback] {
            let difference = try MaglevTableTests.table(down, flags).difference(from: empty)
            #expect(difference == .none)
        }
    }
}
