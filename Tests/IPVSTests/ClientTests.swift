import IPVS
import Net
import Netlink
import Testing

/// The client before a kernel that can be looked into.
@Suite struct ClientTests {
    private let kernel = FakeIPVS()
    private let client: Client

    init() { client = Client(over: kernel, privilege: { .lacking }) }

    private func direct(_ text: String, weight: Int = 1) throws -> Destination {
        Destination(try endpoint(text, 443), forwarding: .directRouting, weight: weight)
    }

    private func error(
        of body: () async throws(IPVSError) -> Void
    ) async -> IPVSError? {
        do throws(IPVSError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test func changesAreSeen() async throws {
        let vip = try tcp("192.0.2.10", 443)
        let one = try direct("10.0.0.1")
        let two = try direct("10.0.0.2")
        try await client.newService(Service(vip, scheduler: .none))
        try await client.newDestination(one, of: vip)
        try await client.newDestination(two, of: vip)
        try await client.updateService(Service(vip, scheduler: .maglev, flags: .fallback))
        var table = try await client.table()
        #expect(table.entries.map(\.service.service.scheduler) == [.maglev])
        #expect(table.entries.first?.destinations.map(\.destination) == [two, one])
        try await client.updateDestination(try direct("10.0.0.1", weight: 0), of: vip)
        try await client.deleteDestination(two.endpoint, of: vip)
        try await client.zero(vip)
        try await client.zero()
        let left = try await client.destinations(of: vip)
        #expect(left.map(\.destination.weight) == [0])
        #expect(try await client.isServicePresent(vip))
        try await client.deleteService(vip)
        #expect(try await !client.isServicePresent(vip))
        try await client.newService(Service(vip, scheduler: .none))
        try await client.flush()
        table = try await client.table()
        #expect(table == Table())
        #expect(try await client.info().versionText == "1.2.1")
        let timeouts = try await client.timeouts()
        try await client.setTimeouts(timeouts)
        #expect(kernel.with { $0.lookUps } == 1)
    }

    @Test func anEmptyListIsConfirmed() async throws {
        let vip = try tcp("192.0.2.10", 443)
        let missing = await error { () async throws(IPVSError) in
            _ = try await client.destinations(of: vip)
        }
        #expect(missing == .serviceMissing(.destinations(of: vip), vip))
        try await client.newService(Service(vip, scheduler: .maglev))
        #expect(try await client.destinations(of: vip).isEmpty)
    }

    @Test func aServiceThatVanishesIsNotEmpty() async throws {
        let staying = try tcp("192.0.2.10", 443)
        let going = try tcp("192.0.2.11", 443)
        try await client.newService(Service(going, scheduler: .maglev))
        try await client.newService(Service(staying, scheduler: .maglev))
        kernel.with { state in
            state.fault = { state in
                // Between the list of services and that of its destinations.
                guard state.requests.last == .services else { return }
                state.table.entries.removeAll { $0.service.service.identity == going }
            }
        }
        let table = try await client.table()
        #expect(table.entries.map(\.service.service.identity) == [staying])
    }

    @Test func aListThatNamesSomethingTwiceIsReadAgain() async throws {
        let vip = try tcp("192.0.2.10", 443)
        try await client.newService(Service(vip, scheduler: .maglev))
        let twice = ObservedDestination(try direct("10.0.0.1"), Connections(), Statistics())
        kernel.with { $0.table.entries[0].destinations = [twice, twice] }
        let restless = await error { () async throws(IPVSError) in
            _ = try await client.destinations(of: vip)
        }
        #expect(restless == .restless(.destinations(of: vip)))
        let readings = kernel.with { state in
            state.requests.count { $0 == .destinations(of: vip) }
        }
        #expect(readings == IPVSLimits.readings)

        kernel.with { state in
            state.fault = { state in
                guard state.requests.last == .destinations(of: vip) else { return }
                state.table.entries[0].destinations = [twice]
            }
            state.requests = []
        }
        #expect(try await client.destinations(of: vip) == [twice])
    }

    @Test func theFamilyIsLookedUpAgainWhenTheModuleWasReloaded() async throws {
        let vip = try tcp("192.0.2.10", 443)
        #expect(try await client.services().isEmpty)
        kernel.with { $0.family = 33 }
        #expect(try await client.services().isEmpty)
        #expect(kernel.with { $0.lookUps } == 2)
        kernel.with { $0.family = 34 }
        let load = IPVS.Operation.load(
            Service(vip, scheduler: .maglev),
            [Arrival(try direct("10.0.0.1"), nominalWeight: 1)]
        )
        #expect(try await client.apply(load) == [nil, nil, nil])
        #expect(kernel.with { $0.batches } == [3, 3])
        // Gone for good: the id it had is not tried again.
        kernel.with { $0.family = 0 }
        let absent = await error { () async throws(IPVSError) in
            _ = try await client.services()
        }
        #expect(absent == .absent(.services))
        kernel.with { $0.family = 35 }
        #expect(try await client.services().count == 1)
    }

    @Test func aMissingDestinationIsNoReload() async throws {
        let vip = try tcp("192.0.2.10", 443)
        try await client.newService(Service(vip, scheduler: .maglev))
        let gone = try endpoint("10.0.0.9", 443)
        let operation = IPVS.Operation.deleteDestination(gone, of: vip)
        #expect(
            try await client.apply([operation])
                == [.destinationMissing(.change(operation), gone, of: vip)]
        )
        #expect(kernel.with { $0.batches } == [1])
        #expect(kernel.with { $0.lookUps } == 2)
    }

    @Test func largeBatchesAreCutButPairsAreNot() async throws {
        let vip = try tcp("192.0.2.10", 443)
        let service = Service(vip, scheduler: .maglev)
        // Two operations each after the first, so that an even cut would part a pair.
        let arrivals = (1...1500 as ClosedRange<UInt32>).map { host in
            Arrival(
                Destination(
                    Endpoint(IPAddress(v4: 0x0a00_0000 + host), 443),
                    forwarding: .directRouting,
                    weight: 0
                ),
                nominalWeight: 10
            )
        }
        let operations = IPVS.Operation.load(service, arrivals)
        let results = try await client.apply(operations)
        #expect(results.count == 3002)
        #expect(results.allSatisfy { $0 == nil })
        let batches = kernel.with { $0.batches }
        #expect(batches.reduce(0, +) == operations.count)
        #expect(batches.allSatisfy { $0 <= IPVSLimits.batch })
        var start = 0
        for batch in batches.dropLast() {
            start += batch
            #expect(operations[start].destination != operations[start - 1].destination)
        }
        let destinations = try await client.destinations(of: vip)
        #expect(destinations.count == 1500)
        #expect(destinations.allSatisfy { $0.destination.weight == 0 })
    }

    @Test func oneFailureDoesNotStopTheNext() async throws {
        let vip = try tcp("192.0.2.10", 443)
        let other = try tcp("192.0.2.11", 443)
        let service = Service(vip, scheduler: .maglev)
        let operations: [IPVS.Operation] = [
            .newService(service),
            .newService(service),
            .deleteService(other),
            .newService(Service(other, scheduler: .weightedLeastConnection)),
            .newDestination(try direct("10.0.0.1"), of: vip),
        ]
        #expect(
            try await client.apply(operations) == [
                nil,
                .exists(.change(operations[1])),
                .serviceMissing(.change(operations[2]), other),
                .noScheduler(.change(operations[3]), .weightedLeastConnection, engine: nil),
                nil,
            ]
        )
    }

