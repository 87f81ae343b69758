import Core
import IPVS
import Net
import Testing

@testable import Planes

/// Between the kernel's words and the core's: nothing is lost, and what we never set shows.
@Suite struct IPVSMappingTests {
    private let key = ServiceKey(IPAddress(v4: 0xcb00_710a), ServiceID(.tcp, 443))
    private let server = Endpoint(IPAddress(v4: 0x0a14_000b), 443)

    @Test func everySchedulingComesBackAsItWent() {
        for scheduler in Scheduling.Scheduler.allCases {
            let own = Scheduling.Flag.allCases.filter { $0.scheduler ?? scheduler == scheduler }
            for count in 0...own.count {
                let scheduling = Scheduling(scheduler: scheduler, flags: Set(own.prefix(count)))
                #expect(Scheduling(scheduling.service(key)) == scheduling)
            }
        }
    }

    @Test func everyForwardingComesBackAsItWent() {
        for forwarding in Core.Forwarding.allCases {
            #expect(Core.Forwarding(forwarding.method) == forwarding)
        }
    }

    /// Otherwise it would look like ours, and stay.
    @Test func whatWeNeverSetDiffers() {
        var service = Scheduling().service(key)
        service.persistence = Persistence(timeout: 300, granularity: 32)
        #expect(Scheduling(service) == nil)
        service = Scheduling().service(key)
        service.flags.insert(.third)
        #expect(Scheduling(service) == nil)
        var destination = IPVS.Destination(server, forwarding: .directRouting, weight: 1)
        destination.upperThreshold = 100
        #expect(DestinationSlice(destination).forwarding == nil)
        for other in [IPVS.Forwarding.local, .bypass, .tunnel(Tunnel(.gue, port: 6080))] {
            #expect(Core.Forwarding(other) == nil)
        }
    }

    @Test func aTableBecomesFactsAndMarksAreNeverOurs() {
        let service = Scheduling().service(key)
        let destination = IPVS.Destination(server, forwarding: .directRouting, weight: 7)
        let marked = IPVS.Service(.mark(9, .v4), scheduler: .roundRobin)
        let facts = IPVSFacts(
            Table([
                Table.Entry(
                    IPVS.ObservedService(
                        service,
                        Statistics(total: Traffic(inPackets: 1234))
                    ),
                    [
                        IPVS.ObservedDestination(
                            destination,
                            Connections(active: 3, inactive: 9),
                            Statistics()
                        )
                    ]
                ),
                Table.Entry(IPVS.ObservedService(marked, Statistics()), []),
            ])
        )
        #expect(facts.markServices.count == 1)
        #expect(Array(facts.services.keys) == [key])
        let seen = facts.services[key]
        #expect(seen?.inPackets == 1234)
        #expect(seen?.activeConnections == [server: 3])
        #expect(seen?.traffic[server].inactiveConnections == 9)
        #expect(
            seen?.slice.destinations
                == [server: DestinationSlice(forwarding: .directRouting, weight: 7)]
        )
    }

    /// Introduced at its nominal weight in the same send, or it would get no slots.
    @Test func aServerThatStartsDownIsIntroducedAtItsWeight() {
        let change = Change.addDestination(key, server, .directRouting, weight: 0, nominal: 5)
        #expect(change.operations.count == 2)
        guard case .newDestination(let first, _)? = change.operations.first,
            case .updateDestination(let second, _)? = change.operations.last
        else {
            Issue.record("not an introduction: \(change.operations)")
            return
        }
        #expect([first.weight, second.weight] == [5, 0])
    }
}
