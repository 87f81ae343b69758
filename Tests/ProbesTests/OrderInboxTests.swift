import Core
import Net
import Netlink
import Testing

@testable import Probes

/// The orders for a thread that waits.
@Suite struct OrderInboxTests {
    private static func order(_ number: UInt32) -> ProbeOrder {
        let endpoint = Endpoint(IPAddress(v4: number), 80)
        let target = ProbeTarget(endpoint: endpoint, check: Check(method: .tcp))
        return ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)
    }

    private func taken(_ inbox: OrderInbox) -> [UInt8?]? {
        inbox.take()?.map { $0.order.target.endpoint.address.bytes.last }
    }

    @Test func ordersAreTakenOnceAndInTheirOrder() throws {
        let inbox = try OrderInbox()
        #expect(taken(inbox) == [])
        let before = SuspendingClock.now
        inbox.add([Self.order(1), Self.order(2)])
        inbox.add([Self.order(3)])
        // Without the bell this would wait for ever.
        let ready = inbox.poller.wait(nil)
        #expect(ready.isEmpty)
        let times = inbox.take()?.map(\.at) ?? []
        #expect(times.count == 3 && times == times.sorted() && times.allSatisfy { $0 >= before })
        inbox.add([Self.order(4)])
        #expect(taken(inbox) == [4])
        #expect(taken(inbox) == [])
    }

    /// Whoever is to end begins nothing more.
    @Test func aStopWakesTheThreadAndStands() throws {
        let inbox = try OrderInbox()
        inbox.add([Self.order(1)])
        inbox.stop()
        let ready = inbox.poller.wait(nil)
        #expect(ready.isEmpty && taken(inbox) == nil)
        inbox.add([Self.order(2)])
        #expect(taken(inbox) == nil)
    }
}
