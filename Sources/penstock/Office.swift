internal import API
internal import Core
internal import Daemon
internal import Foundation
internal import Logging
internal import Settings
internal import Synchronization

/// Where what is asked over the control socket, or by a signal, meets the daemon.
///
/// It knows which configuration is in force; the ledger knows what operators have ordered, and
/// the director itself everything else.
final class Office: Sendable {
    private struct InForce: Sendable {
        var loaded: Settings.Loaded
        var status: ConfigStatus
    }

    private let file: String
    /// What is in no file and stays until it is taken back.
    private let former: FormerRouting
    private let isTableInMemory: Bool
    let duty: Duty
    let ledger: Ledger
    let logger: Logger
    private let inForce: Mutex<InForce>
    private let digests = TableDigests()
    private let httpTrouble: ReadOnlyServer.Trouble

    init(
        file: String,
        loaded: Settings.Loaded,
        former: FormerRouting = FormerRouting(),
        isTableInMemory: Bool,
        duty: Duty,
        ledger: Ledger,
        httpTrouble: ReadOnlyServer.Trouble = ReadOnlyServer.Trouble(),
        logger: Logger
    ) {
        self.file = file
        self.httpTrouble = httpTrouble
        self.former = former
        self.isTableInMemory = isTableInMemory
        self.duty = duty
        self.ledger = ledger
        self.logger = logger
        let status = ConfigStatus(
            file: file,
            digest: "\(loaded.digest)",
            loadedAt: .current
        )
        inForce = Mutex(InForce(loaded: loaded, status: status))
    }

    /// The questions and orders of the API, with what stands behind each.
    var controls: Controls {
        Controls(
            snapshot: { self.snapshot },
            loops: { self.loops },
            vitals: { Vitals(process: .own, stateWrites: self.ledger.writes) },
            isReady: { self.duty.latest.director.isSettledIn },
            drain: { wish async throws(Refusal) in try await self.drain(wish) },
            change: { wish async throws(Refusal) in try await self.change(wish) },
            path: { await self.path(of: $0) },
            reload: { () async throws(Refusal) in try await self.reload() },
            plan: { text async throws(Refusal) in try self.plan(text) }
        )
    }

    var snapshot: Snapshot {
        let latest = duty.latest
        var snapshot = digests.complete(
            latest.director.snapshot(
                Director.Frame(
                    now: latest.now,
                    takenAt: .current,
                    config: inForce.withLock { $0.status },
                    isTableInMemory: isTableInMemory
                )
            )
        )
        snapshot.probes = duty.probeCounts
        // What the director does not know, and nobody's traffic depends on, comes last.
        if let fault = httpTrouble.fault { snapshot.warnings.append(WarningStatus(fault)) }
        return snapshot
    }

    private var loops: [LoopPulse] {
        let age = duty.latest.age
        let isAlive = age < Duty.heartbeat * 3
        return [
            LoopPulse(
                name: "round",
                lastBeat: .current - age,
                alive: isAlive,
                lagSeconds: duty.lag.seconds
            )
        ]
    }

    // MARK: Configuration

    func ask(_ command: Command) throws(Refusal) {
        guard duty.ask(command) else { throw .tooManyWaiting }
    }

    /// Reads the file again and puts it in force; on any error nothing changes.
    @discardableResult
    func reload() async throws(Refusal) -> ReloadReport {
        do {
            let loaded = try load()
            let before = inForce.withLock { $0 }
            try refuseRestartOnly(from: before.loaded, to: loaded)
            try ask(.reload(former.joined(to: loaded.intent)))
            let isChanged = loaded.digest != before.loaded.digest
            let status = ConfigStatus(
                file: file,
                digest: "\(loaded.digest)",
                loadedAt: isChanged ? .current : before.status.loadedAt
            )
            inForce.withLock { $0 = InForce(loaded: loaded, status: status) }
            for line in loaded.warningText.split(separator: "\n") { logger.warning("\(line)") }
            logger.info("reloaded", metadata: ["digest": "\(loaded.digest)"])
            return ReloadReport(config: status, changed: isChanged)
        } catch {
            inForce.withLock { $0.status.lastReloadFailed = true }
            logger.error(
                "reload failed; the configuration before it stays in force",
                metadata: ["reason": "\(error.fault)"]
            )
            for problem in error.problems {
                let place = "\(problem.file):\(problem.line):\(problem.column)"
                logger.error("\(place): error[\(problem.code)]: \(problem.text)")
            }
            throw error
        }
    }

