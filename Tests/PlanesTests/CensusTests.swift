import Core
import IPVS
import Net
import Netlink
import Synchronization
import Testing

@testable import Planes

/// What is counted of a table to know which part of it is in doubt.
@Suite struct CensusTests {
    private static let key = ServiceKey(IPAddress(v4: 0xcb00_710a), ServiceID(.tcp, 443))

    private static func destination(_ index: UInt32) -> IPVS.Destination {
        let server = Endpoint(IPAddress(v4: 0x0a14_0000 + index), 443)
        return IPVS.Destination(server, forwarding: .directRouting, weight: 1)
    }

    private static func table(_ indices: [UInt32]) -> Table {
        let destinations = indices.map {
            IPVS.ObservedDestination(
                destination($0),
                Connections(active: 0, inactive: 0),
                Statistics()
            )
        }
        let service = IPVS.ObservedService(Scheduling().service(key), Statistics())
        return Table([Table.Entry(service, destinations)])
    }

    private static let table = table([11])

    /// Which are there counts, and not in which order.
    @Test func onlyWhatIsThereCounts() {
        let census = Census(of: Self.table([11, 12, 13]))
        let identity = Self.key.identity
        #expect(census.suspects(in: Self.table([13, 11, 12])).isEmpty)
        for other in [[], [11, 12], [11, 12, 14], [11, 12, 13, 14]] as [[UInt32]] {
            #expect(census.suspects(in: Self.table(other)) == [identity], "\(other)")
        }
        #expect(census.suspects(in: Table()) == [identity])
        #expect(Census(of: Table()).suspects(in: Self.table) == [identity])
    }

    /// What was acknowledged is known; what failed leaves everything about a service open.
    @Test func keepsUpWithOwnChanges() {
        let identity = Self.key.identity
        var census = Census(of: Table())
        census.record(.newService(Scheduling().service(Self.key)), failed: false)
        census.record(.newDestination(Self.destination(11), of: identity), failed: false)
        census.record(.newDestination(Self.destination(12), of: identity), failed: false)
        census.record(.updateDestination(Self.destination(12), of: identity), failed: false)
        census.record(
            .deleteDestination(Self.destination(12).endpoint, of: identity),
            failed: false
        )
        #expect(census.suspects(in: Self.table).isEmpty)
        census.record(.newDestination(Self.destination(13), of: identity), failed: true)
        #expect(census.suspects(in: Self.table) == [identity])
        // Nor is it gone because one list leaves it out.
        #expect(census.suspects(in: Table()) == [identity])
        census.record(.deleteService(identity), failed: false)
        #expect(census.suspects(in: Table()).isEmpty)
    }

    /// What we did ourselves is no reason for doubt.
    @Test func ownChangesAreNotReadAgain() async throws {
        let asked = Mutex(0)
        let other = Self.destination(12).endpoint
        let table = Mutex(Self.table)
        let kernel = ScriptedKernel(families: [IPVSFamily.name: 32]) {
            message throws(NetlinkError) in
            let now = table.withLock { $0 }
            switch try Request(decoding: message) {
            case .services:
                return now.entries.map { Reply.service($0.service).message(family: 32) }
            case .destinations:
                return now.entries[0].destinations.map { Reply.destination($0).message(family: 32) }
            case .service:
                asked.withLock { $0 += 1 }
                return [Reply.service(now.entries[0].service).message(family: 32)]
            case .change(.newDestination(let destination, _)):
                table.withLock { table in
                    let seen = IPVS.ObservedDestination(
                        destination,
                        Connections(active: 0, inactive: 0),
                        Statistics()
                    )
                    table.entries[0].destinations.insert(seen, at: 0)
                }
                return []
            default: throw .refused(.notSupported, words: "")
            }
        }
        let plane = IPVSPlane(
            IPVS.Client(over: kernel, privilege: { .lacking }),
            listings: ListingSource { () async throws(KernelFile.Failure) in [] }
        )
        _ = try await plane.observe()
        let results = await plane.apply([
            .addDestination(Self.key, other, .directRouting, weight: 1, nominal: 1)
        ])
        #expect(results.allSatisfy { if case .success = $0 { true } else { false } })
        #expect(try await plane.observe().services[Self.key]?.slice.destinations.count == 2)
        #expect(asked.withLock { $0 } == 0)
        table.withLock { _ = $0.entries[0].destinations.removeLast() }
        #expect(try await plane.observe().services[Self.key]?.slice.destinations.count == 1)
        #expect(asked.withLock { $0 } == 1)
    }
}
