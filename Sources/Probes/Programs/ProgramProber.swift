package import Core
import Dispatch
import Net
import Netlink

/// Carries out the probes that are a program of the operator's.
///
/// Each is a process with less than we have, in a group of its own that ends with it. One thread
/// starts them all, because they are to end with the thread that started them.
package final class ProgramProber: ProbeCarrier {
    private let inbox: OrderInbox
    /// Whether this process has no children but those.
    private let isAlone: Bool
    private let report: @Sendable ([ProbeEnd]) -> Void
    private let queue = DispatchQueue(label: "penstock.programs")

    /// Begins to wait for orders, until `stop`.
    ///
    /// - Parameters:
    ///   - isAlone: Whether this process has no other children, so that what has left the group of
    ///     its program can be told from them and ended.
    ///   - report: Takes what has ended; on a thread that it must not hold up.
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left.
    package init(
        isAlone: Bool = false,
        report: @escaping @Sendable ([ProbeEnd]) -> Void
    ) throws {
        inbox = try OrderInbox()
        self.isAlone = isAlone
        self.report = report
        queue.async { self.run() }
    }

    /// Whether the check is a program.
    package func carries(_ target: ProbeTarget) -> Bool {
        if case .program = target.check.method { true } else { false }
    }

    /// Has the thread start them, as many as may run at once.
    package func start(_ orders: [ProbeOrder]) { inbox.add(orders) }

    /// Ends the thread, and with it all programs.
    package func stop() { inbox.stop() }

    private func run() {
        var round = ProgramRound(sweeps: isAlone)
        while true {  // Ends when it is stopped.
            let ready = inbox.poller.wait(round.patience(at: SuspendingClock.now))
            guard let orders = inbox.take() else { return }
            for (order, at) in orders { round.add(order, at: at) }
            for key in ready { round.take(key, on: inbox.poller) }
            let now = SuspendingClock.now
            round.expire(at: now)
            round.begin(at: now, on: inbox.poller)
            round.sweep(at: now)
            let ended = round.takeEnded()
            if !ended.isEmpty { report(ended) }
        }
    }
}

/// The programs that one thread has running, and those that wait.
private struct ProgramRound {
    private struct Waiting {
        let order: ProbeOrder
        let at: SuspendingClock.Instant
        var due: SuspendingClock.Instant { at + order.run.target.check.timeout }
    }

    private final class Running {
        let order: ProbeOrder
        let process: ChildProcess
        let at: SuspendingClock.Instant
        let due: SuspendingClock.Instant
        /// How long it waited for others to end before it was started.
        let waited: Duration
        var output: [UInt8] = []
        var readBytes = 0
        var isHeard = true
        /// When it is ended by force, once it was told to end.
        var killDue: SuspendingClock.Instant?
        var isKilled = false

        init(
            _ waiting: Waiting,
            _ process: consuming ChildProcess,
            at now: SuspendingClock.Instant
        ) {
            waited = waiting.at.duration(to: now)
            order = waiting.order
            at = waiting.at
            due = waiting.due
            self.process = process
        }
    }

    /// Whether it looks for what has left the group of a program.
    private let sweeps: Bool
    private var waiting: [Waiting] = []
    private var running: [UInt64: Running] = [:]
    /// The key of the next one's output; the one after that is of its process.
    private var nextKey: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var ended: [ProbeEnd] = []
    private var accounts: [String: Account] = [:]
    private var nextSweep: SuspendingClock.Instant?

    init(sweeps: Bool) { self.sweeps = sweeps }

    /// How long nothing is due; `nil` when nothing ever is.
    func patience(at now: SuspendingClock.Instant) -> Duration? {
        var due = running.values.compactMap { program -> SuspendingClock.Instant? in
            guard let kill = program.killDue else { return program.due }
            return program.isKilled ? nil : kill
        }
        due += waiting.map(\.due)
        if let nextSweep { due.append(nextSweep) }
        return due.min().map { max(.zero, now.duration(to: $0)) }
    }

    mutating func takeEnded() -> [ProbeEnd] {
        defer { ended = [] }
        return ended
    }

    mutating func add(_ order: ProbeOrder, at: SuspendingClock.Instant) {
        waiting.append(Waiting(order: order, at: at))
    }

    /// Starts those that wait, while there may be more.
    mutating func begin(at now: SuspendingClock.Instant, on poller: borrowing Poller) {
        while running.count < ProgramLimits.atOnce, !waiting.isEmpty {
            let next = waiting.removeFirst()
            guard case .program(let terms) = next.order.run.target.check.method else { continue }
            do {
                let program = try program(terms, next.order.run.target)
                let started = Running(next, try ChildProcess(program), at: now)
                try poller.watch(started.process.line, for: .reading, key: nextKey)
                try poller.watch(started.process, key: nextKey + 1)
                running[nextKey] = started
                nextKey += 2
                if sweeps { nextSweep = nextSweep ?? now + ProgramLimits.sweep }
            } catch {
                let detail = "\(terms.command.first ?? ""): \(error)"
                settle(next.order, Outcome(.socketError, detail: Evidence.printable(detail.utf8)))
            }
        }
    }

