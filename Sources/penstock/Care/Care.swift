internal import Core
internal import Daemon
internal import IPVS
internal import Link
internal import Logging
internal import Net
internal import Probes
internal import Synchronization
internal import UnixSignals

/// `penstock care` at work: checks in, operations out, until it is told to stop.
///
/// One task owns the caretaker; results of checks wait in a mailbox that it empties at each look.
struct Care {
    /// The time between two looks at the table.
    ///
    /// Connections end and hands meddle without a word
    /// of the kernel; a second is what an operator calls at once.
    static let lookEvery: Duration = .seconds(1)
    /// How often a single check is tried while this machine is too busy to run it.
    static let attempts = 3
    let caretaker: Caretaker
    let check: Check
    let interface: CareInterface
    let terminal: Terminal

    private let table = CareTable(.live())
    private let clock = SuspendingClock()

    init(caretaker: Caretaker, check: Check, interface: CareInterface, terminal: Terminal) {
        self.caretaker = caretaker
        self.check = check
        self.interface = interface
        self.terminal = terminal
    }

    private var identity: ServiceIdentity { caretaker.service.identity }

    private func target(_ server: Destination) -> ProbeTarget {
        ProbeTarget(
            endpoint: Endpoint(server.endpoint.address, check.port ?? server.endpoint.port),
            check: check
        )
    }

    /// Which servers a check speaks of: with a port of its own it may be several.
    private var serversOfTarget: [ProbeTarget: [Endpoint]] {
        Dictionary(grouping: caretaker.servers, by: target).mapValues { $0.map(\.endpoint) }
    }

    // MARK: One pass

    /// Checks every server once, and brings the table to what came of it.
    func runOnce() async throws -> ExitStatus {
        try await provideAddress()
        var caretaker = caretaker
        for (server, outcome) in await probeAll() {
            _ = caretaker.probed(server, outcome, now: .zero)
            let word =
                switch outcome.verdict {
                case .passed: "passes"
                case .failed: "fails"
                case .unknown: "could not be checked"
                }
            try terminal.tell(["\(server) \(word): \(outcome)"])
        }
        let done = try await table.settle(caretaker, now: .zero)
        let isSettled = try tell(done)
        if done.isEmpty { try terminal.tell(["\(identity): nothing to change"]) }
        let isAllUp = caretaker.servers.allSatisfy { caretaker.isUp($0.endpoint) == true }
        return isSettled && isAllUp ? .success : .problem
    }

    private func probeAll() async -> [(Endpoint, Outcome)] {
        let prober = Prober(civilNow: { .current })
        return await withTaskGroup(of: (ProbeTarget, Outcome).self) { group in
            let servers = serversOfTarget
            for target in servers.keys {
                group.addTask {
                    var outcome = await prober.probe(target)
                    // A check that could not be run says nothing, and there is no next one.
                    for _ in 1..<Self.attempts where outcome.verdict == .unknown {
                        outcome = await prober.probe(target)
                    }
                    return (target, outcome)
                }
            }
            var outcomes: [(Endpoint, Outcome)] = []
            for await (target, outcome) in group {
                outcomes += (servers[target] ?? []).map { ($0, outcome) }
            }
            return outcomes.sorted { $0.0 < $1.0 }
        }
    }

    /// Takes away what was set up.
    func clean() async throws -> ExitStatus {
        let done = try await table.clean(caretaker)
        let isDone = try tell(done)
        if case .link(let name) = interface, case .address(let address, _, _) = identity {
            let link = DirectorLink.live(name)
            if try await link.observe()?.addresses.contains(address) == true {
                if let failure = try await link.remove([address]).values.first { throw failure }
                try terminal.tell(["\(address) removed from \(name)"])
            }
        }
        if done.isEmpty { try terminal.tell(["\(identity): nothing to remove"]) }
        return isDone ? .success : .problem
    }

