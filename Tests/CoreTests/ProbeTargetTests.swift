import Core
import Net
import Testing

/// When two services share one probe.
@Suite struct ProbeTargetTests {
    private let backend = Backend(.numbered(1), weight: 5, admin: .drain, note: "disk swap")

    @Test func whatOnlyOneServiceKnowsIsNoPartOfIt() {
        let check = Check(method: .http(HTTPExpectation(path: "/ready")))
        let one = NamedCheck(name: "web-ready", check)
        let other = NamedCheck(name: "inline", check)
        let plain = Backend(backend.endpoint)
        #expect(one != other)
        #expect(one.check.target(for: backend) == other.check.target(for: plain))
    }

    @Test func thePortIsResolved() {
        var check = Check(method: .tcp)
        #expect(check.target(for: backend).endpoint.port == 80)
        check.port = 8080
        let target = check.target(for: backend)
        #expect(target.endpoint == Endpoint(backend.endpoint.address, 8080))
        #expect(target.check.port == nil)
    }

    @Test func aPortSaidAndAPortMeantAreTheSameProbe() {
        let meant = Check(method: .tcp)
        var said = meant
        said.port = 80
        #expect(meant.target(for: backend) == said.target(for: backend))
        #expect(Set([meant.target(for: backend), said.target(for: backend)]).count == 1)
    }

    @Test func whateverChangesTheResultMakesAnother() {
        let check = Check(method: .http(HTTPExpectation()))
        let changes: [(inout Check) -> Void] = [
            { $0.method = .tcp },
            { $0.method = .http(HTTPExpectation(path: "/other")) },
            { $0.method = .http(HTTPExpectation(host: "example.org")) },
            { $0.method = .http(HTTPExpectation(statuses: [200...200])) },
            { $0.port = 81 },
            { $0.every = .seconds(3) },
            { $0.fastEvery = .seconds(1) },
            { $0.timeout = .seconds(3) },
            { $0.rise = 7 },
            { $0.fall = 7 },
            { $0.origin.mark = 7 },
            { $0.origin.v4 = IPAddress(v4: 7) },
            { $0.method = .http(HTTPExpectation(method: .head)) },
            { $0.method = .http(HTTPExpectation(body: .containing([7]))) },
            { $0.method = .http(HTTPExpectation(fields: [.init("a", "b")])) },
            { $0.method = .conversation(Dialogue(sent: [7])) },
            { $0.method = .datagram(Dialogue(sent: [7])) },
            { $0.method = .dns(DNSExpectation(name: "a", type: .a)) },
        ]
        var targets = [check.target(for: backend)]
        for change in changes {
            var changed = check
            change(&changed)
            targets.append(changed.target(for: backend))
        }
        #expect(Set(targets).count == changes.count + 1)
    }

    @Test(arguments: [(199, false), (200, true), (299, true), (300, false), (404, true)])
    func acceptsTheRangesGiven(status: Int, accepted: Bool) {
        let expectation = HTTPExpectation(statuses: [200...299, 404...404])
        #expect(expectation.accepts(status: status) == accepted)
    }

    @Test func onlyWhatIsConnectedCanBeWatched() {
        #expect(Check.Method.tcp.isConnected)
        #expect(Check.Method.conversation(Dialogue(expected: [7])).isConnected)
        #expect(Check.Method.http(HTTPExpectation()).isConnected)
        #expect(!Check.Method.datagram(Dialogue(sent: [7])).isConnected)
        #expect(!Check.Method.dns(DNSExpectation(name: "a", type: .a)).isConnected)
        #expect(Check.Method.dns(DNSExpectation(name: "a", type: .a, transport: .tcp)).isConnected)
    }

    @Test func aSourceIsOfTheServersFamily() {
        let origin = ProbeOrigin(v4: IPAddress(v4: 7), mark: 7)
        #expect(origin.source(for: .v4) == IPAddress(v4: 7))
        #expect(origin.source(for: .v6) == nil)
    }
}
