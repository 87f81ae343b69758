package import Core
import Dispatch
import Net
import Netlink

/// Carries out the probes that are a TCP connection and nothing over it but bytes.
///
/// One thread, one epoll and the sockets: ten thousand checks a second are one of these, where a
/// channel with a pipeline, a task and a timer for each would be more than a core.
package final class StreamProber: ProbeCarrier {
    private let inbox: OrderInbox
    private let userAgent: String
    private let report: @Sendable ([ProbeEnd]) -> Void
    private let queue = DispatchQueue(label: "penstock.probes")

    /// Begins to wait for orders, until `stop`.
    ///
    /// - Parameters:
    ///   - userAgent: What HTTP servers are told; printable ASCII.
    ///   - report: Takes what has ended; called on a thread of its own that it must not hold up.
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left. Not in its type: from an
    ///   asynchronous function, a debug build of Swift 6.3.1 then overwrites its caller's frame.
    package init(
        userAgent: String = "penstock",
        report: @escaping @Sendable ([ProbeEnd]) -> Void
    ) throws {
        inbox = try OrderInbox()
        self.userAgent = userAgent
        self.report = report
        queue.async { self.run() }
    }

    /// Whether the check is a stream that is nothing but its bytes.
    package func carries(_ target: ProbeTarget) -> Bool { Exchange.isPlainStream(target) }

    /// Has the thread begin them.
    package func start(_ orders: [ProbeOrder]) { inbox.add(orders) }

    /// Ends the thread; what it was at is closed.
    package func stop() { inbox.stop() }

    private func run() {
        var round = StreamRound(userAgent: userAgent, now: SuspendingClock.now)
        while true {  // Ends when it is stopped.
            let events = inbox.poller.events(within: round.patience(at: SuspendingClock.now))
            guard let orders = inbox.take() else { return }
            // Taken before the events are looked at: whatever came by then is among them, or the
            // next wait has it at once.
            let now = SuspendingClock.now
            for event in events { round.take(event, at: now) }
            round.resume(at: now)
            if events.count < Poller.eventsAtOnce { round.expire(at: now) }
            for (order, at) in orders { round.start(order, orderedAt: at, on: inbox.poller) }
            let ended = round.takeEnded(at: SuspendingClock.now)
            if !ended.isEmpty { report(ended) }
        }
    }
}
