import Core
import Logging
import Net
import TestSupport
import Testing

@testable import Daemon

/// The loop end to end with played planes, in a time that only the test moves.
@Suite struct RoundTests {
    private static let address = IPAddress(v4: 0xcb00_710a)
    private static let server = Endpoint(IPAddress(v4: 0x0a14_000b), 80)

    private struct Stage {
        let link: PlayedPlane<LinkFacts>
        let ipvs: PlayedPlane<IPVSFacts>
        let bgp: PlayedPlane<RoutingFacts>
        let round: Round<ManualClock>
        let clock = ManualClock()

        init(bgpHangs: Bool = false) throws {
            link = PlayedPlane(LinkFacts(addresses: [], isUp: true)) { change, facts in
                if case .bind(let address) = change { facts.addresses.insert(address) }
            }
            ipvs = PlayedPlane(IPVSFacts(services: [:])) { change, facts in
                guard let address = change.address else { return }
                var slice = Slice(
                    services: Dictionary(
                        uniqueKeysWithValues: facts.services.map { ($0.key.id, $0.value.slice) }
                    )
                )
                slice.apply(change, by: Speaker.usualName)
                facts.services = [:]
                for (id, service) in slice.services {
                    facts.services[ServiceKey(address, id)] = ObservedService(slice: service)
                }
            }
            let peer = Peer(id: "192.0.2.1", asn: 65_000, state: "Established")
            bgp = PlayedPlane(RoutingFacts(BGPFacts(peers: [peer])), hangs: bgpHangs) {
                change,
                facts in
                guard case .announce(let address, let announcement, _) = change else { return }
                let prefix = Prefix(host: address)
                facts = RoutingFacts(
                    BGPFacts(
                        peers: [peer],
                        announced: [prefix: announcement],
                        sentTo: [prefix: ["192.0.2.1"]]
                    )
                )
            }
            round = Round(
                director: Director(intent: try RoundTests.intent(), now: .zero),
                planes: PlaneSet(link: link, ipvs: ipvs, bgp: bgp),
                clock: clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }
    }

    private static func intent() throws -> Intent {
        let service = VirtualService(
            name: try Name(parsing: "http"),
            id: ServiceID(.tcp, 80),
            checks: [NamedCheck(name: "tcp", Check(method: .tcp, rise: 1, fall: 1))],
            backends: [Backend(server)]
        )
        return Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(
                asn: 65_001,
                ownedPrefixes: [try Prefix(parsing: "203.0.113.0/24")]
            ),
            vips: [
                VIP(
                    name: try Name(parsing: "web"),
                    address: address,
                    holdUp: .zero,
                    services: [service]
                )
            ]
        )
    }

    /// Runs the loop until `isDone`, moving time whenever it sleeps.
    private func run(_ stage: Stage, until isDone: @escaping @Sendable (Stage) -> Bool) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await stage.round.run() }
            // Bounded: a loop that never gets there is a failed test, not a hung one.
            for _ in 0..<20_000 where !isDone(stage) {
                stage.clock.advance(by: .milliseconds(10))
                await Task.yield()
            }
            group.cancelAll()
        }
    }

    @Test func bringsAVIPUpFromNothing() async throws {
        let stage = try Stage()
        for target in stage.round.latest.director.targets {
            stage.round.inbox.put(Outcome(.l4ok), of: target)
        }
        await run(stage) { $0.round.latest.director.advertised.count == 1 }
        #expect(stage.bgp.applied == [.announce(Self.address)])
        #expect(stage.link.applied == [.bind(Self.address)])
        #expect(stage.round.latest.director.advertised == (1, 1))
    }

    /// bgpd hangs, and the table follows the health of servers all the same.
    @Test func aPlaneThatHangsDelaysNoOther() async throws {
        let stage = try Stage(bgpHangs: true)
        let targets = stage.round.latest.director.targets
        for target in targets { stage.round.inbox.put(Outcome(.l4ok), of: target) }
        let key = ServiceKey(Self.address, ServiceID(.tcp, 80))
        let up = Change.addDestination(
            key,
            Self.server,
            .directRouting,
            weight: 1,
            nominal: 1
        )
        await run(stage) { $0.ipvs.applied.contains(up) }
        #expect(stage.ipvs.applied.contains(up))
        #expect(stage.bgp.applied.isEmpty)
    }
}
