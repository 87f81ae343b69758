import IPVS
import Net
import Testing

extension RealIPVSTests {
    /// Sync daemons, as the kernel gives them back.
    @Suite struct Daemons {
        @Test func everyAttribute() async throws {
            let client = try await RealKernel.client()
            for group in [try address("224.0.0.82"), try address("ff02::82")] {
                for role in SyncDaemon.Role.allCases {
                    let daemon = SyncDaemon(
                        role,
                        interface: RealKernel.interface,
                        identifier: 255,
                        maximumLength: 1300,
                        group: group,
                        port: 9000,
                        timeToLive: 3
                    )
                    try await client.startDaemon(daemon)
                    #expect(try await client.daemons().contains(daemon))
                    let again = IPVS.Operation.startDaemon(daemon)
                    #expect(try await client.apply([again]) == [.exists(.change(again))])
                }
                #expect(try await client.daemons().count == 2)
                try await client.stopDaemon(.master)
                #expect(try await client.daemons().map(\.role) == [.backup])
                try await client.stopDaemon(.backup)
                #expect(try await client.daemons().isEmpty)
            }
        }

        @Test func theKernelFillsIn() async throws {
            let client = try await RealKernel.client()
            try await client.startDaemon(SyncDaemon(.master, interface: RealKernel.interface))
            let seen = try #require(try await client.daemons().first)
            #expect(seen.identifier == 0)
            #expect(seen.group == (try address("224.0.0.81")))
            #expect(seen.port == 8848)
            #expect(seen.timeToLive == 1)
            // An MTU of 1500 without the headers of IPv4 and UDP.
            #expect(seen.maximumLength == 1472)
            try await client.stopDaemon(.master)
        }

        @Test func stoppingAtOnceIsAnswered() async throws {
            let client = try await RealKernel.client()
            let daemon = SyncDaemon(.master, interface: RealKernel.interface)
            // Now and then its thread has not run yet, and then the kernel says nothing.
            for _ in 0..<20 {
                #expect(
                    try await client.apply([.startDaemon(daemon), .stopDaemon(.master)])
                        == [nil, nil]
                )
                #expect(try await client.daemons().isEmpty)
                try await client.startDaemon(daemon)
                try await client.stopDaemon(.master)
            }
        }

        @Test func whatCannotBe() async throws {
            let client = try await RealKernel.client()
            for role in SyncDaemon.Role.allCases {
                let stop = IPVS.Operation.stopDaemon(role)
                #expect(
                    try await client.apply([stop]) == [.daemonMissing(.change(stop), role)]
                )
                let start = IPVS.Operation.startDaemon(SyncDaemon(role, interface: "nowhere0"))
                #expect(
                    try await client.apply([start]) == [.noInterface(.change(start), "nowhere0")]
                )
            }
            // Destinations of another family than their service's do not go with daemons.
            let vip = try tcp("192.0.2.10", 443)
            let far = Destination(
                try endpoint("2001:db8:a::1", 443),
                forwarding: .tunnel(.ipip),
                weight: 1
            )
            let start = IPVS.Operation.startDaemon(
                SyncDaemon(.master, interface: RealKernel.interface)
            )
            let add = IPVS.Operation.newDestination(far, of: vip)
            try await client.newService(Service(vip, scheduler: .maglev))
            #expect(
                try await client.apply([add, start])
                    == [nil, .invalid(.change(start), words: "")]
            )
            try await client.deleteDestination(far.endpoint, of: vip)
            #expect(
                try await client.apply([start, add]) == [nil, .invalid(.change(add), words: "")]
            )
            try await client.stopDaemon(.master)
        }
    }
}
