internal import API
internal import ArgumentParser
internal import Core
internal import Foundation
internal import Link
internal import Net
internal import RealServers
internal import Settings

/// `penstock realserver`: the other end of direct routing and of tunnels; needs no daemon.
struct RealServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "realserver",
        abstract: "Prepare this machine to answer for VIPs as a real server.",
        discussion: """
            Puts each VIP on the loopback, or where a tunnel ends, and keeps this machine silent \
            about it on the wire. It runs on a real server, without a daemon or a configuration, \
            and remembers what it changes until `down` takes it back.
            """,
        subcommands: [Up.self, Down.self, Check.self]
    )

    /// How the directors reach this server, as far as it has to be prepared for it.
    enum Method: String, ExpressibleByArgument, CaseIterable {
        case dr, tun

        var forwarding: Forwarding { self == .dr ? .directRouting : .tunnel }
    }

    /// The options of `up` and `check`.
    struct Wish: ParsableArguments {
        @Argument(help: "The VIPs.")
        var vips: [String] = []

        @Option(
            help: ArgumentHelp(
                "Also the VIPs of this director's configuration that are reached by the method.",
                valueName: "file"
            )
        )
        var config: String?

        @Option(name: .customLong("forward"), help: "How the directors reach this server.")
        var method: Method = .dr

        @Option(
            help: ArgumentHelp(
                "The link to hold the VIPs, instead of lo, or of the tunnel's own.",
                valueName: "name"
            )
        )
        var link: String?

        @OptionGroup var place: Place

        func validate() throws {
            guard !vips.isEmpty || config != nil else {
                throw ValidationError("which VIPs? Name them, or a file: --config FILE")
            }
            _ = try addresses(vips)
            guard link.map({ LinkName($0) != nil }) ?? true else {
                throw ValidationError("--link: no link can be called that")
            }
        }

        func preparation() throws -> Preparation {
            var all = try addresses(vips)
            if let config { all += try Self.vips(of: config, reachedBy: method.forwarding) }
            return Preparation(
                all,
                forwarding: method.forwarding,
                link: link.flatMap { LinkName($0) }
            )
        }

        private static func vips(
            of file: String,
            reachedBy forwarding: Forwarding
        ) throws -> [IPAddress] {
            let loaded: Settings.Loaded
            do {
                loaded = try Settings.load(path: file, hostName: HostName.current)
            } catch {
                throw ControlFailure(
                    .invalidConfiguration,
                    Fault(
                        code: "C302",
                        summary: "the configuration has errors",
                        because: file,
                        fix: "penstock check \(file)"
                    )
                )
            }
            let vips = loaded.intent.vips.filter { vip in
                vip.services.contains { $0.forwarding == forwarding }
            }
            guard !vips.isEmpty else {
                throw ControlFailure(
                    .notUnderstood,
                    Fault(
                        code: "K346",
                        summary: "no VIP in \(file) is reached by \(forwarding.rawValue)",
                        because: "none of its services has `forward: \(forwarding.rawValue)`",
                        fix: "choose another --forward, or name the VIPs"
                    )
                )
            }
            return vips.map(\.address)
        }
    }

    /// Where what is changed is remembered.
    struct Place: ParsableArguments {
        @Option(
            name: .customLong("state"),
            help: ArgumentHelp("Where to remember what is changed.", valueName: "path")
        )
        var path = MemoryFile.usualPath

        var realServer: RealServer { RealServer(file: MemoryFile(path: path)) }
    }

    static func addresses(_ texts: [String]) throws -> [IPAddress] {
        try texts.map { text in
            // A prefix of full length is what the same address looks like elsewhere.
            let address =
                text.hasSuffix("/32") || text.hasSuffix("/128")
                ? String(text.prefix { $0 != "/" }) : text
            do throws(ParseError) {
                return try IPAddress(parsing: address)
            } catch {
                throw ValidationError("\(text): \(error.reason)")
            }
        }
    }

    /// Does the work of a verb, and tells a fault as the other verbs do.
    static func perform(
        _ options: GlobalOptions,
        _ work: (Session) async throws -> ExitStatus
    ) async throws {
        try await options.perform { session in
            do {
                return try await work(session)
            } catch let fault as Fault {
                let isForbidden =
                    fault.because.hasPrefix("EPERM")
                    || fault.because.hasPrefix("EACCES")
                throw ControlFailure(isForbidden ? .forbidden : .notUnderstood, fault)
            }
        }
    }
}

extension RealServerCommand {
    /// `penstock realserver check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Say what is missing, and what that costs; changes nothing, exit 1 if so."
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var wish: Wish

        func run() async throws {
            try await RealServerCommand.perform(options) { session in
                let findings = try await wish.place.realServer.check(try wish.preparation())
                let screen = RealServerScreen(findings)
                switch options.format {
                case .json: try session.terminal.show(document: try screen.document)
                case .table, .wide: try session.terminal.show(screen.lines)
                }
                return screen.isReady ? .success : .problem
            }
        }
    }

    /// `penstock realserver up`.
    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "up",
            abstract: "Put right what is missing; once more changes nothing."
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var wish: Wish

        func run() async throws {
            try await RealServerCommand.perform(options) { session in
                let server = wish.place.realServer
                let preparation = try wish.preparation()
                let events = try await server.up(preparation)
                let screen = RealServerScreen(try await server.check(preparation), events: events)
                switch options.format {
                case .json: try session.terminal.show(document: try screen.document)
                case .table, .wide: try session.terminal.show(screen.eventLines + screen.trouble)
                }
                return screen.isReady ? .success : .problem
            }
        }
    }

    /// `penstock realserver down`.
    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "down",
            abstract: "Take back what `up` did, for some VIPs or for all."
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var place: Place

        @Argument(help: "The VIPs; without any, all that `up` put on this machine.")
        var vips: [String] = []

        func validate() throws { _ = try RealServerCommand.addresses(vips) }

        func run() async throws {
            try await RealServerCommand.perform(options) { session in
                let vips = try RealServerCommand.addresses(vips)
                let screen = RealServerScreen([], events: try await place.realServer.down(vips))
                switch options.format {
                case .json: try session.terminal.show(document: try screen.document)
                case .table, .wide: try session.terminal.show(screen.eventLines)
                }
                return .success
            }
        }
    }
}
