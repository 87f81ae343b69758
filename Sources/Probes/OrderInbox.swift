import Core
import Netlink
import Synchronization

/// The orders for one thread that waits at a poller, left there by any other.
final class OrderInbox: Sendable {
    private struct Mail: Sendable {
        var orders: [(order: ProbeOrder, at: SuspendingClock.Instant)] = []
        var isStopped = false
    }

    /// Where the thread waits, and is woken for its mail.
    let poller: Poller
    private let mail = Mutex(Mail())

    /// Empty.
    ///
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left. Not in its type: from an
    ///   asynchronous function, a debug build of Swift 6.3.1 then overwrites its caller's frame.
    init() throws { poller = try Poller() }

    /// Has the thread begin them.
    func add(_ orders: [ProbeOrder]) {
        let now = SuspendingClock.now
        mail.withLock { $0.orders += orders.map { (order: $0, at: now) } }
        poller.ring()
    }

    /// Has the thread end.
    func stop() {
        mail.withLock { $0.isStopped = true }
        poller.ring()
    }

    /// The orders since the last call, each with when it came; `nil` once the thread is to end.
    func take() -> [(order: ProbeOrder, at: SuspendingClock.Instant)]? {
        mail.withLock { mail in
            guard !mail.isStopped else { return nil }
            defer { mail.orders = [] }
            return mail.orders
        }
    }
}
