import IPVS
import Net
import Netlink
import Testing

extension RealIPVSTests {
    /// What the kernel says no to, and what it should say no to.
    @Suite struct Errors {
        private func direct(_ text: String, _ port: Port = 443) throws -> Destination {
            Destination(try endpoint(text, port), forwarding: .directRouting, weight: 1)
        }

        @Test func whatIsMissingIsToldApart() async throws {
            let client = try await RealKernel.client()
            let vip = try tcp("192.0.2.10", 443)
            let service = Service(vip, scheduler: .roundRobin)
            let place = try direct("10.0.0.1")
            let onService: [IPVS.Operation] = [
                .updateService(service), .deleteService(vip), .zero(vip),
                .newDestination(place, of: vip), .updateDestination(place, of: vip),
                .deleteDestination(place.endpoint, of: vip),
            ]
            for operation in onService {
                let missing = IPVSError.serviceMissing(.change(operation), vip)
                await #expect(throws: missing) { try await client.apply(operation) }
                #expect(try await client.apply([operation]) == [missing])
            }
            await #expect(throws: IPVSError.serviceMissing(.service(vip), vip)) {
                try await client.service(vip)
            }
            // The kernel itself answers with an empty list.
            await #expect(throws: IPVSError.serviceMissing(.destinations(of: vip), vip)) {
                try await client.destinations(of: vip)
            }
            try await client.newService(service)
            let onPlace: [IPVS.Operation] = [
                .updateDestination(place, of: vip), .deleteDestination(place.endpoint, of: vip),
            ]
            for operation in onPlace {
                let missing = IPVSError.destinationMissing(
                    .change(operation),
                    place.endpoint,
                    of: vip
                )
                #expect(try await client.apply([operation]) == [missing])
            }
        }

        @Test func modulesThatAreMissingAreToldApart() async throws {
            let client = try await RealKernel.client()
            let nowhere = try Scheduler(parsing: "nowhere")
            let persistence = Persistence(timeout: 1, granularity: 32)
            let table: [(Scheduler, String?, (Request) -> IPVSError)] = [
                (nowhere, nil, { .noScheduler($0, nowhere, engine: nil) }),
                (.roundRobin, "nowhere", { .noEngine($0, "nowhere") }),
                (.none, "nowhere", { .noEngine($0, "nowhere") }),
                (nowhere, "nowhere", { .noScheduler($0, nowhere, engine: "nowhere") }),
            ]
            for (scheduler, engine, error) in table {
                let operation = IPVS.Operation.newService(
                    Service(
                        .address(try address("192.0.2.10"), .udp, 5060),
                        scheduler: scheduler,
                        persistence: persistence,
                        engine: engine
                    )
                )
                let expected = error(.change(operation))
                #expect(try await client.apply([operation]) == [expected])
                await #expect(throws: expected) { try await client.apply(operation) }
            }
        }

        @Test func whatIsThereAlready() async throws {
            let client = try await RealKernel.client()
            let service = Service(try tcp("2001:db8:113::10", 443), scheduler: .roundRobin)
            let place = try direct("2001:db8:a::1")
            let operations: [IPVS.Operation] = [
                .newService(service), .newDestination(place, of: service.identity),
            ]
            #expect(try await client.apply(operations) == [nil, nil])
            #expect(
                try await client.apply(operations) == operations.map { .exists(.change($0)) }
            )
        }

        @Test func addressesThatCannotBeServers() async throws {
            let client = try await RealKernel.client()
            let hosts = [
                "192.0.2.10": ["224.0.0.1", "255.255.255.255", "0.0.0.0"],
                "2001:db8:113::10": ["ff02::1", "fe80::1", "::"],
            ]
            for (host, others) in hosts {
                let vip = try tcp(host, 443)
                try await client.newService(Service(vip, scheduler: .roundRobin))
                for other in others {
                    let operation = IPVS.Operation.newDestination(try direct(other), of: vip)
                    #expect(
                        try await client.apply([operation])
                            == [.invalid(.change(operation), words: "")],
                        "\(other)"
                    )
                }
            }
        }

        /// Why things are refused before they are sent: the kernel takes most of them.
        @Test func whatIsRefusedHere() async throws {
            let client = try await RealKernel.client()
            let vip = try tcp("192.0.2.10", 443)
            try await client.newService(Service(vip, scheduler: .roundRobin))
            func destination(_ edit: (inout Destination) -> Void) throws -> IPVS.Operation {
                var destination = try direct("10.0.0.1")
                edit(&destination)
                return .newDestination(destination, of: vip)
            }
            let other = try direct("10.0.0.1", 80)
            let table: [(IPVS.Operation, Errno?)] = [
                (.newService(Service(try tcp("192.0.2.11", 0), scheduler: .roundRobin)), nil),
                (
                    .newService(
                        Service(try tcp("192.0.2.12", 53), scheduler: .maglev, flags: .onePacket)
                    ), nil
                ),
                (.newDestination(other, of: vip), nil),
                (try destination { $0.forwarding = .unknown(7) }, nil),
                (try destination { $0.forwarding = .tunnel(Tunnel(.unknown(77))) }, nil),
                (try destination { $0.forwarding = .tunnel(Tunnel(.gre, port: 1)) }, nil),
                (try destination { $0.weight = 65_536 }, nil),
                (try destination { $0.weight = -1 }, .outOfRange),
                (
                    try destination {
                        $0.upperThreshold = 1
                        $0.lowerThreshold = 2
                    }, .outOfRange
                ),
                (try destination { $0.forwarding = .tunnel(Tunnel(.gue)) }, .invalid),
                (
                    .newDestination(try direct("2001:db8:a::1"), of: vip), .invalid
                ),
                (
                    .newService(
                        Service(
                            .mark(9, .v6),
                            scheduler: .maglev,
                            persistence: Persistence(timeout: 1, granularity: 0)
                        )
                    ), .invalid
                ),
                (.setTimeouts(Timeouts(tcp: 0, tcpFin: 0, udp: 0)), nil),
                (.setTimeouts(Timeouts(tcp: .max, tcpFin: 1, udp: 1)), .invalid),
            ]
            for (operation, errno) in table {
                #expect(operation.refusal != nil, "\(operation)")
                #expect(try await RealKernel.answer(to: operation) == errno, "\(operation)")
                if errno == nil, let place = operation.destination {
                    try await client.deleteDestination(place, of: vip)
                }
            }
        }

        @Test func aServiceOfAnUnnamedProtocolIsLeftOut() async throws {
            let client = try await RealKernel.client()
            let channel = NetlinkChannel(.generic)
            let family = try await channel.family(named: IPVSFamily.name)
            let service = Service(try tcp("192.0.2.10", 443), scheduler: .roundRobin)
            var message = Request.change(.newService(service)).message(family: family)
            // After the headers of message, service and family comes the protocol: 4 bytes of
            // `genlmsghdr`, 4 of the nest, 8 for the family, 4 of its own header.
            #expect(message.payload[20] == TransportProtocol.tcp.rawValue)
            message.payload[20] = 47
            #expect(try await channel.batch([message]) == [nil])
            #expect(try await client.services().isEmpty)
            try await client.newService(service)
            #expect(try await client.services().map(\.service) == [service])
        }
    }
}

