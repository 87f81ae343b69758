import Foundation
import IPVS
import Net
import Testing

extension RealIPVSTests {
    /// What the kernel counts.
    @Suite struct Counters {
        /// Sends datagrams of six bytes, each from a port of its own.
        private func send(_ count: Int, to endpoint: Endpoint) throws {
            let path = "/dev/udp/\(endpoint.address)/\(endpoint.port)"
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.arguments = [
                "-c", "for ((i = 0; i < \(count); i++)); do echo 12345 >\(path); done",
            ]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }

        /// The statistics once they say `connections`; the kernel adds up every two seconds.
        private func statistics(
            of identity: ServiceIdentity,
            connections: UInt64,
            _ client: Client
        ) async throws -> Statistics {
            let deadline = ContinuousClock.now + .seconds(30)
            var seen = try await client.service(identity).statistics
            while seen.total.connections < connections, ContinuousClock.now < deadline {
                // Only the kernel's own clock makes them appear.
                try await Task.sleep(for: .milliseconds(100))
                seen = try await client.service(identity).statistics
            }
            return seen
        }

        /// Adds a service with one destination, sends to it, and looks at every counter.
        private func count(on text: String, header: UInt64, _ client: Client) async throws {
            let vip = try endpoint(text, 53)
            let identity = ServiceIdentity.address(vip.address, .udp, vip.port)
            let place = Destination(vip, forwarding: .local, weight: 1)
            try await client.newService(Service(identity, scheduler: .roundRobin))
            try await client.newDestination(place, of: identity)
            try send(3, to: vip)
            // Connections are not estimated: they are there at once.
            let there = try await client.destinations(of: identity).map(\.connections)
            #expect(there == [Connections(active: 0, inactive: 3, persistent: 0)])
            let seen = try await statistics(of: identity, connections: 3, client)
            // Nobody listens there, and the refusal carries what it refuses.
            let error = header + 6 + header
            #expect(
                seen.total
                    == Traffic(
                        connections: 3,
                        inPackets: 3,
                        outPackets: 3,
                        inBytes: 3 * (header + 6),
                        outBytes: 3 * error
                    )
            )
            #expect(seen.rate.inBytes > 0)
            #expect(seen.rate.outBytes > seen.rate.inBytes)
            let own = try await client.destinations(of: identity).map(\.statistics.total)
            #expect(own == [seen.total])
        }

        @Test func countAndZero() async throws {
            let client = try await RealKernel.client()
            // What IPVS counts begins with the header of IP: 20 or 40 bytes, and 8 of UDP.
            try await count(on: "192.0.2.10", header: 28, client)
            try await count(on: "2001:db8:113::10", header: 48, client)
            let services = try await client.services().map(\.service.identity)
            try await client.zero(services[0])
            #expect(try await client.service(services[0]).statistics == Statistics())
            #expect(try await client.service(services[1]).statistics.total.connections == 3)
            let places = try await client.destinations(of: services[0])
            #expect(places.map(\.statistics) == [Statistics()])
            #expect(places.map(\.connections.inactive) == [3])
            try await client.zero()
            #expect(try await client.service(services[1]).statistics == Statistics())
        }

        @Test func persistenceHasTemplates() async throws {
            let client = try await RealKernel.client()
            let vip = try endpoint("192.0.2.10", 54)
            let service = Service(
                .address(vip.address, .udp, vip.port),
                scheduler: .roundRobin,
                persistence: Persistence(timeout: 60, granularity: 32)
            )
            try await client.newService(service)
            try await client.newDestination(
                Destination(vip, forwarding: .local, weight: 1),
                of: service.identity
            )
            try send(2, to: vip)
            let there = try await client.destinations(of: service.identity).map(\.connections)
            #expect(there == [Connections(active: 0, inactive: 2, persistent: 1)])
        }
    }
}
