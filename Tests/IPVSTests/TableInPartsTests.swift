import IPVS
import Net
import Netlink
import Testing

/// A table whose lists are asked for in parts, each while the one before it is read.
@Suite struct TableInPartsTests {
    private let kernel = FakeIPVS()
    private let client: Client

    init() { client = Client(over: kernel, privilege: { .lacking }) }

    private static let part = IPVSLimits.listsAtOnce

    /// Adds so many services, each with a real server of its own.
    private func fill(_ count: Int) async throws -> [ServiceIdentity] {
        var identities: [ServiceIdentity] = []
        for number in 0..<count {
            let identity = try tcp("192.0.2.10", Port(UInt16(8000 + number)))
            try await client.newService(Service(identity, scheduler: .roundRobin))
            try await client.newDestination(server(of: identity), of: identity)
            identities.append(identity)
        }
        return identities
    }

    private func server(of identity: ServiceIdentity) throws -> Destination {
        guard case .address(_, _, let port) = identity else { preconditionFailure("by address") }
        return Destination(
            try endpoint("10.0.0.1", port),
            forwarding: .directRouting,
            weight: Int(port.number)
        )
    }

    private func expect(_ table: Table, _ identities: [ServiceIdentity]) throws {
        #expect(Set(table.entries.map(\.service.service.identity)) == Set(identities))
        #expect(table.entries.count == identities.count)
        for entry in table.entries {
            let own = try server(of: entry.service.service.identity)
            #expect(entry.destinations.map(\.destination) == [own])
        }
    }

    @Test(arguments: [0, 1, part - 1, part, part + 1, 2 * part, 2 * part + 1, 3 * part])
    func everyServiceHasItsOwn(count: Int) async throws {
        let identities = try await fill(count)
        let before = kernel.with { $0.requests.count }
        try expect(try await client.table(), identities)
        #expect(kernel.with { $0.requests.count } == before + 1 + count)
    }

    /// Whichever exchange fails once, what is asked singly after that tells the same.
    @Test(arguments: [1, part / 2, part, part + 1, 2 * part])
    func oneExchangeThatFailsIsMadeUpFor(number: Int) async throws {
        let identities = try await fill(3 * Self.part)
        let failing = kernel.with { $0.requests.count } + number
        kernel.with { state in
            state.fault = { state throws(NetlinkError) in
                guard state.requests.count == failing, state.lookUps < 2 else { return }
                // Remembered where a test may: a fault is called anew for each exchange.
                state.lookUps = 2
                throw .overrun
            }
        }
        try expect(try await client.table(), identities)
    }

    @Test func aServiceOfALaterPartMayVanish() async throws {
        let all = try await fill(2 * Self.part)
        let going = try #require(all.last)
        let asked = kernel.with { $0.requests.count }
        kernel.with { state in
            state.fault = { state in
                guard state.requests.count > asked + 1 else { return }
                state.table.entries.removeAll { $0.service.service.identity == going }
            }
        }
        try expect(try await client.table(), Array(all.dropLast()))
    }

    /// The module was loaded anew in the midst of it.
    @Test func theFamilyMayGetAnotherNumber() async throws {
        let identities = try await fill(3 * Self.part)
        let asked = kernel.with { $0.requests.count }
        kernel.with { state in
            state.fault = { state in
                if state.requests.count > asked + Self.part + 3 { state.family = 33 }
            }
        }
        try expect(try await client.table(), identities)
    }

    /// What was written for the old number is not sent to whoever may have it now.
    @Test func aBatchThatWasWrittenAheadIsWrittenAnew() async throws {
        var operations: [IPVS.Operation] = []
        for number in 0..<(2 * IPVSLimits.batch + 10) {
            let identity = try tcp("192.0.2.10", Port(UInt16(8000 + number)))
            operations.append(.newService(Service(identity, scheduler: .roundRobin)))
        }
        _ = try await client.info()
        kernel.with { $0.family = 33 }
        let results = try await client.apply(operations)
        #expect(results.allSatisfy { $0 == nil })
        let batches = kernel.with { $0.batches }
        #expect(batches == [IPVSLimits.batch, IPVSLimits.batch, IPVSLimits.batch, 10])
    }
}
