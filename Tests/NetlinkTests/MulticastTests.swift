import Netlink
import Testing

/// The subscription without a change to hear of; the tests of `Link` make changes.
@Suite struct MulticastTests {
    @Test(.timeLimit(.minutes(10)))
    func endsWhenItsConsumerIsCancelled() async throws {
        let changes = try Multicast.changes()
        let heard = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                var heard = 0
                for await _ in changes { heard += 1 }
                return heard
            }
            group.cancelAll()
            return await group.next()
        }
        // Somebody may change a link of this machine meanwhile; what counts is that it ended.
        #expect(heard != nil)
    }
}