    @Test func whatIsRefusedHereIsNotSentNorIsItsPair() async throws {
        let vip = try tcp("192.0.2.10", 443)
        try await client.newService(Service(vip, scheduler: .maglev))
        try await client.newDestination(try direct("10.0.0.1"), of: vip)
        kernel.with { $0.requests = [] }
        let wrong = try direct("10.0.0.1", weight: 70_000)
        let operations: [IPVS.Operation] = [
            .deleteDestination(wrong.endpoint, of: vip),
            .newDestination(wrong, of: vip),
            .newDestination(try direct("10.0.0.2"), of: vip),
        ]
        #expect(
            try await client.apply(operations) == [
                .refusedBeforeSending(.change(operations[0]), .companion),
                .refusedBeforeSending(.change(operations[1]), .weight(70_000)),
                nil,
            ]
        )
        #expect(kernel.with { $0.requests } == [.change(operations[2])])
        #expect(try await client.destinations(of: vip).count == 2)
        #expect(try await client.apply([]).isEmpty)
    }

    @Test func afterAnOverrunNothingIsKnownOfTheRest() async throws {
        let operations = (1...600 as ClosedRange<UInt32>).map { mark in
            IPVS.Operation.newService(Service(.mark(mark, .v4), scheduler: .maglev))
        }
        kernel.with { state in
            state.fault = { (state) throws(NetlinkError) in
                if state.batches.count == 1 { throw .overrun }
            }
        }
        let results = try await client.apply(operations)
        #expect(results[..<IPVSLimits.batch].allSatisfy { $0 == nil })
        for (result, operation) in zip(results, operations).dropFirst(IPVSLimits.batch) {
            #expect(result == .uncertain(.change(operation), .overrun))
            #expect(result?.leavesStateUnknown == true)
        }
        #expect(kernel.with { $0.batches } == [IPVSLimits.batch])
    }
}
