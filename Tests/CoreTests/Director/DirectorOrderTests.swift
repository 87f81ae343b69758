import Core
import Net
import TestSupport
import Testing

/// What is handed out while other changes are still on their way.
@Suite struct DirectorOrderTests {
    private static let address = IPAddress(v4: 0xcb00_710a)
    private static let key = ServiceKey(address, ServiceID(.tcp, 80))
    private static let prefix = Prefix(host: address)

    private static func intent(_ vips: [VIP]) throws -> Intent {
        Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(
                asn: 65_001,
                ownedPrefixes: [try Prefix(parsing: "203.0.113.0/24")]
            ),
            ipvs: IPVSPolicy(settings: .ignore),
            vips: vips
        )
    }

    /// A VIP without checks, whose one server counts as up.
    private static func vip() throws -> VIP {
        VIP(
            name: try Name(parsing: "web"),
            address: address,
            holdUp: .zero,
            services: [
                VirtualService(
                    name: try Name(parsing: "http"),
                    id: key.id,
                    checks: [],
                    backends: [Backend(Endpoint(IPAddress(v4: 0x0a14_000b), 80))]
                )
            ]
        )
    }

    private static var table: IPVSFacts {
        var facts = IPVSFacts(services: [:])
        facts.services[key] = ObservedService(
            slice: ServiceSlice(
                scheduling: Scheduling(),
                destinations: [
                    Endpoint(IPAddress(v4: 0x0a14_000b), 80): DestinationSlice(
                        forwarding: .directRouting,
                        weight: 1
                    )
                ]
            )
        )
        return facts
    }

    private static func routes(announced: Bool) -> RoutingFacts {
        var facts = BGPFacts(peers: [Peer(id: "192.0.2.1", asn: 65_000, state: "Established")])
        guard announced else { return RoutingFacts(facts) }
        facts.announced = [prefix: Announcement()]
        facts.sentTo = [prefix: ["192.0.2.1"]]
        return RoutingFacts(facts)
    }

    private func at(_ seconds: Double) -> Moment { Moment(nanoseconds: Int64(seconds * 1e9)) }

    private func changes(_ assignments: [Director.Assignment]) -> [Change] {
        assignments.flatMap { assignment -> [Change] in
            if case .apply(_, let changes) = assignment { changes } else { [] }
        }
    }

    /// Sees everything once, with the VIP's service in the table.
    private func begin(_ vips: [VIP], announced: Bool) throws -> Director {
        var director = Director(intent: try Self.intent(vips), now: at(0))
        _ = director.work(at: at(0))
        director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(0))
        director.saw(Self.table, at: at(0))
        director.saw(Self.routes(announced: announced), at: at(0))
        return director
    }

    @Test func nothingToDoIsNothingDone() throws {
        var director = try begin([try Self.vip()], announced: true)
        #expect(changes(director.work(at: at(0))).isEmpty)
    }

    /// It leaves the configuration, its service is on the way out, and it comes back: it must not
    /// be announced on what is about to vanish.
    @Test func whatIsBeingTakenAwayCarriesNoAnnouncement() throws {
        var director = try begin([], announced: false)
        var handedOut: [Change] = []
        // Looked at until it counts as quiet and its service is taken away.
        for second in 1...30 where !handedOut.contains(.removeService(Self.key)) {
            director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(Double(second)))
            director.saw(Self.table, at: at(Double(second)))
            director.saw(Self.routes(announced: false), at: at(Double(second)))
            handedOut += changes(director.work(at: at(Double(second))))
        }
        #expect(handedOut.contains(.removeService(Self.key)))
        director.asked(for: .reload(try Self.intent([try Self.vip()])), at: at(31))
        #expect(!changes(director.work(at: at(31))).contains(.announce(Self.address)))
    }

    /// The address is what tells that a service is ours, so it stays until that is seen gone.
    @Test func anAddressWaitsForTheEndOfItsServices() throws {
        var director = try begin([], announced: false)
        var handedOut: [Change] = []
        for second in 1...30 where !handedOut.contains(.removeService(Self.key)) {
            director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(Double(second)))
            director.saw(Self.table, at: at(Double(second)))
            director.saw(Self.routes(announced: false), at: at(Double(second)))
            handedOut += changes(director.work(at: at(Double(second))))
        }
        #expect(handedOut.contains(.removeService(Self.key)))
        director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(31))
        // Whatever makes it decide again.
        director.asked(for: .drain(reason: ""), at: at(31))
        #expect(!changes(director.work(at: at(31))).contains(.unbind(Self.address)))
        director.applied([(.removeService(Self.key), .success(()))], to: .ipvs, at: at(32))
        director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(32))
        #expect(changes(director.work(at: at(32))).contains(.unbind(Self.address)))
    }

    /// An announcement is on its way to a bgpd that hangs, and the VIP leaves the configuration:
    /// nothing under it goes before the route is seen gone.
    @Test func anAnnouncementOnItsWayMayBeOut() throws {
        var director = try begin([try Self.vip()], announced: false)
        #expect(changes(director.work(at: at(0))) == [.announce(Self.address)])
        director.asked(for: .reload(try Self.intent([])), at: at(1))
        for second in 2...90 {
            director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(Double(second)))
            director.saw(Self.table, at: at(Double(second)))
            #expect(changes(director.work(at: at(Double(second)))).isEmpty, "after \(second) s")
        }
    }

    /// A service whose scheduler is missing fails for ever; the withdrawal of its VIP and the
    /// weight of a server that died go out in the same turn all the same.
    @Test func whatFailsForEverHoldsBackNothingElse() throws {
        let server = Endpoint(IPAddress(v4: 0x0a14_000b), 80)
        let check = Check(method: .tcp, rise: 1, fall: 1)
        var vip = try Self.vip()
        vip.services[0].checks = [NamedCheck(name: "tcp", check)]
        var other = vip.services[0]
        other.name = try Name(parsing: "other")
        other.id = ServiceID(.tcp, 81)
        other.gates = false
        other.checks = []
        other.backends = [Backend(Endpoint(server.address, 81))]
        vip.services.append(other)
        var director = try begin([vip], announced: true)
        let target = ProbeTarget(endpoint: server, check: check)
        director.probed(target, Outcome(.l4ok), at: at(0))

        let fault = Fault(code: "K302", summary: "no such scheduler")
        for second in 0..<20 {
            let now = at(Double(second))
            for assignment in director.work(at: now) {
                guard case .apply(let post, let changes) = assignment else { continue }
                let results = changes.map {
                    (change: $0, result: Result<Void, Fault>.failure(fault))
                }
                director.applied(results, to: post, at: now)
            }
            director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: now)
            director.saw(Self.table, at: now)
            director.saw(Self.routes(announced: true), at: now)
        }
        _ = director.work(at: at(20))
        director.probed(target, Outcome(.l4connection), at: at(20))
        let handedOut = changes(director.work(at: at(20)))
        #expect(handedOut.contains(.withdraw(Self.address)))
        #expect(
            handedOut.contains(
                .updateDestination(Self.key, server, .directRouting, weight: 0)
            )
        )
    }

    /// Of a server found without weight nothing is believed: it may have been drained.
    @Test func aServerFoundWithoutWeightSpeaksAgainstNothing() throws {
        var vip = try Self.vip()
        vip.services[0].checks = [NamedCheck(name: "tcp", Check(method: .tcp))]
        var director = Director(intent: try Self.intent([vip]), now: at(0))
        var table = Self.table
        let server = Endpoint(IPAddress(v4: 0x0a14_000b), 80)
        table.services[Self.key]?.slice.destinations[server]?.weight = 0
        _ = director.work(at: at(0))
        director.saw(LinkFacts(addresses: [Self.address], isUp: true), at: at(0))
        director.saw(table, at: at(0))
        director.saw(Self.routes(announced: true), at: at(0))
        #expect(changes(director.work(at: at(0))).isEmpty)
    }

    /// The table cannot be seen, so nobody knows whether it is quiet: only the deadline ends it.
    @Test func aDrainIsNotQuietWhileTheTableCannotBeSeen() throws {
        var director = try begin([try Self.vip()], announced: false)
        for second in 1...10 { director.saw(Self.table, at: at(Double(second))) }
        director.couldNotSee(.ipvs, Fault(code: "K303", summary: "lost"), at: at(11))
        director.asked(for: .drain(reason: ""), at: at(11))
        for second in 11...40 {
            director.saw(Self.routes(announced: false), at: at(Double(second)))
            _ = director.work(at: at(Double(second)))
        }
        guard case .draining = director.node else {
            Issue.record("it ended as \(director.node)")
            return
        }
        for second in 41...90 {
            director.saw(Self.routes(announced: false), at: at(Double(second)))
            _ = director.work(at: at(Double(second)))
        }
        guard case .drained(_, .deadline) = director.node else {
            Issue.record("it is \(director.node)")
            return
        }
    }
}
