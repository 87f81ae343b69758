internal import ArgumentParser
internal import Core
internal import Foundation
internal import IPVS

/// `penstock ipvs restore`: rules into the kernel.
struct IPVSRestoreCommand: AsyncParsableCommand {
    /// Operations between two words about progress.
    static let piece = 2048
    /// The errors that are shown; what comes after is only counted.
    static let errorsShown = 20

    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Carry out a file of rules as `ipvsadm -S` and `penstock ipvs save` write them.",
        discussion: """
            The file is read as a whole first: if one line of it is not understood, all bad lines \
            are named and nothing is carried out. Like ipvsadm -R it adds to what is there, and a \
            rule that the kernel refuses is named and does not stop the others. With --replace the \
            file is the whole table: only what differs is written, and what is not in the file is \
            removed, whoever added it.

            Names of ports are looked up in /etc/services; names of hosts are not resolved.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file; - or nothing is the standard input.")
    var file = "-"

    @Flag(help: "Make the table exactly what the file says.")
    var replace = false

    @Flag(help: "Check the file and show what would be sent; changes nothing.")
    var dryRun = false

    /// What the file is called in messages.
    private var name: String { file == "-" ? "(standard input)" : file }

    func run() async throws {
        try await options.performAlone { terminal in
            let text: [UInt8]
            do throws(InputFile.Failure) {
                text = try InputFile(file).bytes()
            } catch {
                try terminal.report(FaultScreen.lines(error.fault))
                return .invalidConfiguration
            }
            let client = Client.live()
            let plan: RulePlan
            do {
                let rules = try RuleFile(parsing: text, portNamed: ServiceNames().port)
                try report(rules.warnings, in: text, on: terminal)
                plan = try await self.plan(rules.rules, asking: client)
            } catch let rejection as RuleFile.Rejection {
                try report(rejection.problems, in: text, on: terminal)
                let count = rejection.problems.count { $0.severity == .error }
                try terminal.report([
                    "\(name): \(Figures.count(count, "bad line")); nothing was changed"
                ])
                return .invalidConfiguration
            }
            if dryRun { return try show(plan, on: terminal) }
            return try await carryOut(plan, over: client, on: terminal)
        }
    }

    private func plan(_ rules: [Rule], asking client: Client) async throws -> RulePlan {
        if replace {
            let wanted = try RuleTable(rules)
            let timeouts = wanted.timeouts == nil ? nil : try await client.timeouts()
            return wanted.changes(from: try await client.table(), timeouts: timeouts)
        }
        // A file can be checked where there is no IPVS; then every service in it is a new one.
        guard !dryRun else { return RulePlan(rules, present: []) }
        let present = try await client.services().map(\.service.identity)
        return RulePlan(rules, present: Set(present))
    }

    private func show(_ plan: RulePlan, on terminal: Terminal) throws -> ExitStatus {
        try terminal.show(text: try RuleFile.text(plan.operations))
        try terminal.tell(["\(name): \(Figures.count(plan.operations.count, "operation")) to send"])
        return .success
    }

    private func carryOut(
        _ plan: RulePlan,
        over client: Client,
        on terminal: Terminal
    ) async throws -> ExitStatus {
        var progress = RestoreProgress(total: plan.operations.count, terminal: terminal)
        var results: [IPVSError?] = []
        results.reserveCapacity(plan.operations.count)
        for piece in plan.pieces(of: Self.piece) {
            results += try await client.apply(Array(plan.operations[piece]))
            try progress.reached(results.count)
        }
        try progress.end()
        let leftovers = plan.cleanup(after: results)
        if !leftovers.isEmpty { _ = try await client.apply(leftovers) }
        return try conclude(plan, results, on: terminal)
    }

    private func conclude(
        _ plan: RulePlan,
        _ results: [IPVSError?],
        on terminal: Terminal
    ) throws -> ExitStatus {
        let failures = zip(plan.lines, results).compactMap { line, error in
            error.map { (line: line, error: $0) }
        }
        for failure in failures.prefix(Self.errorsShown) {
            try terminal.report([
                StyledText("\(name):\(failure.line): ")
                    + StyledText("error[\(failure.error.code)]", .bad)
                    + StyledText(": \(failure.error.summary)"),
                StyledText("  because  \(failure.error.because)"),
            ])
        }
        if failures.count > Self.errorsShown {
            let more = failures.count - Self.errorsShown
            try terminal.report(["\(Figures.count(more, "more error"))"])
        }
        let done = Figures.count(results.count - failures.count, "operation")
        let tail = failures.isEmpty ? "" : ", \(failures.count) refused"
        let words = plan.operations.isEmpty ? "nothing to change" : "\(done) carried out\(tail)"
        guard let first = failures.first else {
            try terminal.tell(["\(name): \(words)"])
            return .success
        }
        try terminal.report([
            "\(name): \(words)", StyledText("  fix      \(Self.fix(first.error))"),
        ])
        return ExitStatus(first.error)
    }

    /// What to do next; the library's own word is for those who go on by themselves.
    private static func fix(_ error: IPVSError) -> String {
        switch error {
        case .exists, .serviceMissing, .destinationMissing:
            "restore with --replace, which changes only what differs"
        default: error.fix
        }
    }

    private func report(
        _ problems: [RuleProblem],
        in text: [UInt8],
        on terminal: Terminal
    ) throws {
        for problem in problems.prefix(Self.errorsShown) {
            try terminal.report(problem.lines(file: name, text: text).map { StyledText($0) })
        }
        let more = problems.count - Self.errorsShown
        if more > 0 { try terminal.report(["\(Figures.count(more, "more problem"))"]) }
    }
}

/// How far a restore has come, said where somebody may be waiting.
struct RestoreProgress {
    /// After this time a word is said even where lines cannot be drawn anew: in a log, silence
    /// for longer looks like a hang.
    static let silence: Duration = .seconds(5)

    let total: Int
    let terminal: Terminal
    private var spoke = ContinuousClock.now
    private var drawn = 0

    init(total: Int, terminal: Terminal) {
        self.total = total
        self.terminal = terminal
    }

    /// So many operations have been sent.
    mutating func reached(_ count: Int) throws {
        guard count < total else { return }
        let line = StyledText("\(count) of \(total) operations")
        if terminal.isLive {
            try terminal.redraw([line], over: drawn)
            drawn = 1
        } else if spoke.duration(to: .now) > Self.silence {
            try terminal.tell([line])
            spoke = .now
        }
    }

    /// The last word is somebody else's.
    mutating func end() throws {
        guard drawn > 0 else { return }
        try terminal.redraw([], over: drawn)
        drawn = 0
    }
}
