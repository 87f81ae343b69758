import IPVS
import Net
import Testing

/// What the kernel would take and could not mean is not sent.
@Suite struct RefusalTests {
    @Test func services() throws {
        let vip = try tcp("192.0.2.10", 443)
        let day = Persistence(timeout: 86_400, granularity: 32)
        func service(
            _ identity: ServiceIdentity,
            _ persistence: Persistence? = nil,
            engine: String? = nil
        ) -> Service {
            Service(identity, scheduler: .maglev, persistence: persistence, engine: engine)
        }
        let table: [(Service, Refusal?)] = [
            (service(vip), nil),
            (service(vip, day), nil),
            (service(.mark(1, .v4)), nil),
            (service(.mark(0, .v4)), .markZero),
            (service(try tcp("192.0.2.10", 0)), .everyPortWithoutPersistence),
            (service(try tcp("192.0.2.10", 0), day), nil),
            (
                service(vip, Persistence(timeout: 0, granularity: 32)),
                .persistenceTimeout(0)
            ),
            (service(vip, Persistence(timeout: 31 * 86_400, granularity: 32)), nil),
            (
                service(vip, Persistence(timeout: 31 * 86_400 + 1, granularity: 32)),
                .persistenceTimeout(31 * 86_400 + 1)
            ),
            (service(vip, Persistence(timeout: 1, granularity: 0)), nil),
            (service(vip, Persistence(timeout: 1, granularity: 33)), .granularity(33, .v4)),
            (service(vip, Persistence(timeout: 1, granularity: -1)), .granularity(-1, .v4)),
            (
                service(.mark(1, .v6), Persistence(timeout: 1, granularity: 0)),
                .granularity(0, .v6)
            ),
            (service(.mark(1, .v6), Persistence(timeout: 1, granularity: 128)), nil),
            (
                service(.mark(1, .v6), Persistence(timeout: 1, granularity: 129)),
                .granularity(129, .v6)
            ),
            (service(vip, day, engine: "sip"), nil),
            (service(vip, engine: "sip"), .engineWithoutPersistence("sip")),
            (service(vip, day, engine: ""), .engineName("")),
            (service(vip, day, engine: "a name too long"), .engineName("a name too long")),
        ]
        for (service, refusal) in table {
            #expect(IPVS.Operation.newService(service).refusal == refusal, "\(service)")
            #expect(IPVS.Operation.updateService(service).refusal == refusal, "\(service)")
        }
    }

    @Test func destinations() throws {
        let vip = try tcp("192.0.2.10", 443)
        let mark = ServiceIdentity.mark(7, .v4)
        let at443 = try endpoint("10.0.0.1", 443)
        let at80 = try endpoint("10.0.0.1", 80)
        let at0 = try endpoint("10.0.0.1", 0)
        let at443v6 = try endpoint("2001:db8::1", 443)
        func direct(_ weight: Int, upper: UInt32 = 0, lower: UInt32 = 0) -> Destination {
            Destination(
                at443,
                forwarding: .directRouting,
                weight: weight,
                upperThreshold: upper,
                lowerThreshold: lower
            )
        }
        func through(_ endpoint: Endpoint, _ forwarding: Forwarding) -> Destination {
            Destination(endpoint, forwarding: forwarding, weight: 1)
        }
        let big = UInt32(Int32.max)
        let table: [(Destination, ServiceIdentity, Refusal?)] = [
            (direct(0), vip, nil),
            (direct(65535), vip, nil),
            (direct(-1), vip, .weight(-1)),
            (direct(65536), vip, .weight(65536)),
            (direct(1, upper: 10, lower: 10), vip, nil),
            (direct(1, upper: 10, lower: 11), vip, .thresholds(upper: 10, lower: 11)),
            (direct(1, upper: 0, lower: 1), vip, .thresholds(upper: 0, lower: 1)),
            (direct(1, upper: big), vip, nil),
            (direct(1, upper: big + 1), vip, .thresholds(upper: big + 1, lower: 0)),
            (direct(1), .mark(0, .v4), .markZero),
            (through(at80, .directRouting), vip, .otherPort(80, service: 443)),
            (through(at80, .tunnel(.ipip)), vip, .otherPort(80, service: 443)),
            (through(at80, .local), vip, .otherPort(80, service: 443)),
            (through(at80, .bypass), vip, .otherPort(80, service: 443)),
            (through(at443, .local), vip, nil),
            (through(at80, .masquerade), vip, nil),
            (through(at80, .directRouting), mark, .otherPort(80, service: 0)),
            (through(at0, .directRouting), mark, nil),
            (through(at80, .masquerade), mark, nil),
            (through(at443v6, .tunnel(.ipip)), vip, nil),
            (through(at443v6, .directRouting), vip, .mixedFamilies(.v6, service: .v4)),
            (through(at443v6, .masquerade), vip, .mixedFamilies(.v6, service: .v4)),
            (through(at443, .unknown(7)), vip, .unknownForwarding),
            (through(at443, .tunnel(Tunnel(.unknown(77)))), vip, .unknownForwarding),
            (through(at443, .tunnel(Tunnel(.gue))), vip, .tunnelPort(0)),
            (through(at443, .tunnel(Tunnel(.gue, port: 6080))), vip, nil),
            (through(at443, .tunnel(Tunnel(.gre, port: 6080))), vip, .tunnelPort(6080)),
            (through(at443, .tunnel(Tunnel(.gre, flags: .checksum))), vip, nil),
            (
                through(at443, .tunnel(Tunnel(.gre, flags: .remoteChecksum))),
                vip,
                .tunnelFlags(.remoteChecksum)
            ),
            (
                through(at443, .tunnel(Tunnel(.ipip, flags: .checksum))),
                vip,
                .tunnelFlags(.checksum)
            ),
        ]
        for (destination, service, refusal) in table {
            let new = IPVS.Operation.newDestination(destination, of: service)
            #expect(new.refusal == refusal, "\(destination) of \(service)")
            let update = IPVS.Operation.updateDestination(destination, of: service)
            #expect(update.refusal == refusal, "\(destination) of \(service)")
        }
    }

