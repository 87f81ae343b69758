import Core
import Net

/// The director's side of the line to its probe worker: what is asked, and what is owed.
///
/// Pure: it knows no process and no clock. Time is counted in ticks of whoever drives it, so that a
/// director that stood still finds one tick behind it and not a worker that never answered.
struct WorkerDesk: Sendable {
    /// The time between two ticks.
    static let tick = Duration.milliseconds(500)

    /// The ticks for which a worker may leave a ping unanswered: five seconds, above what a busy
    /// host costs, and what a worker that hangs may cost in probes that nobody makes.
    static let silentTicks = 10

    /// The ticks that a new worker has to say that it is there.
    static let firstTicks = 20

    /// The ticks beyond its timeout after which a probe will not be answered any more.
    static let lateTicks = 10

    /// The most probes that a worker has at once: above what the schedule lets run.
    static let mostUnderWay = 16_384

    /// The most bytes that wait for a worker to take them: the definitions of two hundred thousand
    /// targets and an order for each.
    static let mostUnsent = 16 << 20

    /// What is to be done about a word of the worker.
    enum Event: Sendable {
        /// Nothing.
        case none
        /// It has said that it is there.
        case ready
        /// A probe has ended.
        case ended(ProbeEnd)
        /// Something became of an idle connection.
        case news(Tell, SentinelNews)
    }

    /// Takes what becomes of an idle connection.
    typealias Tell = @Sendable (SentinelNews) -> Void

    private enum State: Sendable {
        /// None has been started yet, and nothing stands against it.
        case idle
        /// One was started and has not answered yet, for so many ticks.
        case starting(Int)
        /// One answers.
        case running
        /// There is none for a while, for this reason.
        case resting(String)
    }

    private struct Owed: Sendable {
        let order: ProbeOrder
        var due: Int
    }

    private struct Line: Sendable {
        let tell: Tell
        var stands = false
    }

    private let userAgent: String
    private var state = State.idle
    private var outbox = FrameWriter()
    private var checks: [Check: UInt32] = [:]
    private var targets: [ProbeTarget: UInt32] = [:]
    private var lastNumber: UInt32 = 0
    private var owed = TicketBook<Owed>()
    private var lastTicket: UInt32
    private var lines: [UInt32: Line] = [:]
    private var lastLine: UInt32 = 0
    private var now = 0
    private var ping: UInt32 = 0
    private var unanswered = 0

    /// A desk without a worker; `userAgent` is what HTTP servers are told, and the probes get the
    /// tickets after `lastTicket`.
    init(userAgent: String, lastTicket: UInt32 = 0) {
        self.userAgent = userAgent
        self.lastTicket = lastTicket
    }

    /// Whether there is something to do for a worker that has not been started.
    var wantsWorker: Bool {
        guard case .idle = state else { return false }
        return !outbox.isEmpty
    }

    /// How many probes are owed by the worker.
    var underWay: Int { owed.count }

    /// Everything that is to be sent, in whole frames.
    mutating func takeBytes() -> [UInt8] { outbox.takeAll() }

    /// A worker was started that knows nothing.
    mutating func begin() {
        // What was written for one that was not there yet is said after the greeting.
        let waiting = outbox.takeAll()
        put(.greeting(version: WorkerOrder.version, userAgent: userAgent))
        var opening = FrameWriter()
        swap(&opening, &outbox)
        outbox = FrameWriter(opening.takeAll() + waiting)
        state = .starting(0)
        unanswered = 0
    }

    /// Makes `wanted` the targets that may be asked for; what others were known by is forgotten.
    mutating func update(targets wanted: [ProbeTarget]) {
        let left = Set(targets.keys).subtracting(wanted)
        for target in left {
            if let number = targets.removeValue(forKey: target) { put(.forgetTarget(number)) }
        }
        guard !left.isEmpty else { return }
        let used = Set(targets.keys.map(\.check))
        for (check, number) in checks where !used.contains(check) {
            checks[check] = nil
            put(.forgetCheck(number))
        }
    }

    /// Orders probes; answers with the ends of those that cannot be ordered.
    mutating func start(_ orders: [ProbeOrder]) -> [ProbeEnd] {
        if case .resting(let reason) = state {
            return orders.map { Self.unanswered($0, reason) }
        }
        var refused: [ProbeEnd] = []
        for order in orders {
            guard owed.count < Self.mostUnderWay, outbox.count < Self.mostUnsent else {
                refused.append(Self.unanswered(order, "the probe worker has too much to do"))
                continue
            }
            let target = number(of: order.target)
            lastTicket &+= 1
            let patience = order.target.check.timeout.nanoseconds / Self.tick.nanoseconds
            let due = now + Int(patience) + Self.lateTicks
            owed.insert(Owed(order: order, due: due), for: lastTicket)
            put(.probe(ticket: lastTicket, target: target))
        }
        return refused
    }

