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

    @Test func countsTheResultsOfEachTarget() throws {
        let inbox = Inbox(wake: {})
        inbox.put(Outcome(.l4ok), of: target)
        inbox.put(Outcome(.l4connection), of: target)
        inbox.put(Outcome(.l4timeout), of: target)
        let results = try #require(inbox.takeAll().outcomes[target])
        #expect(results.earlier == [Inbox.Results.Row(Outcome(.l4ok))])
        #expect(results.last == Inbox.Results.Row(Outcome(.l4timeout), count: 2))
        #expect(inbox.takeAll().outcomes.isEmpty)
    }

    @Test func keepsAFewChangesOfMindAndTheLast() throws {
        let inbox = Inbox(wake: {})
        for _ in 0..<50 {
            inbox.put(Outcome(.l4connection), of: target)
            inbox.put(Outcome(.l4ok), of: target)
        }
        let results = try #require(inbox.takeAll().outcomes[target])
        #expect(results.earlier.count == Inbox.Results.mostEarlier)
        #expect(results.last == Inbox.Results.Row(Outcome(.l4ok)))
    }

    /// Whatever an agent says between two turns, nothing of it is lost.
    @Test func addsUpWhatAnAgentSays() {
        let inbox = Inbox(wake: {})
        inbox.put(Outcome(.l7ok, word: AgentWord(wish: .drain)), of: target)
        inbox.put(Outcome(.l7ok, word: AgentWord(percent: 50)), of: target)
        for _ in 0..<10 {
            inbox.put(Outcome(.l7status, word: AgentWord(health: .down)), of: target)
            inbox.put(Outcome(.l7ok, word: AgentWord(health: .up)), of: target)
        }
        inbox.put(Outcome(.l4connection), of: target)
        let last = inbox.takeAll().outcomes[target]?.last.outcome
        #expect(last?.code == .l4connection)
        #expect(last?.word == AgentWord(percent: 50, wish: .drain, health: .up))
    }

    @Test func keepsTheLatestWordOfEachSentinel() {
        let inbox = Inbox(wake: {})
        inbox.put(SentinelSight(phase: .connecting), of: target.endpoint)
        inbox.put(SentinelSight(phase: .watching), of: target.endpoint)
        #expect(
            inbox.takeAll().sentinels == [target.endpoint: SentinelSight(phase: .watching)]
        )
        inbox.put(nil as SentinelSight?, of: target.endpoint)
        #expect(inbox.takeAll().sentinels == [target.endpoint: nil])
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

extension Inbox {
    /// One probe ended.
    func put(_ outcome: Outcome, of target: ProbeTarget) { put([(target, outcome, .zero)]) }
}