    private func load() throws(Refusal) -> Settings.Loaded {
        do {
            return try Settings.load(path: file, hostName: HostName.current)
        } catch {
            throw Refusal(error, file: file)
        }
    }

    /// What the planes were built with does not change under them.
    private func refuseRestartOnly(
        from old: Settings.Loaded,
        to new: Settings.Loaded
    ) throws(Refusal) {
        let keys = RestartOnly.keys(from: old, to: new)
        guard !keys.isEmpty else { return }
        throw Refusal(
            .conflict,
            Fault(
                code: "C301",
                summary: "\(keys.joined(separator: ", ")) cannot change while penstock runs",
                because: "nothing of the new configuration was put in force",
                fix: "systemctl restart penstock: what stays configured keeps its routes and "
                    + "services; what was announced by a speaker or in a range that has left the "
                    + "configuration is taken back"
            )
        )
    }

    private func plan(_ text: String?) throws(Refusal) -> PlanReport {
        let loaded: Settings.Loaded
        if let text {
            do {
                loaded = try Settings.load(
                    text: text,
                    file: "(sent)",
                    hostName: HostName.current
                )
            } catch {
                throw Refusal(error, file: "(sent)")
            }
        } else {
            loaded = try load()
        }
        let latest = duty.latest
        let (changes, turning, shifts) = latest.director.prospect(
            of: former.joined(to: loaded.intent),
            at: latest.now
        )
        return PlanReport(
            source: text == nil ? file : "(sent)",
            steps: changes.map { PlanReport.Step($0) },
            vipsChangingState: turning.map(\.text),
            notes: notes(on: loaded.intent, comparedTo: latest.director.intent)
                + FlowShift.notes(on: shifts)
        )
    }
}

extension Office {
    /// What a list of steps does not show.
    private func notes(on new: Intent, comparedTo old: Intent) -> [String] {
        var notes: [String] = []
        let known = Set(old.vips.map(\.address))
        let fresh = new.vips.filter { !known.contains($0.address) }.map(\.name.text)
        if !fresh.isEmpty {
            notes.append("announced once healthy: \(fresh.joined(separator: ", "))")
        }
        let kept = Set(new.vips.map(\.address))
        let gone = old.vips.filter { !kept.contains($0.address) }.map(\.name.text)
        if !gone.isEmpty {
            notes.append(
                "withdrawn first, taken away once quiet: \(gone.joined(separator: ", "))"
            )
        }
        return notes
    }
}

extension Refusal {
    /// The director has not come to what was asked before.
    static let tooManyWaiting = Refusal(
        .notNow,
        Fault(
            code: "D411",
            summary: "too many requests are waiting",
            because: "\(Inbox.mostCommands) commands are queued",
            fix: "ask again in a moment"
        )
    )

    /// A configuration that does not hold up.
    init(_ rejection: Rejection, file: String) {
        let count = rejection.problems.count
        self.init(
            .invalidConfiguration,
            Fault(
                code: "C302",
                summary: "the configuration has \(count) error\(count == 1 ? "" : "s")",
                because: file,
                fix: "penstock check \(file)"
            ),
            problems: rejection.problems.enumerated().map { index, problem in
                ConfigurationProblem(
                    code: problem.code.rawValue,
                    file: file,
                    line: problem.span.line,
                    column: problem.span.column,
                    text: problem.message,
                    // The report is one text; it travels with the first problem.
                    rendered: index == 0 ? "\(rejection)" : ""
                )
            }
        )
    }
}
