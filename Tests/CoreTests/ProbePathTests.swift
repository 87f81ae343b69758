import Core
import Net
import Testing

/// The way of a probe through IPVS, and the marks there are for such ways.
@Suite struct ProbePathTests {
    private static let vip = IPAddress(v4: 0xcb00_710a)
    private let backend = Backend(Endpoint(IPAddress(v4: 0x0a14_000b), 80))

    private func service(_ forwarding: Forwarding, _ check: Check) throws -> VirtualService {
        let service = VirtualService(
            name: try Name(parsing: "http"),
            id: ServiceID(.tcp, 8080),
            forwarding: forwarding,
            checks: [NamedCheck(name: "c", check)],
            backends: [backend]
        )
        let vip = VIP(name: try Name(parsing: "web"), address: Self.vip, services: [service])
        return vip.services[0]
    }

    /// Where a probe goes, and by which destination of its own service it gets to the server.
    @Test(
        arguments: [
            (Forwarding.directRouting, nil, "203.0.113.10:8080", "10.20.0.11:0"),
            (.tunnel, nil, "203.0.113.10:8080", "10.20.0.11:0"),
            (.masquerade, nil, "203.0.113.10:8080", "10.20.0.11:80"),
            (.directRouting, 81, "203.0.113.10:81", "10.20.0.11:0"),
            (.masquerade, 81, "203.0.113.10:81", "10.20.0.11:81"),
        ] as [(Forwarding, Port?, String, String)]
    )
    func goesToTheVIP(
        forwarding: Forwarding,
        port: Port?,
        endpoint: String,
        destination: String
    ) throws {
        let check = Check(method: .tcp, port: port, via: .vip)
        let target = try service(forwarding, check).target(of: check, for: backend)
        #expect("\(target.endpoint)" == endpoint)
        #expect(target.path.map { "\($0.endpoint)" } == destination)
        #expect(target.path?.forwarding == forwarding)
        #expect(target.host == backend.endpoint.address)
    }

    @Test func aPlainCheckHasNoWayOfItsOwn() throws {
        let check = Check(method: .tcp)
        let target = try service(.directRouting, check).target(of: check, for: backend)
        #expect(target == check.target(for: backend))
        #expect(target.path == nil && target.host == backend.endpoint.address)
        #expect("\(target)" == "10.20.0.11:80")
    }

    @Test func theWayIsPartOfWhatIsProbed() {
        let endpoint = Endpoint(Self.vip, 80)
        let check = Check(method: .tcp, via: .vip)
        let server = backend.endpoint.address
        let other = IPAddress(v4: 0x0a14_000c)
        let targets: [ProbeTarget] = [
            ProbeTarget(endpoint: endpoint, check: check),
            ProbeTarget(endpoint: endpoint, check: check, path: path(server, .directRouting)),
            ProbeTarget(endpoint: endpoint, check: check, path: path(server, .tunnel)),
            ProbeTarget(endpoint: endpoint, check: check, path: path(other, .directRouting)),
            ProbeTarget(service: endpoint, check: check, anyLike: server),
            ProbeTarget(service: endpoint, check: check, anyLike: other),
        ]
        #expect(Set(targets).count == targets.count)
        let again = ProbeTarget(endpoint: endpoint, check: check, path: path(server, .tunnel))
        #expect(again == targets[2] && again.hashValue == targets[2].hashValue)
        #expect("\(again)" == "10.20.0.11 by tun through 203.0.113.10:80")
        #expect("\(targets[4])" == "the service at 203.0.113.10:80")
    }

    @Test func whatIsSentKeepsItsWay() {
        let origin = ProbeOrigin(v4: IPAddress(v4: 7), mark: 9)
        let way = path(backend.endpoint.address, .tunnel)
        let target = ProbeTarget(
            endpoint: Endpoint(Self.vip, 80),
            check: Check(method: .tcp, via: .vip),
            path: way
        )
        let sent = target.sent(from: origin)
        #expect(sent.check.origin == origin && sent.path == way && sent != target)
    }

    private func path(_ server: IPAddress, _ forwarding: Forwarding) -> ProbePath {
        ProbePath(to: server, port: 80, by: forwarding)
    }

    /// A service that is exactly ours is read back, and one that differs in anything is not.
    @Test(arguments: Forwarding.allCases)
    func isKnownByItsForm(forwarding: Forwarding) {
        let path = path(backend.endpoint.address, forwarding)
        #expect(ProbePath(path.slice) == path)
        let changes: [(inout ServiceSlice) -> Void] = [
            { $0.destinations[path.endpoint]?.weight = 1 },
            { $0.destinations[path.endpoint]?.forwarding = nil },
            { $0.destinations[path.endpoint] = nil },
            { slice in
                slice.destinations[Endpoint(IPAddress(v4: 9), 0)] = DestinationSlice(
                    forwarding: forwarding,
                    weight: ProbePath.weight
                )
            },
            { $0.scheduling = nil },
            { $0.scheduling?.scheduler = .wrr },
            { $0.scheduling?.flags = forwarding.keepsPort ? [] : [.onePacket] },
        ]
        for change in changes {
            var slice = path.slice
            change(&slice)
            #expect(ProbePath(slice) == nil)
        }
    }

    @Test func aRangeIsItsOwnMarksAndNoOthers() {
        let range = MarkRange(from: 0x4000)
        #expect(!range.contains(0x3fff) && range.contains(0x4000))
        #expect(range.last == 0x7fff)
        #expect(range.contains(0x7fff) && !range.contains(0x8000))
        #expect(MarkRange.usual.first == 0x5000_0000)
    }

    /// What stands for a VIP before it is announced, and what does not.
    @Test(
        arguments: [
            ([Check(method: .http(HTTPExpectation()))], TransportProtocol.tcp, true),
            ([Check(method: .tcp, port: 9)], .tcp, true),
            ([Check(method: .icmp(size: 56))], .tcp, true),
            ([], .tcp, true),
            ([Check(method: .tcp)], .udp, false),
            ([Check(method: .datagram(Dialogue(sent: [7])))], .udp, true),
            ([Check(method: .datagram(Dialogue(sent: [7])), port: 9)], .udp, false),
            ([Check(method: .dns(DNSExpectation(name: "a", type: .a)))], .udp, true),
            ([Check(method: .tcp)], .sctp, false),
        ] as [([Check], TransportProtocol, Bool)]
    )
    func asksWhatTheServiceSpeaks(
        checks: [Check],
        transport: TransportProtocol,
        isAsked: Bool
    ) throws {
        let service = VirtualService(
            name: try Name(parsing: "s"),
            id: ServiceID(transport, 53),
            checks: checks.map { NamedCheck(name: "c", $0) },
            backends: [backend]
        )
        var vip = VIP(name: try Name(parsing: "v"), address: Self.vip, services: [service])
        #expect(vip.selfCheck.isEmpty)
        vip.hasSelfCheck = true
        #expect(vip.selfCheck.count == (isAsked ? 1 : 0))
        guard let target = vip.selfCheck.first?.target else { return }
        #expect(target.endpoint == Endpoint(Self.vip, 53))
        #expect(target.path == nil && target.check.origin.mark == nil && target.check.via == .vip)
        #expect(target.host == backend.endpoint.address)
    }
}