    /// Makes the address local where that was asked for; writes nothing when it is.
    private func provideAddress() async throws {
        guard case .link(let name) = interface, case .address(let address, _, _) = identity else {
            return
        }
        let link = DirectorLink.live(name)
        let sight = try await link.observe()
        if sight?.isUp != true { try await link.ensure() }
        guard sight?.addresses.contains(address) != true else { return }
        if let failure = try await link.add([address]).values.first { throw failure }
        try terminal.tell(["\(address) added to \(name)"])
    }

    /// Says what was done; answers whether all of it was.
    private func tell(_ done: [(step: Caretaker.Step, failure: IPVSError?)]) throws -> Bool {
        for (step, failure) in done {
            if let failure {
                try terminal.report(FaultScreen.lines(Fault(failure)))
            } else {
                try terminal.tell(["\(identity): \(step.words)"])
            }
        }
        return done.allSatisfy { $0.failure == nil }
    }
}

// MARK: - The loop

extension Care {
    /// Cares until SIGTERM or SIGINT, and leaves the table as it is then.
    func run() async throws -> ExitStatus {
        // What cannot be at all, such as no IPVS in this kernel, is said before anything begins.
        _ = try await table.look(identity)
        try await provideAddress()
        let mailbox = Mailbox()
        let prober = Prober(civilNow: { .current })
        let probes = ProbeService(
            clock: clock,
            logger: Logger(label: "penstock.care", factory: { _ in SwiftLogNoOpLogHandler() }),
            probe: { await prober.probe($0) },
            sink: { for each in $0 { mailbox.add(each.target, each.outcome) } }
        )
        probes.update(targets: Array(serversOfTarget.keys))
        try terminal.tell([
            "\(identity): caring for \(Figures.count(caretaker.servers.count, "real server"))"
        ])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await probes.run() }
            group.addTask { try await look(at: mailbox) }
            group.addTask {
                let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
                for await _ in signals { return }
            }
            // Whoever ends first ends it all: a signal, or an error that nothing mends.
            try await group.next()
            group.cancelAll()
        }
        try terminal.tell(["\(identity): stopped; the table stays as it is (--clean removes it)"])
        return .success
    }

    /// Looks, decides and acts, again and again, until it is cancelled.
    ///
    /// What fails here is said and tried again: a caretaker who leaves helps nobody.
    private func look(at mailbox: Mailbox) async throws {
        let began = clock.now
        var caretaker = caretaker
        var complaint = Complaint()
        while !Task.isCancelled {
            let now = Moment.zero + began.duration(to: clock.now)
            try take(mailbox.empty(), into: &caretaker, now: now)
            var failure: IPVSError?
            var done: [(step: Caretaker.Step, failure: IPVSError?)] = []
            do throws(IPVSError) {
                done = try await table.settle(caretaker, now: now)
                failure = done.lazy.compactMap(\.failure).first
            } catch {
                failure = error
            }
            for (step, refusal) in done where refusal == nil {
                try terminal.tell(["\(identity): \(step.words)"])
            }
            if complaint.isDue(failure) {
                try terminal.report(
                    failure.map { FaultScreen.lines(Fault($0)) } ?? ["\(identity): going on"]
                )
            }
            do {
                try await Task.sleep(for: Self.lookEvery, clock: clock)
            } catch {
                return
            }
        }
    }

    private func take(
        _ mail: [(ProbeTarget, Outcome)],
        into caretaker: inout Caretaker,
        now: Moment
    ) throws {
        let servers = serversOfTarget
        for (target, outcome) in mail {
            for server in servers[target] ?? []
            where caretaker.probed(server, outcome, now: now) {
                let passes = caretaker.isUp(server) == true
                try terminal.tell(["\(server) \(passes ? "passes" : "fails"): \(outcome)"])
            }
        }
    }
}

/// Results of checks on their way to the loop.
private final class Mailbox: Sendable {
    private let mail = Mutex<[(ProbeTarget, Outcome)]>([])

    /// Leaves a result; between two looks there are a few for each server at most.
    func add(_ target: ProbeTarget, _ outcome: Outcome) {
        mail.withLock { $0.append((target, outcome)) }
    }

    /// Takes all results out, oldest first.
    func empty() -> [(ProbeTarget, Outcome)] {
        mail.withLock { mail in
            defer { mail = [] }
            return mail
        }
    }
}
