package import Core
import Net
package import Netlink
import NIOPosix
import Synchronization

/// The process that carries out probes for a director: what it is told, it does.
///
/// It decides nothing, and has what it needs and no more: the line to the director as its standard
/// input, and of privileges those that marks, echoes and ARP take.
package enum ProbeWorker {
    /// The word that makes this program the worker of a director.
    package static let verb = "probe-worker"

    /// The most probes at once, above what a director orders: more are answered at once, as such
    /// that could not be made.
    static let mostUnderWay = 16_384

    /// The most bytes that wait for a director to take them: the results of all that is under way.
    static let mostUnsent = 32 << 20

    /// What a worker must be able to do beside connecting.
    package struct Needs: Hashable, Sendable {
        /// To mark what it sends.
        package var marks = false
        /// To run programs as other users, and to end them.
        package var users = false

        /// None, or these.
        package init(marks: Bool = false, users: Bool = false) {
            self.marks = marks
            self.users = users
        }

        /// What the probes of `targets` need.
        init(of targets: [ProbeTarget]) {
            for target in targets {
                if target.check.origin.mark != nil || target.path != nil { marks = true }
                if case .program(let terms) = target.check.method, terms.user != nil {
                    users = true
                }
            }
        }

        /// The privileges that this takes.
        var privileges: [ChildProgram.Privilege] {
            var privileges: [ChildProgram.Privilege] = [.rawSockets]
            if marks, !OwnProcess.rawSocketsMayMark { privileges.append(.networkAdministration) }
            if users { privileges += [.changingUser, .changingGroup, .killing] }
            return privileges
        }
    }

    /// The worker as a program: this one, of which nothing but the line goes on in it.
    ///
    /// It is started from what runs, not from what its path leads to, which an upgrade changes.
    package static func program(_ needs: Needs) -> ChildProgram {
        ChildProgram(
            path: "/proc/self/exe",
            arguments: ["penstock", verb],
            streams: .line,
            privileges: needs.privileges
        )
    }

    /// Works on the line that standard input is, until its other side is gone.
    ///
    /// - Parameter civilNow: What the end of a certificate is told from.
    /// - Throws: What the other side said that no director of ours would, or the kernel's refusal.
    package static func run(civilNow: @escaping @Sendable () -> Timestamp) throws {
        OwnProcess.call(itself: "penstock-probe")
        OwnProcess.leaveStopsToParent()
        OwnProcess.adoptOrphans()
        let session = try WorkerSession(.standardInput(), civilNow: civilNow)
        try session.run()
    }
}

/// The worker's side of the line.
final class WorkerSession {
    /// What is to be said, from whatever thread.
    private final class Mouth: Sendable {
        let poller: Poller
        private let outbox = Mutex(FrameWriter())

        init() throws { poller = try Poller() }

        func say(_ words: [WorkerWord]) {
            put(words)
            poller.ring()
        }

        /// Says it with the next turn of the session, for the session itself.
        func put(_ words: [WorkerWord]) {
            outbox.withLock { outbox in
                for word in words { outbox.put { word.write(&$0) } }
            }
        }

        var count: Int { outbox.withLock(\.count) }

        func takeBytes() -> [UInt8] { outbox.withLock { $0.takeAll() } }
    }

    /// The bytes that are read at once.
    private static let readBytes = 64 * 1024
    private static let lineKey: UInt64 = 0

    private let line: StreamSocket
    private let civilNow: @Sendable () -> Timestamp
    private let mouth: Mouth
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let sentry: Sentry
    /// Carries out what is no plain connection, or takes more to judge, on threads of its own.
    private var prober: LocalProber?
    /// The others, on this thread: to hand ten thousand of them a second to another one and back
    /// costs as much as some of them do.
    private var streams: StreamRound?
    private var frames = FrameReader()
    private var buffer = [UInt8](repeating: 0, count: readBytes)
    private var unsent: ArraySlice<UInt8> = []
    private var interest = Poller.Interest.reading
    private var checks: [UInt32: Check] = [:]
    private var targets: [UInt32: ProbeTarget] = [:]
    private var lines: [UInt32: @Sendable () -> Void] = [:]
    private let underWay = Underway()

    /// How many probes are under way, and which connections have ended by themselves.
    private final class Underway: Sendable {
        private let state = Mutex((count: 0, gone: [UInt32]()))

        var count: Int { state.withLock(\.count) }

        func add(_ count: Int) { state.withLock { $0.count += count } }

        func end(_ line: UInt32) { state.withLock { $0.gone.append(line) } }

        func takeGone() -> [UInt32] {
            state.withLock { state in
                defer { state.gone = [] }
                return state.gone
            }
        }
    }

    /// A session on `line`, a socket that does not block.
    init(
        _ line: consuming StreamSocket,
        civilNow: @escaping @Sendable () -> Timestamp
    ) throws {
        self.line = line
        self.civilNow = civilNow
        mouth = try Mouth()
        sentry = Sentry(group: group)
    }

