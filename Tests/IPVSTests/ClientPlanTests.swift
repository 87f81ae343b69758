import IPVS
import Net
import Netlink
import Testing

/// A plan that is carried out piece by piece.
@Suite struct ClientPlanTests {
    private static let piece = 2 * IPVSLimits.batch
    private static let services = 3 * piece

    private let kernel = FakeIPVS()
    private let client: Client

    init() { client = Client(over: kernel, privilege: { .lacking }) }

    private func plan() throws -> RulePlan {
        let rules = try (0..<Self.services).map { number in
            let identity = try tcp("192.0.2.10", Port(UInt16(8000 + number)))
            return Rule(.newService(Service(identity, scheduler: .roundRobin)), line: number + 1)
        }
        return RulePlan(rules, present: [])
    }

    @Test func saysHowFarItHasCome() async throws {
        var reached: [Int] = []
        let outcome = try await client.carryOut(try plan(), inPiecesOf: Self.piece) {
            reached.append($0)
        }
        #expect(outcome.failures.isEmpty && outcome.sent == Self.services)
        #expect(reached == [Self.piece, 2 * Self.piece, 3 * Self.piece])
        #expect(kernel.with { $0.table.entries.count } == Self.services)
    }

    /// The last exchange of the second piece fails: nothing of the third is sent.
    @Test func endsWhereSomethingIsNotKnown() async throws {
        kernel.with { state in
            state.fault = { state throws(NetlinkError) in
                if state.batches.count == 3 { throw .overrun }
            }
        }
        let outcome = try await client.carryOut(try plan(), inPiecesOf: Self.piece)
        #expect(outcome.sent == 2 * Self.piece)
        let unknown = (3 * IPVSLimits.batch)..<(4 * IPVSLimits.batch)
        #expect(Set(outcome.failures.keys) == Set(unknown))
        #expect(!outcome.failures.values.contains { !$0.leavesStateUnknown })
        #expect(kernel.with { $0.table.entries.count } == unknown.lowerBound)
    }

    /// One that is refused is known of, and stops nothing.
    @Test func goesOnAfterARefusal() async throws {
        let plan = try plan()
        guard case .newService(let service) = plan.rules[5].operation else {
            preconditionFailure("a plan of services")
        }
        try await client.newService(service)
        let outcome = try await client.carryOut(plan, inPiecesOf: Self.piece)
        #expect(outcome.sent == Self.services && Set(outcome.failures.keys) == [5])
    }
}
