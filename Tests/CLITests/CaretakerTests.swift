import Core
import IPVS
import Net
import Testing
import penstock

/// What `penstock care` does, as a function of what it sees.
@Suite struct CaretakerTests {
    static let identity = ServiceIdentity.address(IPAddress(v4: 0xc000_0201), .tcp, 80)
    static let service = Service(identity, scheduler: .roundRobin)

    static func server(_ last: UInt32, weight: Int = 1) -> Destination {
        Destination(
            Endpoint(IPAddress(v4: 0x0a00_0000 + last), 80),
            forwarding: .directRouting,
            weight: weight
        )
    }

    static func held(
        _ service: Service = service,
        _ servers: [(Destination, active: UInt32, inactive: UInt32)] = []
    ) -> IPVS.Table.Entry {
        IPVS.Table.Entry(
            ObservedService(service, Statistics()),
            servers.map {
                ObservedDestination(
                    $0.0,
                    Connections(active: $0.active, inactive: $0.inactive),
                    Statistics()
                )
            }
        )
    }

    static func caretaker(
        _ service: Service = service,
        judged: Bool?,
        at: Moment = .zero
    ) -> Caretaker {
        var caretaker = Caretaker(
            service,
            [server(1, weight: 5)],
            rise: 1,
            fall: 1,
            removeAfter: .seconds(60)
        )
        if let judged {
            let outcome = Outcome(judged ? .l4ok : .l4connection)
            _ = caretaker.probed(server(1).endpoint, outcome, now: at)
        }
        return caretaker
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var judged: Bool?
        var seen: (Destination, active: UInt32, inactive: UInt32)?
        var after: Duration = .zero
        var expected: [String]
        let testDescription: String
    }

    /// One server: what the checks say, what the kernel has, how long ago it failed, what is done.
    @Test(arguments: [
        Row(judged: nil, seen: nil, expected: [], testDescription: "not judged, not there"),
        Row(
            judged: nil,
            seen: (server(1, weight: 5), 3, 0),
            expected: [],
            testDescription: "not judged, left by an earlier run"
        ),
        Row(
            judged: true,
            seen: nil,
            expected: ["-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5"],
            testDescription: "passes, not there"
        ),
        Row(
            judged: true,
            seen: (server(1, weight: 5), 3, 0),
            expected: [],
            testDescription: "passes, as it should be"
        ),
        Row(
            judged: true,
            seen: (server(1, weight: 0), 3, 0),
            expected: ["-e -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5"],
            testDescription: "passes again"
        ),
        Row(judged: false, seen: nil, expected: [], testDescription: "fails, not there"),
        Row(
            judged: false,
            seen: (server(1, weight: 5), 0, 0),
            expected: ["-e -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0"],
            testDescription: "fails, at its weight"
        ),
        Row(
            judged: false,
            seen: (server(1, weight: 0), 3, 0),
            after: .seconds(59),
            expected: [],
            testDescription: "fails, with connections"
        ),
        Row(
            judged: false,
            seen: (server(1, weight: 0), 0, 9),
            expected: ["-d -t 192.0.2.1:80 -r 10.0.0.1:80"],
            testDescription: "fails, and its connections have ended"
        ),
        Row(
            judged: false,
            seen: (server(1, weight: 0), 3, 0),
            after: .seconds(60),
            expected: ["-d -t 192.0.2.1:80 -r 10.0.0.1:80"],
            testDescription: "fails, and its time is up"
        ),
    ])
    func decidesAboutAServer(row: Row) throws {
        let caretaker = Self.caretaker(judged: row.judged)
        let held = Self.held(Self.service, row.seen.map { [$0] } ?? [])
        let steps = caretaker.steps(held: held, now: .zero + row.after)
        #expect(try steps.map { try $0.operation.rule } == row.expected)
        #expect(steps.allSatisfy { !$0.words.isEmpty })
    }

    @Test func setsTheServiceUpAndRight() throws {
        let caretaker = Self.caretaker(judged: nil)
        let added = caretaker.steps(held: nil, now: .zero)
        #expect(added.map(\.operation) == [.newService(Self.service)])
        let other = Service(Self.identity, scheduler: .maglev)
        let changed = caretaker.steps(held: Self.held(other), now: .zero)
        #expect(changed.map(\.operation) == [.updateService(Self.service)])
    }

    @Test func keepsThePlaceOfAFailedServerWithMaglev() {
        let service = Service(Self.identity, scheduler: .maglev)
        let caretaker = Self.caretaker(service, judged: false)
        let held = Self.held(service, [(Self.server(1, weight: 0), 0, 0)])
        #expect(caretaker.steps(held: held, now: .zero + .seconds(999)).isEmpty)
    }

