internal import API
internal import ArgumentParser
internal import Core
internal import Daemon
internal import Foundation
internal import Logging
internal import Net
internal import ServiceLifecycle
internal import Settings
internal import UnixSignals

/// `penstock run`: the daemon in the foreground.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon in the foreground.",
        discussion: """
            SIGHUP reloads the configuration. SIGTERM stops; what that does to the announcements \
            is drain.on-stop in the configuration, and leaves them as they are unless said.
            """
    )

    /// Where what outlasts a restart is, unless the service manager says another place.
    static let usualStateDirectory = "/var/lib/penstock"

    /// The least important lines that are written.
    enum Level: String, ExpressibleByArgument, CaseIterable {
        case debug, info, warning, error
    }

    /// How log lines are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case auto, text, logfmt, json
    }

    @Option(help: "The configuration file.")
    var config = CheckCommand.usualFile

    @Option(help: "The least important lines to log.")
    var logLevel: Level = .info

    @Option(help: "How to log; auto is text on a terminal and logfmt elsewhere.")
    var logFormat: Format = .auto

    @Option(help: "Where the IPVS table is; memory forwards nothing and is for a trial.")
    var ipvs: PlaneSet.Table = .netlink

    func run() async throws {
        let log = StructuredLog(format: format, level: level)
        let logger = Logger(label: "penstock") { _ in log }
        let environment = ProcessInfo.processInfo.environment
        let terminal = Terminal(
            color: .auto,
            environment: environment,
            isQuiet: false,
            isVerbose: false
        )
        do {
            let loaded = try Settings.load(path: config, hostName: HostName.current)
            let lock = try await InstanceLock()
            try await serve(loaded, environment: environment, logger: logger)
            await lock.release()
        } catch let rejection as Rejection {
            try terminal.report(CheckCommand.lines("\(rejection)"))
            throw ExitStatus.invalidConfiguration.exit
        } catch let fault as Fault {
            try terminal.report(FaultScreen.lines(fault))
            throw ExitStatus.problem.exit
        }
    }

    private func serve(
        _ loaded: Settings.Loaded,
        environment: [String: String],
        logger: Logger
    ) async throws {
        for line in loaded.warningText.split(separator: "\n") { logger.warning("\(line)") }
        if ipvs == .memory {
            logger.warning("IPVS is only kept in memory (--ipvs memory): nothing is forwarded")
        }
        // systemd names the directory it made for us (StateDirectory=, systemd.exec(5)).
        let directory = environment["STATE_DIRECTORY"] ?? Self.usualStateDirectory
        let ledger = try Ledger(
            StateFile(directory: directory),
            // The round's clock begins with it.
            now: .zero,
            civilNow: .current
        )
        recall(ledger, loaded.intent, logger)
        let former = try await formerRouting(ledger, loaded.intent, logger)
        let intent = former.joined(to: loaded.intent)
        let duty = Duty(
            intent: intent,
            overrides: ledger.overrides,
            planes: .live(intent, table: ipvs, logger: logger),
            notifier: await Notifier(environment: environment, logger: logger),
            logger: logger,
            keep: { Self.keep($0, in: ledger, logger) },
            keepRanges: { Self.keep(ranges: $0, in: ledger, logger) },
            isolates: true
        )
        let trouble = ReadOnlyServer.Trouble()
        let office = Office(
            file: config,
            loaded: loaded,
            former: former,
            isTableInMemory: ipvs == .memory,
            duty: duty,
            ledger: ledger,
            httpTrouble: trouble,
            logger: logger
        )
        let server = ControlServer(
            socket: SocketFile(path: loaded.control.socket, group: loaded.control.group),
            controls: office.controls,
            logger: logger
        )
        let readers = loaded.control.http.map { endpoint in
            ReadOnlyServer(
                endpoint: endpoint,
                names: [loaded.intent.node.name],
                controls: office.controls,
                trouble: trouble,
                logger: logger
            )
        }
        try await run(
            (readers.map { [$0] } ?? []) + [
                server, ReloadOnHangup(office: office, logger: logger), duty,
            ],
            logger
        )
    }

    /// What earlier runs announced by and this configuration says no longer; written down with what
    /// it says, before anything is announced.
    private func formerRouting(
        _ ledger: Ledger,
        _ intent: Intent,
        _ logger: Logger
    ) async throws(Fault) -> FormerRouting {
        let former = try ledger.former(besides: intent)
        let left = await former.reviewed(for: intent, logger: logger)
        for speaker in left.speakers {
            logger.warning(
                "a speaker has left the configuration, and may still announce our prefixes",
                metadata: [
                    "speaker": "\(speaker.name)", "vty-socket": "\(speaker.vtySocket)",
                    "vrf": "\(speaker.vrf ?? "default")",
                ]
            )
        }
        for range in left.ownedPrefixes {
            logger.warning(
                "a range has left owned-prefixes: what is still announced in it is taken back",
                metadata: ["range": "\(range)"]
            )
        }
        do {
            try ledger.keep(routingOf: left.joined(to: intent))
        } catch {
            logger.error(
                "not on disk: by which speakers we announce, if they leave the configuration",
                metadata: ["reason": "\(error)"]
            )
        }
        return left
    }

    /// Says what of an earlier run is still in force.
    private func recall(_ ledger: Ledger, _ intent: Intent, _ logger: Logger) {
        if !ledger.overrides.isEmpty {
            logger.notice(
                "orders of an earlier run are still in force",
                metadata: ["count": "\(ledger.overrides.count)"]
            )
        }
        if let mandate = ledger.overrides.drains[.node]?.mandate {
            logger.notice(
                "drained by an operator before this start, and still so",
                metadata: ["reason": "\(mandate.reason)", "since": "\(mandate.since)"]
            )
        }
        let configured = Set(intent.vips.map { DrainScope.vip($0.address) })
        for case (.vip(let address), let wish) in ledger.overrides.drains
        where !configured.contains(.vip(address)) {
            logger.warning(
                "a drain is kept for a VIP that is not in the configuration",
                metadata: [
                    "address": "\(address)", "vip": "\(wish.vip ?? "")",
                    "reason": "\(wish.mandate.reason)", "since": "\(wish.mandate.since)",
                    "fix": "penstock undrain \(wish.vip ?? "\(address)")",
                ]
            )
        }
    }

    /// Runs until asked to stop.
    private func run(_ services: [any Service], _ logger: Logger) async throws {
        logger.info("starting", metadata: ["version": "\(Release.version)", "config": "\(config)"])
        // Shut down in reverse: the socket still answers while the director stops.
        let group = ServiceGroup(
            configuration: .init(
                // Their types' names: by itself the library writes down all that they hold.
                services: services.map { .init(service: $0, serviceName: "\(type(of: $0))") },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet(logger)
            )
        )
        try await group.run()
    }

    /// Writes down what the director brought about by itself.
    private static func keep(_ overrides: Overrides, in ledger: Ledger, _ logger: Logger) {
        do {
            try ledger.follow(overrides)
        } catch {
            logger.error("what was ordered is not on disk", metadata: ["reason": "\(error)"])
        }
    }

    /// Writes down which ranges are left in which something of ours may be announced.
    private static func keep(ranges: [Prefix], in ledger: Ledger, _ logger: Logger) {
        do throws(Fault) {
            try ledger.keep(ranges: ranges)
        } catch {
            logger.error(
                "not on disk: that a range is not ours any more",
                metadata: ["reason": "\(error)"]
            )
        }
    }

    private var format: LogFormat {
        switch logFormat {
        case .auto: isatty(2) == 1 ? .text : .logfmt
        case .text: .text
        case .logfmt: .logfmt
        case .json: .json
        }
    }

    private var level: Logger.Level {
        switch logLevel {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }

    /// What starts and stops inside is ours to tell, in our words.
    private func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

extension PlaneSet.Table: ExpressibleByArgument {}

/// The name of this machine.
enum HostName {
    /// The name without its domain; `director` for a machine that has none.
    static var current: String {
        let name = ProcessInfo.processInfo.hostName.prefix { $0 != "." }
        return name.isEmpty ? "director" : String(name)
    }
}