    /// What is to be started for a target: no more than the program needs to know and to have.
    private mutating func program(
        _ terms: ProgramTerms,
        _ target: ProbeTarget
    ) throws -> ChildProgram {
        let timeout = target.check.timeout
        let seconds = UInt64(timeout.nanoseconds / 1_000_000_000)
        return ChildProgram(
            path: terms.command.first ?? "",
            arguments: terms.command,
            environment: [
                "PATH=\(ProgramLimits.path)", "LANG=C.UTF-8",
                "PENSTOCK_ADDRESS=\(target.endpoint.address)",
                "PENSTOCK_PORT=\(target.endpoint.port)",
                "PENSTOCK_TIMEOUT_MS=\(timeout.nanoseconds / 1_000_000)",
            ],
            streams: .heard,
            limits: [
                .memory(UInt64(terms.megabytes) << 20),
                .processorSeconds(seconds + ProgramLimits.spareProcessorSeconds),
                .fileBytes(ProgramLimits.fileBytes), .descriptors(ProgramLimits.descriptors),
                .coreBytes(0),
            ],
            account: try terms.user.map { try account($0) }
        )
    }

    private mutating func account(_ name: String) throws -> Account {
        if let known = accounts[name] { return known }
        guard let found = Account(named: name) else { throw NoSuchUser(name: name) }
        accounts[name] = found
        return found
    }

    private struct NoSuchUser: Error, CustomStringConvertible {
        let name: String
        var description: String { "this host knows no user \(name)" }
    }

    /// Looks at what a program says, or that it has ended.
    mutating func take(_ key: UInt64, on poller: borrowing Poller) {
        let isEnd = key % 2 == 1
        let place = isEnd ? key - 1 : key
        guard let program = running[place] else { return }
        do throws(Errno) {
            try hear(program, on: poller)
        } catch {
            program.isHeard = false
        }
        guard isEnd, let end = program.process.end else { return }
        running[place] = nil
        // Told already: its time was over.
        guard program.killDue == nil else { return }
        let duration = program.at.duration(to: SuspendingClock.now)
        switch end {
        case .exited(let status):
            settle(
                program.order,
                ProgramResult.outcome(
                    status: status,
                    output: program.output,
                    duration: duration
                )
            )
        case .signalled(let signal):
            settle(
                program.order,
                ProgramResult.outcome(
                    signal: signal,
                    output: program.output,
                    duration: duration
                )
            )
        }
    }

    /// Reads what is there, up to the bound; whoever says more waits for a reader.
    private mutating func hear(_ program: Running, on poller: borrowing Poller) throws(Errno) {
        while program.isHeard, let count = try program.process.line.receive(into: &buffer) {
            program.readBytes += count
            let room = ProgramLimits.keptBytes - program.output.count
            program.output += buffer[..<min(count, max(0, room))]
            guard count > 0, program.readBytes < ProgramLimits.readBytes else {
                program.isHeard = false
                return try poller.forget(program.process.line)
            }
        }
    }

    /// Ends what has had its time: its result at once, the process with manners, then by force.
    mutating func expire(at now: SuspendingClock.Instant) {
        for program in running.values {
            if let kill = program.killDue {
                guard now >= kill, !program.isKilled else { continue }
                program.isKilled = true
                program.process.killGroup()
            } else if now >= program.due {
                program.killDue = now + ProgramLimits.grace
                program.process.terminate()
                let timeout = program.order.run.target.check.timeout
                // Neither what we were late by nor what others took is its own time.
                let late = max(program.due.duration(to: now), program.waited)
                let duration = program.at.duration(to: now)
                settle(
                    program.order,
                    late <= Exchange.tolerance
                        ? ProgramResult.outcome(
                            timeout: timeout,
                            output: program.output,
                            duration: duration
                        )
                        : Outcome(
                            .socketError,
                            detail: "it had \(Evidence.short(late)) less than its time"
                        )
                )
            }
        }
        let late = waiting.filter { now >= $0.due }
        waiting.removeAll { now >= $0.due }
        for order in late.map(\.order) {
            let detail = "not started in time: \(ProgramLimits.atOnce) programs run already"
            settle(order, Outcome(.socketError, detail: detail))
        }
    }

    /// Ends what has left the group of its program, and has become ours when that ended.
    mutating func sweep(at now: SuspendingClock.Instant) {
        guard let due = nextSweep, now >= due else { return }
        let leaders = Set(running.values.map { $0.process.pid })
        let left = OwnProcess.endStrays(besides: leaders)
        nextSweep = running.isEmpty && left == 0 ? nil : now + ProgramLimits.sweep
    }

    private mutating func settle(_ order: ProbeOrder, _ outcome: Outcome) {
        ended.append(ProbeEnd(order, outcome))
    }
}
