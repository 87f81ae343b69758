import Core
import IPVS
import Net
import Testing

@testable import Planes

/// The ways of checks as the kernel is told of them, and as they are read back.
@Suite struct ProbePathScriptTests {
    private static let key = MarkKey(0x5000_0001, .v4)

    @Test(arguments: Core.Forwarding.allCases)
    func isReadAsItWasWritten(forwarding: Core.Forwarding) throws {
        let path = ProbePath(to: IPAddress(v4: 0x0a14_000b), port: 80, by: forwarding)
        let script = TableScript([.addPath(Self.key, path)])
        #expect(script.operations.count == 2)
        guard case .newService(let service) = script.operations[0],
            case .newDestination(let destination, let identity) = script.operations[1]
        else {
            Issue.record("\(script.operations)")
            return
        }
        #expect(service.identity == .mark(0x5000_0001, .v4) && identity == service.identity)
        let facts = IPVSFacts(
            Table([
                Table.Entry(
                    IPVS.ObservedService(service, Statistics()),
                    [IPVS.ObservedDestination(destination, Connections(), Statistics())]
                )
            ])
        )
        #expect(facts.services.isEmpty)
        let slice = try #require(facts.markServices[Self.key]?.slice)
        #expect(ProbePath(slice) == path)
    }

    @Test func whatIsGoneAlreadyIsRemoved() throws {
        let script = TableScript([.removePath(Self.key)])
        #expect(script.operations == [.deleteService(.mark(0x5000_0001, .v4))])
        for result in script.results(of: [nil]) { try result.get() }
    }

    @Test func theListingHasThemByTheFamilyOfTheirDestination() {
        let listing = TableListing(
            Listing(services: [
                Listing.Service(
                    .mark(7),
                    scheduler: "rr",
                    destinations: [
                        Listing.Destination(
                            Endpoint(IPAddress(v6: 1), 0),
                            .directRouting,
                            weight: 3
                        )
                    ]
                ),
                Listing.Service(.mark(8), scheduler: "rr"),
            ])
        )
        #expect(listing.services.isEmpty)
        #expect(Array(listing.markServices.keys) == [MarkKey(7, .v6)])
    }

    @Test func theTableInMemoryKeepsThem() async throws {
        let table = MemoryTable()
        let path = ProbePath(to: IPAddress(v4: 0x0a14_000b), port: 80, by: .tunnel)
        let change = Change.addPath(Self.key, path)
        for result in await table.apply([change]) { try result.get() }
        #expect(try await table.observe().markServices.mapValues(\.slice) == [Self.key: path.slice])
        #expect(try await table.list().markServices[Self.key]?.matches(path.slice) == true)
        await #expect(throws: Fault.self) { try await table.apply([change])[0].get() }
        for result in await table.apply([.removePath(Self.key)]) { try result.get() }
        #expect(try await table.observe().markServices.isEmpty)
    }
}
