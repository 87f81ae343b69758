internal import Core
internal import IPVS

/// A file of rules on its way into the kernel.
struct Restoration {
    /// Operations between two words about progress: several sends, of which each but the first is
    /// written while the kernel works on the one before it.
    static let piece = 2048
    /// The errors that are shown; what comes after is only counted.
    static let errorsShown = 20

    /// The file; `-` is the standard input.
    let file: String
    /// Whether the table is made exactly what the file says.
    var replace = false
    /// Whether it is only checked and shown.
    var dryRun = false

    /// What the file is called in messages.
    private var name: String { file == "-" ? "(standard input)" : file }

    /// Does it, and says what the program ends with.
    func run(on terminal: Terminal) async throws -> ExitStatus {
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

    private func plan(_ rules: [Rule], asking client: Client) async throws -> RulePlan {
        if replace {
            let wanted = try RuleTable(rules)
            let timeouts = wanted.timeouts == nil ? nil : try await client.timeouts()
            return wanted.changes(from: try await client.table(), timeouts: timeouts)
        }
        // A file can be checked where there is no IPVS; then every service in it is a new one.
        guard !dryRun else { return RulePlan(rules, present: []) }
        guard RulePlan.needsPresent(rules) else {
            // What would be wrong with every single rule is said once.
            _ = try await client.info()
            return RulePlan(rules, present: [])
        }
        let present = try await client.services().map(\.service.identity)
        return RulePlan(rules, present: Set(present))
    }

    private func show(_ plan: RulePlan, on terminal: Terminal) throws -> ExitStatus {
        try terminal.show(text: try RuleFile.text(plan.rules.map(\.operation)))
        try terminal.tell(["\(name): \(Figures.count(plan.rules.count, "operation")) to send"])
        return .success
    }

    private func carryOut(
        _ plan: RulePlan,
        over client: Client,
        on terminal: Terminal
    ) async throws -> ExitStatus {
        var progress = RestoreProgress(total: plan.rules.count, terminal: terminal)
        let outcome = try await client.carryOut(plan, inPiecesOf: Self.piece) {
            try progress.reached($0)
        }
        try progress.end()
        return try conclude(plan, outcome, on: terminal)
    }

    private func conclude(
        _ plan: RulePlan,
        _ outcome: RulePlan.Outcome,
        on terminal: Terminal
    ) throws -> ExitStatus {
        let done = Figures.count(outcome.sent - outcome.failures.count, "operation")
        let failures = outcome.failures.sorted { $0.key < $1.key }
            .map { (line: plan.rules[$0.key].line, error: $0.value) }
        guard let first = failures.first?.error else {
            let words = plan.rules.isEmpty ? "nothing to change" : "\(done) carried out"
            try terminal.tell(["\(name): \(words)"])
            return .success
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
        let unsent = plan.rules.count - outcome.sent
        let tail = unsent > 0 ? ", \(unsent) not sent" : ""
        try terminal.report([
            "\(name): \(done) carried out, \(failures.count) refused\(tail)",
            StyledText("  fix      \(Self.fix(first))"),
        ])
        return ExitStatus(first)
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