/// What is said to a process that may not, and where there is no IPVS.
@Suite(.enabled(if: [.lacking, .namespaced, .absent].contains(RealKernel.state)))
struct RealIPVSRefusalTests {
    @Test func everythingIsRefusedForItsReason() async throws {
        let client = Client.live()
        let vip = try tcp("192.0.2.10", 443)
        let add = IPVS.Operation.newService(Service(vip, scheduler: .roundRobin))
        let attempts: [(Request, () async throws(IPVSError) -> Void)] = [
            (.services, { () async throws(IPVSError) in _ = try await client.services() }),
            (.info, { () async throws(IPVSError) in _ = try await client.info() }),
            (.daemons, { () async throws(IPVSError) in _ = try await client.daemons() }),
            (.change(add), { () async throws(IPVSError) in try await client.apply(add) }),
            (.change(.flush), { () async throws(IPVSError) in try await client.flush() }),
        ]
        for (request, attempt) in attempts {
            do throws(IPVSError) {
                try await attempt()
                Issue.record("\(request) was not refused")
            } catch {
                #expect(error.request == request)
                switch (RealKernel.state, error) {
                case (.lacking, .notPermitted(_, .lacking)), (.absent, .absent): break
                case (.namespaced, .notPermitted(_, .namespaced(let map))):
                    #expect(map.split(separator: " ").count.isMultiple(of: 3))
                default: Issue.record("\(error)")
                }
            }
        }
    }
}
