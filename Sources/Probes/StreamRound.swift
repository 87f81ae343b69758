import Core
import Net
import Netlink

/// The probes that one thread has under way.
struct StreamRound {
    /// How long a result that changes nothing may wait for others to be reported with.
    ///
    /// To wake whoever takes it costs more than the probe did. A failure is reported at once.
    private static let gathering = Duration.milliseconds(5)

    /// Results that are reported although more could be waited for.
    private static let mostGathered = 512

    /// The bytes that are read at once: what a server sends in a burst of some segments.
    ///
    /// A larger answer takes more turns, between which others have theirs.
    private static let readBytes = 16 * 1024

    /// One probe; the socket ends with it.
    private final class Attempt {
        let order: ProbeOrder
        let began: SuspendingClock.Instant
        /// How long after its order it began.
        let delay: Duration
        let key: UInt64
        let socket: StreamSocket
        var exchange: Exchange
        var isConnected = false
        /// What the kernel has not yet taken.
        var unsent: ArraySlice<UInt8> = []

        init(
            _ order: ProbeOrder,
            _ exchange: Exchange,
            key: UInt64,
            began: SuspendingClock.Instant,
            delay: Duration
        ) throws(Errno) {
            self.order = order
            self.exchange = exchange
            self.key = key
            self.began = began
            self.delay = delay
            let target = order.target
            socket = try StreamSocket(addressBytes: target.endpoint.address.bytes.count)
            if let mark = target.check.origin.mark { try socket.setMark(mark) }
            if let source = target.check.origin.source(for: target.endpoint.address.family) {
                try socket.bind(to: Array(source.bytes))
            }
        }
    }

    private let userAgent: String
    private let zero: SuspendingClock.Instant
    private var attempts: [UInt64: Attempt] = [:]
    private var deadlines = DeadlineQueue<UInt64>()
    /// Never used twice, so that what a wait still says of an earlier socket meets nobody.
    private var lastKey: UInt64 = 0
    private var generator = SystemRandomNumberGenerator()
    private var buffer = [UInt8](repeating: 0, count: readBytes)
    private var ended: [ProbeEnd] = []
    private var isUrgent = false
    private var reportDue: SuspendingClock.Instant?

    /// No probes yet.
    init(userAgent: String, now: SuspendingClock.Instant) {
        self.userAgent = userAgent
        zero = now
    }

    /// How long nothing is due; `nil` when nothing ever is.
    func patience(at now: SuspendingClock.Instant) -> Duration? {
        let deadline = deadlines.earliest.map { $0 - moment(now) }
        let report = reportDue.map { now.duration(to: $0) }
        return [deadline, report].compactMap { $0 }.min().map { max($0, .zero) }
    }

    /// What has ended and is to be reported now.
    mutating func takeEnded(at now: SuspendingClock.Instant) -> [ProbeEnd] {
        guard let due = reportDue else { return [] }
        // Where nothing is under way, there is nothing to wait for.
        let isReady = isUrgent || attempts.isEmpty || ended.count >= Self.mostGathered
        guard isReady || now >= due else { return [] }
        defer { ended.removeAll(keepingCapacity: true) }
        isUrgent = false
        reportDue = nil
        return ended
    }

    /// Begins a probe.
    mutating func start(
        _ order: ProbeOrder,
        orderedAt: SuspendingClock.Instant,
        on poller: borrowing Poller
    ) {
        let target = order.target
        let began = SuspendingClock.now
        let exchange = Exchange(target, chance: generator.next(), userAgent: userAgent)
        lastKey += 1
        do throws(Errno) {
            let attempt = try Attempt(
                order,
                exchange,
                key: lastKey,
                began: began,
                delay: orderedAt.duration(to: began)
            )
            attempts[lastKey] = attempt
            deadlines.set(lastKey, at: moment(orderedAt) + target.check.timeout)
            let endpoint = target.endpoint
            let progress = try attempt.socket
                .connect(to: Array(endpoint.address.bytes), port: endpoint.port.number)
            try poller.watch(attempt.socket, for: .writing, key: lastKey)
            if progress == .connected { connected(attempt, on: poller) }
        } catch {
            guard case .settle(let judgement) = exchange.failed(errno: error.number) else { return }
            settle(order, judgement, key: lastKey, began: began)
        }
    }

