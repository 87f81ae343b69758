internal import API
internal import ArgumentParser
internal import Core
internal import Daemon
internal import Foundation
internal import Logging
internal import Net

/// `penstock withdraw`: the emergency stop, which needs no daemon.
struct WithdrawCommand: AsyncParsableCommand {
    /// How long a daemon may take to answer before it counts as one that cannot be told.
    ///
    /// It answers in milliseconds, or it hangs; the routes must not wait for that.
    private static let patienceWithDaemon: Duration = .seconds(2)

    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Emergency stop: take back every announced VIP at once, daemon or not.",
        discussion: """
            Talks to bgpd itself. Of the configuration only bgpd's socket, the AS number and the \
            owned prefixes count: every host prefix inside them is withdrawn, whoever put it \
            there, and nothing else is touched. It looks until no peer is sent any of them.

            A daemon that runs is told first to drain at once, so that it does not announce \
            again; then bgpd is told all the same, because a daemon that answers may still hang. \
            `penstock undrain` ends that. A daemon that does not run is not kept from announcing \
            when it is started: stop its unit too, or drain it after the start.

            A configuration with errors keeps it from nothing: it goes by what the daemon wrote \
            down (state.json) and by what of the file can be read, and says so. With \
            --owned-prefix and --asn it goes by these alone. With --strict it does nothing by a \
            configuration with errors.

            IPVS and addresses stay, so what still arrives is served. Running it twice does no \
            harm. Exit codes: 0 everything is seen gone, 5 nobody said --yes or bgpd is not one \
            that may be written to, 65 the configuration is invalid and what was done by a part \
            of it may not be all, 69 bgpd does not run, 75 the time was up, 77 not permitted, 1 \
            anything else.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Every VIP; there is no other choice, so that nobody means one and gets all.")
    var all = false

    @Flag(help: "Do not ask. Without it, and without a terminal, nothing is done.")
    var yes = false

    @Option(help: ArgumentHelp("The configuration file.", valueName: "path"))
    var config = CheckCommand.usualFile

    @Flag(help: "Do nothing by a configuration with errors, as an automatic stop should.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "A range to withdraw in, in place of every file; may be repeated.",
            valueName: "prefix"
        )
    )
    var ownedPrefix: [String] = []

    @Option(help: ArgumentHelp("The AS of bgpd, with --owned-prefix.", valueName: "number"))
    var asn: String?

    @Option(help: ArgumentHelp("bgpd's socket, with --owned-prefix.", valueName: "path"))
    var vtySocket: String?

    func validate() throws {
        guard all else {
            throw ValidationError("say --all; one VIP is taken back with: penstock drain VIP --now")
        }
        let given = try given
        guard given.isEmpty || (given.asn != nil && !given.ownedPrefixes.isEmpty) else {
            throw ValidationError(
                "--owned-prefix, --asn and --vty-socket go by one another: say "
                    + "the first two at least"
            )
        }
    }

    func run() async throws {
        let terminal = options.terminal
        let basis = try basis
        if !basis.complaint.isEmpty {
            try terminal.report(CheckCommand.lines(basis.complaint))
            guard !strict else { throw ExitStatus.invalidConfiguration.exit }
        }
        try terminal.tell(basis.sources.map { StyledText("going by: \($0)") })
        let patience = options.timeout?.duration ?? Session.defaultTimeout
        let stop = basis.intent.map { EmergencyStop.live($0, logger: logger) }
        guard try await isWanted(stop, patience) else {
            try terminal.report(FaultScreen.lines(.nobodySaidYes))
            throw ExitStatus.refused.exit
        }
        // First, and whatever else is known: it knows best what it announces.
        try terminal.tell(await tellDaemon(at: socket(basis)))
        guard let stop else {
            try terminal.report(FaultScreen.lines(.nothingToGoBy))
            throw ExitStatus.invalidConfiguration.exit
        }
        try await perform(stop, by: basis, within: patience)
    }

    private func perform(
        _ stop: EmergencyStop<ContinuousClock>,
        by basis: WithdrawalBasis,
        within patience: Duration
    ) async throws {
        let terminal = options.terminal
        let reports = await stop.perform(within: patience)
        if options.format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let document = String(decoding: try encoder.encode(reports), as: UTF8.self)
            try terminal.show(document: document)
        } else {
            try terminal.show(StopScreen.lines(reports))
        }
        for fault in StopScreen.faults(reports) { try terminal.report(FaultScreen.lines(fault)) }
        let status = StopScreen.status(reports)
        guard status == .success else { throw status.exit }
        guard basis.isComplete else {
            try terminal.report(FaultScreen.lines(.perhapsNotAll))
            throw ExitStatus.invalidConfiguration.exit
        }
    }

    /// What was given in place of a configuration.
    private var given: WithdrawalBasis.Given {
        get throws {
            do {
                return WithdrawalBasis.Given(
                    vtySocket: vtySocket,
                    asn: try asn.map { try ASN(parsing: $0) },
                    ownedPrefixes: try ownedPrefix.map { try Prefix(parsing: $0) }
                )
            } catch let error as ParseError {
                throw ValidationError("\(error)")
            }
        }
    }

    private var basis: WithdrawalBasis {
        get throws {
            let given = try given
            if let asn = given.asn { return WithdrawalBasis(given, asn: asn) }
            let directory = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]
            let file = StateFile(directory: directory ?? RunCommand.usualStateDirectory)
            do throws(Fault) {
                let ledger = try Ledger(file, now: .zero, civilNow: .current)
                return try WithdrawalBasis(file: config, ledger: ledger)
            } catch {
                try options.terminal.report(FaultScreen.lines(error))
                return try WithdrawalBasis(file: config, ledger: nil)
            }
        }
    }

    /// Shows what would go, and asks, unless the answer came with the command.
    private func isWanted(
        _ stop: EmergencyStop<ContinuousClock>?,
        _ patience: Duration
    ) async throws -> Bool {
        guard !yes, let stop else { return yes }
        let reports = await stop.survey(within: patience)
        try options.terminal.report(StopScreen.preview(reports))
        for fault in StopScreen.faults(reports) {
            try options.terminal.report(FaultScreen.lines(fault))
        }
        return try options.terminal.agrees(to: "Withdraw all of that now?")
    }

    /// Tells a daemon that runs to drain at once, and says what came of it.
    private func tellDaemon(at socket: String) async -> [StyledText] {
        let client = ControlClient(socket: socket, timeout: Self.patienceWithDaemon)
        let wish = NodeStateRequest(
            state: .drained,
            mode: .now,
            reason: "penstock withdraw --all",
            yes: true
        )
        do {
            _ = try await client.send(.put, "/v1/node/state", body: json(wish))
            return [
                "penstock runs and drains at once; it announces again after: penstock undrain"
            ]
        } catch let failure as ControlFailure where failure.kind == .unreachable {
            return ["penstock does not run here, or not at \(socket); bgpd is told directly"]
        } catch {
            let fault = (error as? ControlFailure)?.fault.summary ?? "\(error)"
            return [
                StyledText("penstock was not told to drain", .warning) + ": \(fault)",
                "  it may announce again: stop it, too: systemctl stop penstock",
            ]
        }
    }

    private func socket(_ basis: WithdrawalBasis) -> String {
        options.socket == ControlClient.defaultSocket ? basis.controlSocket : options.socket
    }

    private var logger: Logger {
        let log = StructuredLog(format: .text, level: options.verbose ? .debug : .critical)
        return Logger(label: "penstock") { _ in log }
    }
}

extension Fault {
    fileprivate static let nobodySaidYes = Fault(
        code: "D441",
        summary: "nothing was withdrawn",
        because: "nobody said yes",
        fix: "penstock withdraw --all --yes"
    )
    fileprivate static let nothingToGoBy = Fault(
        code: "D444",
        summary: "bgpd was not told: it is not known what to withdraw, nor where",
        because: "neither the configuration nor what the daemon wrote down says it",
        fix: "penstock withdraw --all --yes --asn ASN --owned-prefix PREFIX --vty-socket PATH"
    )
    fileprivate static let perhapsNotAll = Fault(
        code: "D445",
        summary: "what could be read of the configuration was withdrawn, which may not be all",
        because: "the daemon has not written down what it announces by, or that cannot be read",
        fix: "correct the file and run this again, or give --asn and --owned-prefix"
    )
}
