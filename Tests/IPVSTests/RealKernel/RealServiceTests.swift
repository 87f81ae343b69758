import IPVS
import Net
import Testing

extension RealIPVSTests {
    /// Services, as the kernel gives them back.
    @Suite struct Services {
        /// One of every protocol and family, and the same mark in both.
        private func identities() throws -> [ServiceIdentity] {
            let hosts = [try address("192.0.2.10"), try address("2001:db8:113::10")]
            return hosts.flatMap { host in
                TransportProtocol.allCases.map { .address(host, $0, 443) }
            } + [.mark(1, .v4), .mark(1, .v6), .mark(.max, .v4)]
        }

        @Test func everyIdentity() async throws {
            let client = try await RealKernel.client()
            let services = try identities().map { Service($0, scheduler: .roundRobin) }
            for service in services {
                #expect(try await !client.isServicePresent(service.identity))
                try await client.newService(service)
                #expect(try await client.service(service.identity).service == service)
                #expect(try await client.destinations(of: service.identity).isEmpty)
            }
            let seen = try await client.services()
            #expect(Set(seen.map(\.service)) == Set(services))
            #expect(seen.count == services.count)
            try await client.deleteService(services[0].identity)
            #expect(try await !client.isServicePresent(services[0].identity))
            #expect(try await client.services().count == services.count - 1)
            try await client.flush()
            #expect(try await client.table() == Table())
        }

        @Test func everyScheduler() async throws {
            let client = try await RealKernel.client()
            let schedulers = try RealKernel.schedulers() + [.none]
            #expect(schedulers.contains(.maglev))
            #expect(schedulers.count > 10)
            for (number, scheduler) in schedulers.enumerated() {
                let service = Service(.mark(UInt32(number) + 1, .v4), scheduler: scheduler)
                try await client.newService(service)
                #expect(try await client.service(service.identity).service == service)
            }
            // From each to the next on a service with a destination, which stays.
            let vip = try tcp("192.0.2.10", 443)
            let place = Destination(try endpoint("10.0.0.1", 443), forwarding: .local, weight: 1)
            try await client.newService(Service(vip, scheduler: .none))
            try await client.newDestination(place, of: vip)
            for scheduler in schedulers {
                let service = Service(vip, scheduler: scheduler)
                try await client.updateService(service)
                #expect(try await client.service(vip).service == service)
                #expect(try await client.destinations(of: vip).map(\.destination) == [place])
            }
        }

        @Test func everyFlag() async throws {
            let client = try await RealKernel.client()
            let all: [ServiceFlags] = [.onePacket, .fallback, .port, .third]
            let identity = ServiceIdentity.address(try address("192.0.2.10"), .udp, 53)
            for scheduler in [Scheduler.maglev, .sourceHashing] {
                try await client.newService(Service(identity, scheduler: scheduler))
                for bits in (0..<16).reversed() {
                    let flags = all.indices.filter { bits & (1 << $0) != 0 }
                        .reduce(into: ServiceFlags()) { $0.insert(all[$1]) }
                    let service = Service(identity, scheduler: scheduler, flags: flags)
                    try await client.updateService(service)
                    #expect(try await client.service(identity).service == service)
                    let names = flags.names(scheduler: scheduler)
                    #expect(names.contains("\(scheduler)-port") == flags.contains(.port))
                }
                try await client.deleteService(identity)
            }
        }

        @Test func persistence() async throws {
            let client = try await RealKernel.client()
            let bounds = IPVSLimits.persistence
            let lengths: [(AddressFamily, [Int])] = [(.v4, [0, 1, 24, 32]), (.v6, [1, 64, 128])]
            for (family, lengths) in lengths {
                let every = ServiceIdentity.address(
                    try address(family == .v4 ? "192.0.2.10" : "2001:db8:113::10"),
                    .tcp,
                    0
                )
                for identity in [every, .mark(7, family)] {
                    var isNew = true
                    for length in lengths {
                        for timeout in [bounds.lowerBound, 300, bounds.upperBound] {
                            let service = Service(
                                identity,
                                scheduler: .weightedLeastConnection,
                                persistence: Persistence(timeout: timeout, granularity: length)
                            )
                            try await client.apply(
                                isNew ? .newService(service) : .updateService(service)
                            )
                            isNew = false
                            #expect(try await client.service(identity).service == service)
                        }
                    }
                }
                // Persistence can be taken away again where the port is not "every port".
                let plain = Service(.mark(7, family), scheduler: .roundRobin)
                try await client.updateService(plain)
                #expect(try await client.service(plain.identity).service == plain)
            }
        }

        @Test func persistenceEngine() async throws {
            let client = try await RealKernel.client()
            for text in ["192.0.2.10", "2001:db8:113::10"] {
                var service = Service(
                    .address(try address(text), .udp, 5060),
                    scheduler: .roundRobin,
                    persistence: Persistence(
                        timeout: 60,
                        granularity: text.contains(":") ? 64 : 24
                    ),
                    engine: "sip"
                )
                try await client.newService(service)
                #expect(try await client.service(service.identity).service == service)
                service.engine = nil
                try await client.updateService(service)
                #expect(try await client.service(service.identity).service == service)
            }
        }

        @Test func settings() async throws {
            let client = try await RealKernel.client()
            let info = try await client.info()
            #expect(info.versionText == "1.2.1")
            #expect(info.connectionTableSize.nonzeroBitCount == 1)
            let before = try await client.timeouts()
            let most = IPVSLimits.timeout.upperBound
            for changed in [
                Timeouts(tcp: 1, tcpFin: 2, udp: 3), Timeouts(tcp: most, tcpFin: most, udp: most),
                before,
            ] {
                try await client.setTimeouts(changed)
                #expect(try await client.timeouts() == changed)
            }
        }
    }
}