    /// Looks at a socket of which something is to be known.
    mutating func take(_ key: UInt64, on poller: borrowing Poller) {
        guard let attempt = attempts[key] else { return }
        do throws(Errno) {
            if !attempt.isConnected {
                try attempt.socket.finishConnecting()
                connected(attempt, on: poller)
            } else if !attempt.unsent.isEmpty {
                try send(attempt, on: poller)
            } else {
                try read(attempt, on: poller)
            }
        } catch {
            perform(attempt.exchange.failed(errno: error.number), for: attempt, on: poller)
        }
    }

    /// Ends what has had its time.
    mutating func expire(at now: SuspendingClock.Instant, on poller: borrowing Poller) {
        while let key = deadlines.popDue(at: moment(now)) {
            guard let attempt = attempts[key] else { continue }
            let timeout = attempt.order.target.check.timeout
            let lateness = attempt.began.duration(to: now) + attempt.delay - timeout
            let late = max(attempt.delay, lateness)
            perform(attempt.exchange.expired(late: late), for: attempt, on: poller)
        }
    }

    private func moment(_ instant: SuspendingClock.Instant) -> Moment {
        .zero + zero.duration(to: instant)
    }

    private mutating func connected(_ attempt: Attempt, on poller: borrowing Poller) {
        attempt.isConnected = true
        attempt.socket.resetAtClose()
        perform(attempt.exchange.connected(), for: attempt, on: poller)
    }

    private mutating func perform(
        _ step: Exchange.Step,
        for attempt: Attempt,
        on poller: borrowing Poller
    ) {
        do throws(Errno) {
            switch step {
            case .wait: try poller.change(attempt.socket, to: .reading, key: attempt.key)
            case .send(let bytes):
                attempt.unsent = bytes[...]
                try send(attempt, on: poller)
            case .reopenAsStream: break  // It is one.
            case .settle(let judgement):
                settle(attempt.order, judgement, key: attempt.key, began: attempt.began)
            }
        } catch {
            guard case .settle(let judgement) = attempt.exchange.failed(errno: error.number)
            else { return }
            settle(attempt.order, judgement, key: attempt.key, began: attempt.began)
        }
    }

    private func send(_ attempt: Attempt, on poller: borrowing Poller) throws(Errno) {
        let count = try attempt.socket.send(attempt.unsent)
        attempt.unsent = attempt.unsent.dropFirst(count)
        try poller.change(
            attempt.socket,
            to: attempt.unsent.isEmpty ? .reading : .writing,
            key: attempt.key
        )
    }

    private mutating func read(_ attempt: Attempt, on poller: borrowing Poller) throws(Errno) {
        guard let count = try attempt.socket.receive(into: &buffer) else { return }
        guard count > 0 else {
            return perform(attempt.exchange.closed(), for: attempt, on: poller)
        }
        switch attempt.exchange.received(buffer[..<count]) {
        case .wait: return
        case let step: perform(step, for: attempt, on: poller)
        }
    }

    private mutating func settle(
        _ order: ProbeOrder,
        _ judgement: Exchange.Judgement,
        key: UInt64,
        began: SuspendingClock.Instant
    ) {
        attempts[key] = nil
        deadlines.set(key, at: nil)
        let now = SuspendingClock.now
        let outcome = judgement.outcome(after: began.duration(to: now))
        ended.append(ProbeEnd(order, outcome))
        reportDue = reportDue ?? now + Self.gathering
        if outcome.verdict != .passed { isUrgent = true }
    }
}
