import Core
import Net
import TestSupport
import Testing

/// Several speakers: each seen by itself, and a VIP that moves from one to the other.
@Suite struct DirectorSpeakersTests {
    private static let names = (first: Speaker.usualName, second: name("blue"))
    private static let addresses = [IPAddress(v4: 0xcb00_710a), IPAddress(v4: 0xcb00_710b)]
    private static let server = Endpoint(IPAddress(v4: 0x0a14_000b), 80)
    private static let outage = Fault(code: "F104", summary: "outage")
    private static let id = ServiceID(.tcp, 80)

    private static func name(_ text: String) -> Name {
        do {
            return try Name(parsing: text)
        } catch {
            preconditionFailure("\(text) is no name")
        }
    }

    /// Two VIPs without checks, one at each speaker unless said otherwise.
    private static func intent(second: Name = names.second) throws -> Intent {
        let vips = [names.first, second].enumerated().map { index, speaker in
            VIP(
                name: name("vip-\(index)"),
                address: addresses[index],
                holdUp: .zero,
                speaker: speaker,
                services: [
                    VirtualService(
                        name: name("http"),
                        id: id,
                        checks: [],
                        backends: [Backend(server)]
                    )
                ]
            )
        }
        return Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(
                speaker: Speaker(asn: 65_001),
                others: [Speaker(name: names.second, asn: 65_002, vrf: "blue")],
                ownedPrefixes: [try Prefix(parsing: "203.0.113.0/24")]
            ),
            ipvs: IPVSPolicy(settings: .ignore),
            drain: DrainPolicy(announce: .none),
            vips: vips
        )
    }

    private static func facts(_ announced: [IPAddress], unused: Set<String> = []) -> BGPFacts {
        var facts = BGPFacts(peers: [Peer(id: "192.0.2.1", asn: 65_000, state: "Established")])
        for address in announced {
            facts.announced[Prefix(host: address)] = Announcement()
            facts.sentTo[Prefix(host: address)] = ["192.0.2.1"]
        }
        facts.unusedRouteMaps = unused
        return facts
    }

    private static func look(
        _ first: Result<BGPFacts, Fault>,
        _ second: Result<BGPFacts, Fault>
    ) -> RoutingFacts {
        RoutingFacts([names.first: first, names.second: second])
    }

    private func at(_ seconds: Double) -> Moment { Moment(nanoseconds: Int64(seconds * 1e9)) }

    /// A director that sees everything served, and this of bgpd.
    private func director(_ routes: RoutingFacts, _ intent: Intent? = nil) throws -> Director {
        var director = Director(intent: try intent ?? Self.intent(), now: at(0))
        _ = director.work(at: at(0))
        director.saw(LinkFacts(addresses: Set(Self.addresses), isUp: true), at: at(0))
        let slice = ServiceSlice(
            scheduling: Scheduling(),
            destinations: [
                Self.server: DestinationSlice(forwarding: .directRouting, weight: 1)
            ]
        )
        director.saw(
            IPVSFacts(
                services: Dictionary(
                    uniqueKeysWithValues: Self.addresses.map {
                        (ServiceKey($0, Self.id), ObservedService(slice: slice))
                    }
                )
            ),
            at: at(0)
        )
        director.saw(routes, at: at(0))
        return director
    }

    private func routeChanges(_ director: inout Director, at now: Moment) -> [Change] {
        director.work(at: now).flatMap { assignment -> [Change] in
            if case .apply(.speaker, let changes) = assignment { changes } else { [] }
        }
    }

    @Test func oneThatCannotBeSeenBlindsItsOwnVIPsOnly() throws {
        var director = try director(
            Self.look(.success(Self.facts([])), .failure(Self.outage))
        )
        #expect(routeChanges(&director, at: at(0)) == [.announce(Self.addresses[0])])
        let snapshot = director.snapshot(
            Director.Frame(
                now: at(0),
                takenAt: Timestamp(milliseconds: 0),
                config: ConfigStatus(
                    file: "p.yaml",
                    digest: "0",
                    loadedAt: Timestamp(milliseconds: 0)
                )
            )
        )
        #expect(snapshot.vips[1].reason?.code == "blind")
        #expect(snapshot.frr.visibility.state == "blind")
        #expect(snapshot.frr.speakers?.map(\.visibility.state) == ["seen", "blind"])
        #expect(snapshot.frr.speakers?.last?.vrf == "blue")
        #expect(snapshot.frr.peers.map(\.id) == ["default/192.0.2.1"])
        #expect(snapshot.warnings.contains { $0.code == "F104" })
    }

    /// Whoever asks about a VIP waits for no other speaker.
    @Test func aLookCountsForTheVIPsOfItsSpeaker() throws {
        let facts = Self.addresses.map { Result<BGPFacts, Fault>.success(Self.facts([$0])) }
        var director = try director(Self.look(facts[0], facts[1]))
        #expect(routeChanges(&director, at: at(0)).isEmpty)
        director.stirred(.bgp, at: at(1))
        _ = director.work(at: at(1))
        director.saw(RoutingFacts([Self.names.first: facts[0]]), at: at(2))
        let since = { (scopes: [DrainScope]) in director.lookedSince(.bgp, for: scopes) }
        #expect(since([.vip(Self.addresses[0])]) == at(1))
        #expect(since([.vip(Self.addresses[1])]) == at(0))
        #expect(since(Self.addresses.map { .vip($0) }) == at(0))
        #expect(since([.node]) == at(0))
    }

    /// The one that is blind was seen announcing: nothing is written to it.
    @Test func whatIsBlindIsNotWrittenTo() throws {
        let both = Self.look(
            .success(Self.facts([Self.addresses[0]])),
            .success(Self.facts([Self.addresses[1]]))
        )
        var director = try director(both)
        #expect(routeChanges(&director, at: at(0)).isEmpty)
        director.stirred(.bgp, at: at(1))
        _ = director.work(at: at(1))
        director.saw(
            Self.look(.success(Self.facts([Self.addresses[0]])), .failure(Self.outage)),
            at: at(1)
        )
        director.asked(for: .drain(.node, .atOnce), at: at(1))
        _ = director.work(at: at(1))
        director.saw(
            Self.look(.success(Self.facts([Self.addresses[0]])), .failure(Self.outage)),
            at: at(1)
        )
        #expect(routeChanges(&director, at: at(1)) == [.withdraw(Self.addresses[0])])
    }

    /// The reason at one VIP is better than that of the peer as a whole, which the others get.
    @Test func explainNamesWhatKeepsASecondPeerFromAVIP() throws {
        var intent = try Self.intent(second: Self.names.first)
        intent.bgp = BGPPolicy(asn: 65_001, ownedPrefixes: intent.bgp.ownedPrefixes)
        var facts = Self.facts(Self.addresses)
        let whole = Fault(code: "F111", summary: "2 of 2 are not sent to it")
        facts.peers.append(
            Peer(id: "192.0.2.2", asn: 65_000, state: "Established", obstacle: whole)
        )
        facts.withheld[Prefix(host: Self.addresses[0])] = [
            "192.0.2.2": Fault(code: "F111", summary: "DENY does not let it pass")
        ]
        var director = try director(RoutingFacts(facts), intent)
        _ = director.work(at: at(0))
        let vips = director.snapshot(
            Director.Frame(
                now: at(0),
                takenAt: Timestamp(milliseconds: 0),
                config: ConfigStatus(
                    file: "p.yaml",
                    digest: "0",
                    loadedAt: Timestamp(milliseconds: 0)
                )
            )
        ).vips
        let rows = vips.map { vip in vip.gates.first { $0.name == "peers" }?.text ?? "" }
        #expect(rows[0].contains("192.0.2.2 is not sent it (F111 DENY does not let it pass)"))
        #expect(rows[1].contains("192.0.2.2 is not sent it (F111 2 of 2 are not sent to it)"))
    }

    @Test func oneThatHangsDelaysNobodyElse() throws {
        let all = Self.look(.success(Self.facts([])), .success(Self.facts([])))
        var director = try director(all)
        let first = routeChanges(&director, at: at(0))
        #expect(
            first == [
                .announce(Self.addresses[0]),
                .announce(Self.addresses[1], Announcement(), by: Self.names.second),
            ]
        )
        try #require(first.count == 2)
        // The second never answers: neither to the write, nor later to anything.
        director.applied([(first[0], .success(()))], to: .bgp, at: at(0))
        let looks = director.work(at: at(1))
        #expect(looks.contains(.observe(.bgp)))
        #expect(!looks.contains(.observe(.speaker(Self.names.second))))
        director.saw(
            RoutingFacts([Self.names.first: .success(Self.facts([Self.addresses[0]]))]),
            at: at(1)
        )
        // What hangs has an effect on what is announced through it only.
        director.asked(for: .drain(.node, .atOnce), at: at(2))
        #expect(routeChanges(&director, at: at(2)) == [.withdraw(Self.addresses[0])])
        // At last its deadline passes, and that is seen as well.
        director.applied(
            [(first[1], .failure(Self.outage))],
            to: .speaker(Self.names.second),
            at: at(10)
        )
        #expect(director.work(at: at(11)).contains(.observe(.speaker(Self.names.second))))
    }

    @Test func aVIPThatMovesIsAnnouncedAtTheNewOneFirst() throws {
        let both = Self.look(
            .success(Self.facts([Self.addresses[0]])),
            .success(Self.facts([Self.addresses[1]]))
        )
        var director = try director(both)
        _ = director.work(at: at(0))
        director.asked(for: .reload(try Self.intent(second: Self.names.first)), at: at(1))
        _ = director.work(at: at(1))
        director.saw(LinkFacts(addresses: Set(Self.addresses), isUp: true), at: at(1))
        director.saw(both, at: at(1))
        let announce = Change.announce(Self.addresses[1])
        #expect(routeChanges(&director, at: at(1)) == [announce])
        director.applied([(announce, .success(()))], to: .bgp, at: at(1))
        _ = director.work(at: at(2))
        director.saw(
            Self.look(
                .success(Self.facts(Self.addresses)),
                .success(Self.facts([Self.addresses[1]]))
            ),
            at: at(2)
        )
        #expect(
            routeChanges(&director, at: at(2))
                == [.withdraw(Self.addresses[1], by: Self.names.second)]
        )
    }

    /// As after a restart with a configuration that the second speaker has left.
    @Test func whatASpeakerThatLeftAnnouncesGoesOnceRoutersHaveTheNewPath() throws {
        var intent = try Self.intent(second: Self.names.first)
        intent.bgp = BGPPolicy(asn: 65_001, ownedPrefixes: intent.bgp.ownedPrefixes)
        intent.bgp.take(former: [Speaker(name: Self.names.second, asn: 65_002, vrf: "blue")])
        let former = Self.name("former-blue")
        var left = Self.facts([Self.addresses[1]])
        // Too few peers for one that announces; here nobody minds.
        left.peers = []
        func look(_ first: [IPAddress]) -> RoutingFacts {
            RoutingFacts([Self.names.first: .success(Self.facts(first)), former: .success(left)])
        }
        var director = try director(look([Self.addresses[0]]), intent)
        let announce = Change.announce(Self.addresses[1])
        #expect(routeChanges(&director, at: at(0)) == [announce])
        director.applied([(announce, .success(()))], to: .bgp, at: at(0))
        _ = director.work(at: at(1))
        director.saw(look(Self.addresses), at: at(1))
        #expect(routeChanges(&director, at: at(1)) == [.withdraw(Self.addresses[1], by: former)])
        let config = ConfigStatus(
            file: "p.yaml",
            digest: "0",
            loadedAt: Timestamp(milliseconds: 0)
        )
        let snapshot = director.snapshot(
            Director.Frame(now: at(1), takenAt: Timestamp(milliseconds: 0), config: config)
        )
        #expect(snapshot.frr.speakers?.map(\.former) == [nil, true])
        #expect(snapshot.warnings.map(\.code).contains("D449"))
        #expect(!snapshot.warnings.map(\.code).contains("F110"))
    }

    @Test func routeMapsThatNothingUsesAreRemovedOnAFreshLookOnly() throws {
        let facts = Self.facts([], unused: ["PENSTOCK-N-1"])
        var director = try director(Self.look(.success(facts), .success(facts)))
        // Both are given an announcement, so neither is told to forget a route-map.
        let first = routeChanges(&director, at: at(0))
        #expect(first.count == 2)
        for change in first {
            director.applied([(change, .success(()))], to: change.post, at: at(0))
        }
        #expect(routeChanges(&director, at: at(0)).isEmpty)
        _ = director.work(at: at(1))
        let later = Self.facts([Self.addresses[0]], unused: ["PENSTOCK-N-2"])
        director.saw(
            Self.look(.success(later), .success(Self.facts([Self.addresses[1]]))),
            at: at(1)
        )
        let discard = Change.discard(routeMap: "PENSTOCK-N-2", by: Self.names.first)
        #expect(routeChanges(&director, at: at(1)) == [discard])
        director.applied([(discard, .failure(Self.outage))], to: .bgp, at: at(1))
        #expect(routeChanges(&director, at: at(1)).isEmpty, "held back for a while")
    }
}