    @Test func onePacketIsForUDP() throws {
        let host = try address("192.0.2.10")
        let table: [(ServiceIdentity, Refusal?)] = [
            (.address(host, .udp, 53), nil),
            (.address(host, .tcp, 53), .onePacketWithoutUDP(.tcp)),
            (.address(host, .sctp, 53), .onePacketWithoutUDP(.sctp)),
            // A mark may be on packets of any protocol.
            (.mark(1, .v4), nil),
        ]
        for (identity, refusal) in table {
            let service = Service(identity, scheduler: .roundRobin, flags: .onePacket)
            #expect(IPVS.Operation.newService(service).refusal == refusal, "\(identity)")
        }
    }

    @Test func daemons() throws {
        func daemon(
            _ name: String = "eth0",
            _ edit: (inout SyncDaemon) -> Void = { _ in }
        )
            -> SyncDaemon
        {
            var daemon = SyncDaemon(.master, interface: name)
            edit(&daemon)
            return daemon
        }
        let unicast = try address("192.0.2.1")
        let groups = [try address("224.0.0.81"), try address("ff02::81")]
        let table: [(SyncDaemon, Refusal?)] = [
            (daemon(), nil),
            (daemon("a23456789012345"), nil),
            (daemon("a234567890123456"), .interfaceName("a234567890123456")),
            (daemon(""), .interfaceName("")),
            (daemon("eth 0"), .interfaceName("eth 0")),
            (daemon(".."), .interfaceName("..")),
            (daemon("eth/0"), .interfaceName("eth/0")),
            (daemon { $0.identifier = 255 }, nil),
            (daemon { $0.identifier = 256 }, .daemonIdentifier(256)),
            (daemon { $0.group = groups[0] }, nil),
            (daemon { $0.group = groups[1] }, nil),
            (daemon { $0.group = unicast }, .daemonGroup(unicast)),
            (daemon { $0.port = 0 }, .daemonZero),
            (daemon { $0.timeToLive = 0 }, .daemonZero),
            (daemon { $0.maximumLength = 0 }, .daemonZero),
        ]
        for (daemon, refusal) in table {
            #expect(IPVS.Operation.startDaemon(daemon).refusal == refusal, "\(daemon)")
        }
        #expect(IPVS.Operation.stopDaemon(.backup).refusal == nil)
    }

    @Test func theRest() throws {
        let timeouts = Timeouts(tcp: 900, tcpFin: 0, udp: 300)
        #expect(IPVS.Operation.setTimeouts(timeouts).refusal == .timeoutZero)
        let long = Timeouts(tcp: 900, tcpFin: 120, udp: 3_000_000)
        #expect(IPVS.Operation.setTimeouts(long).refusal == .timeout(3_000_000))
        #expect(IPVS.Operation.deleteService(.mark(0, .v6)).refusal == .markZero)
        #expect(IPVS.Operation.zero(.mark(0, .v6)).refusal == .markZero)
        #expect(IPVS.Operation.zero(nil).refusal == nil)
        #expect(IPVS.Operation.flush.refusal == nil)
    }
}
