import IPVS
import Net
import Testing

/// Operations that only make sense together.
@Suite struct GroupTests {
    private func destination(_ host: UInt32, weight: Int) -> Destination {
        Destination(
            Endpoint(IPAddress(v4: 0x0a00_0000 + host), 443),
            forwarding: .directRouting,
            weight: weight
        )
    }

    @Test func aDrainedDestinationIsIntroducedAtItsNominalWeight() throws {
        let vip = try tcp("192.0.2.10", 443)
        let drained = destination(1, weight: 0)
        #expect(
            IPVS.Operation.introduce(Arrival(drained, nominalWeight: 10), to: vip) == [
                .newDestination(destination(1, weight: 10), of: vip),
                .updateDestination(drained, of: vip),
            ]
        )
        let ready = destination(1, weight: 10)
        #expect(
            IPVS.Operation.introduce(Arrival(ready, nominalWeight: 10), to: vip)
                == [.newDestination(ready, of: vip)]
        )
        #expect(
            IPVS.Operation.replace(Arrival(ready, nominalWeight: 10), of: vip) == [
                .deleteDestination(ready.endpoint, of: vip),
                .newDestination(ready, of: vip),
            ]
        )
    }

    @Test func aServiceIsLoadedBeforeItsScheduler() throws {
        let vip = try tcp("192.0.2.10", 443)
        let service = Service(vip, scheduler: .maglev, flags: [.fallback, .port])
        let arrivals = (1...3).map { Arrival(destination($0, weight: 5), nominalWeight: 5) }
        let operations = IPVS.Operation.load(service, arrivals)
        #expect(operations.count == 5)
        #expect(
            operations.first
                == .newService(Service(vip, scheduler: .none, flags: [.fallback, .port]))
        )
        #expect(operations.last == .updateService(service))
        #expect(IPVS.Operation.load(service, []) == [.newService(service)])
        let bare = Service(vip, scheduler: .none)
        #expect(
            IPVS.Operation.load(bare, arrivals).last
                == .newDestination(
                    destination(3, weight: 5),
                    of: vip
                )
        )
    }
}