    /// Works until the other side is gone.
    func run() throws {
        defer { prober?.stop() }
        try mouth.poller.watch(line, for: .reading, key: Self.lineKey)
        while true {  // Ends when the other side is gone.
            let patience = streams?.patience(at: SuspendingClock.now)
            let events = mouth.poller.events(within: patience)
            let now = SuspendingClock.now
            probe(events, at: now)
            // After what was found, which is about those that had the sockets until now.
            if events.contains(where: { $0.key == Self.lineKey }) {
                guard try hear(at: now) else { return }
            }
            report(streams?.takeEnded(at: SuspendingClock.now) ?? [])
            guard try speak() else { return }
        }
    }

    /// Goes on with the probes of this thread.
    private func probe(_ events: [Poller.Event], at now: SuspendingClock.Instant) {
        for event in events { streams?.take(event, at: now) }
        streams?.resume(at: now)
        if events.count < Poller.eventsAtOnce { streams?.expire(at: now) }
    }

    private func report(_ ends: [ProbeEnd]) {
        guard !ends.isEmpty else { return }
        underWay.add(-ends.count)
        mouth.put(ends.map { .end(ticket: $0.order.ticket, $0.outcome) })
    }

    /// Reads and obeys; whether the other side is still there.
    private func hear(at now: SuspendingClock.Instant) throws -> Bool {
        // Once only: what is left comes with the next wait, after what is to be said.
        guard let count = try line.receive(into: &buffer) else { return true }
        guard count > 0 else { return false }
        for line in underWay.takeGone() { lines[line] = nil }
        var orders: [ProbeOrder] = []
        let most = ProbeWorker.mostUnderWay - underWay.count
        for frame in try frames.take(buffer[..<count]) {
            for order in try WorkerOrder.all(in: frame) { try obey(order, &orders, atMost: most) }
        }
        guard !orders.isEmpty else { return true }
        underWay.add(orders.count)
        var others: [ProbeOrder] = []
        for order in orders {
            if Exchange.isPlainStream(order.target), order.target.path == nil {
                streams?.start(order, orderedAt: now, on: mouth.poller)
            } else {
                others.append(order)
            }
        }
        if !others.isEmpty { prober?.start(others) }
        return true
    }

    /// Writes what waits; whether the other side takes it.
    private func speak() throws -> Bool {
        repeat {
            if unsent.isEmpty { unsent = mouth.takeBytes()[...] }
            guard !unsent.isEmpty else { break }
            let count = try line.send(unsent)
            guard count > 0 else { break }
            unsent = unsent.dropFirst(count)
        } while true  // Ends when there is nothing left, or no room for it.
        let wanted: Poller.Interest = unsent.isEmpty ? .reading : .either
        if wanted != interest {
            try mouth.poller.change(line, to: wanted, key: Self.lineKey)
            interest = wanted
        }
        guard unsent.count + mouth.count <= ProbeWorker.mostUnsent else {
            throw WireFault("the director does not take what it has ordered")
        }
        return true
    }

    /// Does what is ordered; probes are added to `orders`, so many at the most.
    private func obey(
        _ order: WorkerOrder,
        _ orders: inout [ProbeOrder],
        atMost most: Int
    ) throws(WireFault) {
        switch order {
        case .greeting(let version, let userAgent): try begin(version, userAgent)
        case .check(let number, let check): checks[number] = check
        case .target(let number, let endpoint, let check, let server):
            guard let check = checks[check] else { throw WireFault("a target of no check") }
            targets[number] = ProbeTarget(
                endpoint: endpoint,
                check: check,
                path: server.map { ProbePath(to: $0, port: 0, by: .directRouting) }
            )
        case .forgetTarget(let number): targets[number] = nil
        case .forgetCheck(let number): checks[number] = nil
        case .probe(let ticket, let target):
            guard prober != nil, let target = targets[target] else {
                throw WireFault("a probe of no target")
            }
            guard orders.count < most else {
                let outcome = Outcome(.socketError, detail: "too many probes at once")
                return mouth.put([.end(ticket: ticket, outcome)])
            }
            let run = ProbeSchedule.Run(target: target)
            orders.append(ProbeOrder(run, started: .zero, ticket: ticket))
        case .open(let line, let dial): open(line, dial)
        case .close(let line): lines.removeValue(forKey: line)?()
        case .ping(let number): mouth.put([.pong(number)])
        }
    }

    private func begin(_ version: UInt16, _ userAgent: String) throws(WireFault) {
        guard version == WorkerOrder.version, prober == nil else {
            throw WireFault("a greeting of version \(version)")
        }
        let prober = Prober(group: group, userAgent: userAgent, civilNow: civilNow)
        do {
            self.prober = try LocalProber(prober, userAgent: userAgent, isAlone: true) {
                [mouth, underWay] ends in
                underWay.add(-ends.count)
                mouth.say(ends.map { .end(ticket: $0.order.ticket, $0.outcome) })
            }
        } catch {
            throw WireFault("no descriptor is left (\(error))")
        }
        streams = StreamRound(
            userAgent: userAgent,
            firstKey: Int(Self.lineKey) + 1,
            now: SuspendingClock.now
        )
        mouth.put([.greeting(version: version)])
    }

    private func open(_ line: UInt32, _ dial: SentinelDial) {
        lines[line] = sentry.open(dial.endpoint, dial.timing) { [mouth, underWay] news in
            if news != .stands { underWay.end(line) }
            mouth.say([.news(line: line, news)])
        }
    }
}
