import Core
import Net
import Planes
import Testing

/// The table in memory behaves as the kernel's does: what it accepts, what it refuses.
@Suite struct MemoryTableTests {
    private let key = ServiceKey(IPAddress(v4: 0xcb00_710a), ServiceID(.tcp, 80))
    private let server = Endpoint(IPAddress(v4: 0x0a14_000b), 80)

    @Test func keepsWhatItIsTold() async throws {
        let table = MemoryTable()
        let results = await table.apply([
            .addService(key, Scheduling()),
            .addDestination(key, server, .directRouting, weight: 0, nominal: 1),
            .updateDestination(key, server, .directRouting, weight: 5),
        ])
        #expect(results.allSatisfy { if case .success = $0 { true } else { false } })
        let seen = try await table.observe().services[key]?.slice
        #expect(
            seen
                == ServiceSlice(
                    scheduling: Scheduling(),
                    destinations: [
                        server: DestinationSlice(forwarding: .directRouting, weight: 5)
                    ]
                )
        )
        _ = await table.apply([.removeDestination(key, server), .removeService(key)])
        #expect(try await table.observe().services.isEmpty)
    }

    @Test func refusesWhatHangsInTheAir() async {
        let table = MemoryTable()
        let results = await table.apply([
            .updateService(key, Scheduling()),
            .addDestination(key, server, .directRouting, weight: 1, nominal: 1),
            .updateDestination(key, server, .directRouting, weight: 1),
        ])
        for result in results {
            guard case .failure(let fault) = result else {
                Issue.record("accepted something without a service")
                continue
            }
            #expect(fault.code == "K312")
        }
    }

    /// What is added or moved comes to the front, as in the kernel.
    @Test func keepsTheKernelsOrder() async throws {
        let table = MemoryTable()
        let servers = (0..<3).map { Endpoint(IPAddress(v4: 0x0a14_000b + $0), 80) }
        _ = await table.apply(
            [.addService(key, Scheduling())]
                + servers.map { .addDestination(key, $0, .directRouting, weight: 1, nominal: 1) }
                + [.moveDestination(key, servers[0], .directRouting, weight: 1, nominal: 1)]
        )
        let seen = try await table.observe().services[key]?.slice.destinations.keys
        #expect(seen == [servers[0], servers[2], servers[1]])
    }

    /// A step whose effect is there already counts as done.
    @Test func removingTwiceDoesNoHarm() async {
        let table = MemoryTable()
        let results = await table.apply([.removeService(key), .removeDestination(key, server)])
        #expect(results.allSatisfy { if case .success = $0 { true } else { false } })
    }
}
