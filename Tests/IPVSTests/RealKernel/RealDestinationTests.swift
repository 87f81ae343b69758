import IPVS
import Net
import Testing

extension RealIPVSTests {
    /// Destinations, as the kernel gives them back.
    @Suite struct Destinations {
        private static let texts: [AddressFamily: String] = [
            .v4: "192.0.2.10", .v6: "2001:db8:113::10",
        ]

        private func vip(_ family: AddressFamily) throws -> ServiceIdentity {
            try tcp(try #require(Self.texts[family]), 443)
        }

        /// The real server with this number.
        private func server(_ number: Int, _ family: AddressFamily) throws -> Endpoint {
            try endpoint(family == .v4 ? "10.0.0.\(number)" : "2001:db8:a::\(number)", 443)
        }

        /// Adds and removes what is given, and looks at it in between.
        private func survives(
            _ destination: Destination,
            of identity: ServiceIdentity,
            _ client: Client
        ) async throws {
            try await client.newDestination(destination, of: identity)
            let seen = try await client.destinations(of: identity)
            #expect(seen.map(\.destination) == [destination])
            #expect(seen.map(\.connections) == [Connections()])
            try await client.deleteDestination(destination.endpoint, of: identity)
            #expect(try await client.destinations(of: identity).isEmpty)
        }

        @Test func everyForwarding() async throws {
            let client = try await RealKernel.client()
            let ways: [Forwarding] = [.masquerade, .local, .tunnel(.ipip), .directRouting, .bypass]
            for family in AddressFamily.allCases {
                for identity in [try vip(family), .mark(7, family)] {
                    try await client.newService(Service(identity, scheduler: .weightedRoundRobin))
                    for way in ways {
                        let host = try server(1, family).address
                        try await survives(
                            Destination(Endpoint(host, identity.port), forwarding: way, weight: 1),
                            of: identity,
                            client
                        )
                    }
                }
                try await survives(
                    Destination(
                        Endpoint(try server(1, family).address, 8443),
                        forwarding: .masquerade,
                        weight: 1
                    ),
                    of: try vip(family),
                    client
                )
            }
        }

        @Test func everyTunnel() async throws {
            let client = try await RealKernel.client()
            let tunnels: [Tunnel] =
                [.ipip, Tunnel(.gre), Tunnel(.gre, flags: .checksum)]
                + [[], .checksum, .remoteChecksum, [.checksum, .remoteChecksum]].map { flags in
                    Tunnel(.gue, port: 6080, flags: flags)
                }
            for family in AddressFamily.allCases {
                try await client.newService(Service(try vip(family), scheduler: .maglev))
                // An IPv6 server of an IPv4 service, and the other way round, besides its own.
                for far in AddressFamily.allCases {
                    for tunnel in tunnels {
                        let destination = Destination(
                            try server(2, far),
                            forwarding: .tunnel(tunnel),
                            weight: 1
                        )
                        try await survives(destination, of: try vip(family), client)
                    }
                }
            }
        }

        @Test func weightsAndThresholds() async throws {
            let client = try await RealKernel.client()
            let big = IPVSLimits.threshold
            let thresholds: [(UInt32, UInt32)] = [(0, 0), (1, 0), (1, 1), (10, 7), (big, big)]
            for family in AddressFamily.allCases {
                let vip = try vip(family)
                try await client.newService(Service(vip, scheduler: .weightedRoundRobin))
                var destination = Destination(
                    try server(3, family),
                    forwarding: .directRouting,
                    weight: 5
                )
                try await client.newDestination(destination, of: vip)
                for weight in [0, 1, IPVSLimits.weights.upperBound] {
                    for (upper, lower) in thresholds {
                        destination.weight = weight
                        destination.upperThreshold = upper
                        destination.lowerThreshold = lower
                        try await client.updateDestination(destination, of: vip)
                        let seen = try await client.destinations(of: vip)
                        #expect(seen.map(\.destination) == [destination])
                    }
                }
            }
        }

        @Test func theOrderIsLastAddedFirst() async throws {
            let client = try await RealKernel.client()
            for family in AddressFamily.allCases {
                let vip = try vip(family)
                let arrivals = try (1...5).map { number in
                    Arrival(
                        Destination(
                            try server(number, family),
                            forwarding: .directRouting,
                            weight: number == 3 ? 0 : 10
                        ),
                        nominalWeight: 10
                    )
                }
                var transaction = Transaction()
                let service = Service(vip, scheduler: .maglev, flags: [.fallback, .port])
                transaction.load(service, arrivals)
                try await client.perform(transaction).check()
                var expected = arrivals.map(\.destination)
                expected.reverse()
                #expect(try await client.service(vip).service == service)
                #expect(
                    try await client.destinations(of: vip).map(\.destination) == expected
                )
                // An update keeps the place, a replacement moves to the front.
                expected[1].weight = 3
                try await client.updateDestination(expected[1], of: vip)
                let last = expected.removeLast()
                expected.insert(last, at: 0)
                let replacement = IPVS.Operation.replace(
                    Arrival(last, nominalWeight: 10),
                    of: vip
                )
                try await client.perform(Transaction(replacement)).check()
                #expect(
                    try await client.destinations(of: vip).map(\.destination) == expected
                )
            }
        }

        @Test func aLargeTransactionReadsBackWhole() async throws {
            let client = try await RealKernel.client()
            var transaction = Transaction()
            var services: [Service] = []
            // More than one receive holds, of either list.
            for number in 1...100 as ClosedRange<UInt32> {
                let service = Service(.mark(number, .v4), scheduler: .roundRobin)
                services.append(service)
                transaction.append(.newService(service))
            }
            let vip = try vip(.v4)
            let arrivals = (1...300 as ClosedRange<UInt32>).map { host in
                Arrival(
                    Destination(
                        Endpoint(IPAddress(v4: 0x0a01_0100 + host), 443),
                        forwarding: .directRouting,
                        weight: 1
                    ),
                    nominalWeight: 1
                )
            }
            transaction.load(Service(vip, scheduler: .maglev), arrivals)
            // In the middle of what works, twice what does not.
            transaction.append(.newService(services[0]))
            transaction.append(.deleteService(.mark(9999, .v6)))
            let outcome = try await client.perform(transaction)
            #expect(
                outcome.failures == [
                    .exists(.change(.newService(services[0]))),
                    .serviceMissing(.change(.deleteService(.mark(9999, .v6))), .mark(9999, .v6)),
                ]
            )
            // Compared here: a difference would be printed for minutes.
            let table = try await client.table()
            let isWhole =
                Set(table.entries.map(\.service.service))
                == Set(services + [Service(vip, scheduler: .maglev)])
            #expect(isWhole)
            let seen = try await client.destinations(of: vip).map(\.destination)
            let isInOrder = seen == arrivals.reversed().map(\.destination)
            #expect(isInOrder)
        }
    }
}