    /// Orders an idle connection; `nil` when there is nobody to keep one.
    mutating func open(_ dial: SentinelDial, telling tell: @escaping Tell) -> UInt32? {
        if case .resting = state { return nil }
        lastLine &+= 1
        lines[lastLine] = Line(tell: tell)
        put(.open(line: lastLine, dial))
        return lastLine
    }

    /// Ends an idle connection.
    mutating func close(_ line: UInt32) {
        guard lines.removeValue(forKey: line) != nil else { return }
        put(.close(line: line))
    }

    /// Takes all words of a frame, up to one that no worker of ours would say.
    ///
    /// What has ended before that has ended: nobody else would hear of it.
    mutating func take(
        _ frame: WireReader
    ) -> (ended: [ProbeEnd], others: [Event], fault: WireFault?) {
        var reader = frame
        var ended: [ProbeEnd] = []
        var others: [Event] = []
        // Most probes of a burst end alike.
        var known = ""
        do throws(WireFault) {
            while !reader.isAtEnd {
                switch try take(WorkerWord(&reader, known: known)) {
                case .none: break
                case .ended(let end):
                    known = end.outcome.detail
                    ended.append(end)
                case let other: others.append(other)
                }
            }
        } catch {
            return (ended, others, error)
        }
        return (ended, others, nil)
    }

    /// Takes a word of the worker.
    ///
    /// - Throws: What no worker of ours would say.
    mutating func take(_ word: WorkerWord) throws(WireFault) -> Event {
        switch word {
        case .greeting(let version):
            guard case .starting(let ticks) = state, version == WorkerOrder.version else {
                throw WireFault("a greeting of version \(version)")
            }
            state = .running
            // What waited for it has its time from now on.
            owed.changeAll { $0.due += ticks }
            return .ready
        case .pong(let number):
            guard number == ping, unanswered > 0 else { throw WireFault("an answer to no ping") }
            unanswered = 0
            return .none
        case .end(let ticket, let outcome):
            // They begin again after the last there is.
            guard lastTicket &- ticket <= UInt32.max / 2 else {
                throw WireFault("the end of a probe never ordered")
            }
            // It may have been given up meanwhile.
            guard let owed = owed.take(ticket) else { return .none }
            return .ended(ProbeEnd(owed.order, outcome))
        case .news(let line, let news):
            guard line <= lastLine else { throw WireFault("news of a connection never ordered") }
            return try take(news, of: line)
        }
    }

    private mutating func take(_ news: SentinelNews, of line: UInt32) throws(WireFault) -> Event {
        // It may have been closed meanwhile.
        guard let known = lines[line] else { return .none }
        switch (news, known.stands) {
        case (.stands, false): lines[line]?.stands = true
        case (.failed, false), (.ended, true): lines[line] = nil
        case (.stands, true), (.failed, true), (.ended, false):
            throw WireFault("news of a connection that contradict what was told of it")
        }
        return .news(known.tell, news)
    }

    /// Some time has passed: answers why the worker is to be replaced, when it is.
    mutating func elapse() -> String? {
        now += 1
        switch state {
        case .idle, .resting: return nil
        case .starting(let ticks):
            state = .starting(ticks + 1)
            return ticks + 1 < Self.firstTicks ? nil : "it did not begin to work"
        case .running: break
        }
        guard outbox.count < Self.mostUnsent else { return "it does not take orders" }
        guard unanswered < Self.silentTicks else { return "it did not answer any more" }
        if let late = owed.values.first(where: { $0.due < now }) {
            return "it did not answer for \(late.order.run.target.endpoint)"
        }
        if unanswered == 0 {
            ping &+= 1
            put(.ping(ping))
        }
        unanswered += 1
        return nil
    }

    /// The worker is no more: answers with what it owed, which says nothing about any server.
    mutating func lose(
        because reason: String
    ) -> (ends: [ProbeEnd], news: [(tell: Tell, news: SentinelNews)]) {
        defer {
            outbox = FrameWriter()
            checks = [:]
            targets = [:]
            owed = TicketBook()
            lines = [:]
            state = .resting("the probe worker \(reason)")
        }
        return (
            owed.values.map { Self.unanswered($0.order, "the probe worker \(reason)") },
            lines.values.map { ($0.tell, $0.stands ? .ended(.local) : .failed(.local)) }
        )
    }

    private static func unanswered(_ order: ProbeOrder, _ reason: String) -> ProbeEnd {
        ProbeEnd(order, Outcome(.socketError, detail: reason))
    }

    /// What the worker knows `target` by, which it is told first when it does not yet.
    private mutating func number(of target: ProbeTarget) -> UInt32 {
        if let known = targets[target] { return known }
        let check: UInt32
        if let known = checks[target.check] {
            check = known
        } else {
            lastNumber &+= 1
            check = lastNumber
            checks[target.check] = check
            put(.check(check, target.check))
        }
        lastNumber &+= 1
        targets[target] = lastNumber
        put(
            .target(lastNumber, target.endpoint, check: check, quiet: target.quietServer)
        )
        return lastNumber
    }

    private mutating func put(_ order: WorkerOrder) { outbox.put { order.write(&$0) } }
}
