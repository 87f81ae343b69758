import IPVS
import Net
import Netlink
import Testing

/// Many operations together: a result for each, and neighbours that stay together.
@Suite struct TransactionTests {
    private let kernel = FakeIPVS()
    private let client: Client
    private let vip: ServiceIdentity

    init() throws {
        client = Client(over: kernel)
        vip = try tcp("192.0.2.10", 443)
    }

    private func direct(_ text: String, weight: Int = 1) throws -> Destination {
        Destination(try endpoint(text, 443), forwarding: .directRouting, weight: weight)
    }

    @Test func isWrittenAsItIsCarriedOut() async throws {
        var transaction = Transaction()
        transaction.load(
            Service(vip, scheduler: .maglev),
            [
                Arrival(try direct("10.0.0.1"), nominalWeight: 1),
                Arrival(try direct("10.0.0.2", weight: 0), nominalWeight: 1),
            ]
        )
        transaction.append(.deleteDestination(try endpoint("10.0.0.1", 443), of: vip))
        #expect(transaction.operations.count == 6)
        let outcome = try await client.perform(transaction)
        #expect(outcome.isComplete)
        #expect(outcome.results.count == 6)
        try outcome.check()
        #expect(kernel.with { $0.batches } == [6])
        let left = try await client.destinations(of: vip)
        #expect(left.map(\.destination) == [try direct("10.0.0.2", weight: 0)])
    }

    @Test func tellsWhatFailedAndGoesOn() async throws {
        let missing = IPVS.Operation.deleteService(.mark(9, .v6))
        let outcome = try await client.perform([
            .newService(Service(vip, scheduler: .maglev)),
            missing,
            .startDaemon(SyncDaemon(.master, interface: "eth0")),
        ])
        #expect(!outcome.isComplete)
        #expect(outcome.failures == [.serviceMissing(.change(missing), .mark(9, .v6))])
        #expect(outcome.results.map { $0 == nil } == [true, false, true])
        #expect(!outcome.leavesStateUnknown)
        #expect(throws: IPVSError.serviceMissing(.change(missing), .mark(9, .v6))) {
            try outcome.check()
        }
        #expect(try await client.daemons() == [SyncDaemon(.master, interface: "eth0")])
    }

    @Test func saysBeforehandWhatWillNotBeSent() async throws {
        let wrong = try direct("10.0.0.1", weight: 70_000)
        let transaction: Transaction = [
            .deleteDestination(wrong.endpoint, of: vip),
            .newDestination(wrong, of: vip),
            .newDestination(try direct("10.0.0.2"), of: vip),
            // The same destination again, but not next to it.
            .deleteDestination(wrong.endpoint, of: vip),
        ]
        #expect(transaction.refusals == [.companion, .weight(70_000), nil, nil])
        let outcome = try await client.perform(transaction)
        #expect(
            outcome.results.prefix(2) == [
                .refusedBeforeSending(.change(transaction.operations[0]), .companion),
                .refusedBeforeSending(.change(transaction.operations[1]), .weight(70_000)),
            ]
        )
        #expect(kernel.with { $0.batches } == [2])
    }

    @Test func aSocketThatFailsHalfwayLeavesTheRestUnknown() async throws {
        let operations = (1...600 as ClosedRange<UInt32>).map { mark in
            IPVS.Operation.newService(Service(.mark(mark, .v4), scheduler: .maglev))
        }
        kernel.with { state in
            state.fault = { (state) throws(NetlinkError) in
                if state.batches.count == 1 { throw .overrun }
            }
        }
        let outcome = try await client.perform(Transaction(operations))
        #expect(outcome.leavesStateUnknown)
        #expect(outcome.failures.count == 600 - IPVSLimits.batch)
    }

    @Test func daemonsStartAndStop() async throws {
        let master = SyncDaemon(
            .master,
            interface: "eth0",
            identifier: 7,
            maximumLength: 1400,
            group: try address("ff02::81"),
            port: 9000,
            timeToLive: 2
        )
        let backup = SyncDaemon(.backup, interface: "eth1", group: try address("224.0.0.81"))
        try await client.startDaemon(master)
        try await client.startDaemon(backup)
        #expect(try await client.daemons() == [master, backup])
        await #expect(throws: IPVSError.exists(.change(.startDaemon(master)))) {
            try await client.startDaemon(master)
        }
        kernel.with { $0.requests = [] }
        try await client.stopDaemon(.master)
        // The kernel may say nothing to it, so something that is answered goes with it.
        #expect(kernel.with { $0.requests } == [.change(.stopDaemon(.master)), .info])
        #expect(try await client.daemons() == [backup])
        let both: [IPVS.Operation] = [.stopDaemon(.backup), .flush]
        kernel.with { $0.requests = [] }
        #expect(try await client.apply(both) == [nil, nil])
        #expect(kernel.with { $0.requests } == both.map { .change($0) })
        try await client.startDaemon(backup)
        await #expect(
            throws: IPVSError.daemonMissing(.change(.stopDaemon(.master)), .master)
        ) { try await client.stopDaemon(.master) }
    }
}
