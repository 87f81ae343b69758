import Core
import Daemon
import Net
import TestSupport
import Synchronization
import Testing

/// Only the latest of each is kept, and every arrival wakes the loop.
@Suite struct InboxTests {
    private let target = ProbeTarget(
        endpoint: Endpoint(IPAddress(v4: 0x0a14_000b), 80),
        check: Check(method: .tcp)
    )

    @Test func keepsTheLatestOutcomeOfEachTarget() {
        let inbox = Inbox(wake: {})
        inbox.put(Outcome(.l4ok), of: target)
        inbox.put(Outcome(.l4connection), of: target)
        let contents = inbox.takeAll()
        #expect(contents.outcomes == [target: Outcome(.l4connection)])
        #expect(inbox.takeAll().outcomes.isEmpty)
    }

    @Test func takesCommandsInTheirOrderAndNoMoreThanItsLimit() {
        let inbox = Inbox(wake: {})
        for index in 0..<Inbox.mostCommands {
            #expect(inbox.put(.drain(reason: "\(index)")))
        }
        #expect(!inbox.put(.undrain(.node)))
        let commands = inbox.takeAll().commands
        #expect(commands.count == Inbox.mostCommands)
        #expect(commands.first == .drain(reason: "0"))
        #expect(inbox.put(.undrain(.node)))
    }

    @Test func everyArrivalWakes() {
        let woken = Mutex(0)
        let inbox = Inbox(wake: { woken.withLock { $0 += 1 } })
        inbox.put(Outcome(.l4ok), of: target)
        inbox.put(.unseen(.bgp, Fault(code: "F101", summary: "gone")))
        inbox.stirred(.link)
        _ = inbox.put(.undrain(.node))
        #expect(woken.withLock { $0 } == 4)
        #expect(inbox.takeAll().stirred == [.link])
    }
}