    @Test func waitsForInactiveConnectionsOfUDP() {
        let service = Service(
            .address(IPAddress(v4: 0xc000_0201), .udp, 80),
            scheduler: .roundRobin
        )
        let caretaker = Self.caretaker(service, judged: false)
        let busy = Self.held(service, [(Self.server(1, weight: 0), 0, 1)])
        #expect(caretaker.steps(held: busy, now: .zero).isEmpty)
        let quiet = Self.held(service, [(Self.server(1, weight: 0), 0, 0)])
        #expect(caretaker.steps(held: quiet, now: .zero).count == 1)
    }

    @Test func countsRiseAndFall() {
        var caretaker = Caretaker(
            Self.service,
            [Self.server(1)],
            rise: 2,
            fall: 3,
            removeAfter: .seconds(60)
        )
        let endpoint = Self.server(1).endpoint
        func probe(_ codes: [Outcome.Code]) -> [Bool] {
            codes.map { caretaker.probed(endpoint, Outcome($0), now: .zero) }
        }
        #expect(probe([.l4ok, .l4ok, .l4ok]) == [false, true, false])
        #expect(
            probe([.l4timeout, .socketError, .l4timeout, .l4timeout]) == [
                false, false, false, true,
            ]
        )
        #expect(caretaker.isUp(endpoint) == false)
        #expect(probe([.l4ok, .l4ok]) == [false, true])
        // The time of an earlier failure is forgotten.
        #expect(probe([.l4timeout, .l4timeout, .l4timeout]) == [false, false, true])
        let isStranger = caretaker.probed(Self.server(9).endpoint, Outcome(.l4ok), now: .zero)
        #expect(!isStranger)
    }

    @Test func leavesServersOfOthersAlone() throws {
        let caretaker = Self.caretaker(judged: true)
        let own = (Self.server(1, weight: 5), active: UInt32(0), inactive: UInt32(0))
        let foreign = (Self.server(7), active: UInt32(0), inactive: UInt32(0))
        let held = Self.held(Self.service, [own, foreign])
        #expect(caretaker.steps(held: held, now: .zero).isEmpty)
        #expect(
            caretaker.cleaning(held: held).map(\.operation) == [
                .deleteDestination(own.0.endpoint, of: Self.identity)
            ]
        )
        let alone = caretaker.cleaning(held: Self.held(Self.service, [own]))
        #expect(alone.map(\.operation) == [.deleteService(Self.identity)])
        #expect(caretaker.cleaning(held: nil).isEmpty)
    }
}

@Suite struct CareOptionsTests {
    @Test(arguments: [
        ("10.0.0.1:80", 1), ("10.0.0.1:80@5", 5), ("[2001:db8::1]:80@65535", 65535),
    ])
    func readsServers(argument: String, weight: Int) throws {
        let server = try #require(CareServer(argument: argument))
        #expect(server.weight == weight)
        #expect(argument.hasPrefix("\(server.endpoint)"))
    }

    @Test(arguments: [
        "", "10.0.0.1", "10.0.0.1:80@", "10.0.0.1:80@0", "10.0.0.1:80@65536",
        "10.0.0.1:80@+5", "10.0.0.1:80@5@6", "web:80",
    ])
    func refusesServers(argument: String) { #expect(CareServer(argument: argument) == nil) }

    @Test func readsAddressesAndLinks() {
        #expect(CareAddress(argument: "192.0.2.1:80") != nil)
        #expect(CareAddress(argument: "192.0.2.1") == nil)
        #expect(CareInterface(argument: "none") == CareInterface.none)
        #expect(CareInterface(argument: "vip0") != nil)
        #expect(CareInterface(argument: "vip 0") == nil)
    }
}

@Suite struct ComplaintTests {
    @Test func saysWhatIsNewWhatLastsAndWhatIsOver() {
        var complaint = Complaint()
        func isDue(_ error: IPVSError?) -> Bool { complaint.isDue(error) }
        #expect(!isDue(nil))
        let error = IPVSError.absent(.services)
        #expect(isDue(error))
        let again = (0..<Complaint.reminder * 2).map { _ in isDue(error) }
        #expect(again.count { $0 } == 2)
        #expect(again.last == true)
        #expect(isDue(.restless(.services)))
        #expect(isDue(nil))
        #expect(!isDue(nil))
    }
}
