internal import API
internal import ArgumentParser
internal import Core

/// `penstock show`: one part of the picture in full.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one part of the director in full.",
        subcommands: [BGP.self]
    )

    @OptionGroup var options: GlobalOptions

    /// `penstock show bgp`.
    struct BGP: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bgp",
            abstract: "Speakers, peers, and what each peer is known to have been sent of each VIP.",
            discussion: """
                A route counts as sent when bgpd lists it among those it advertises to the peer, \
                and as soft when the peer is known to have been sent the worse path of a drain. \
                With --exit-code it ends with 1 when a speaker cannot be seen or a route is not \
                as it should be. With --watch it looks again every second, until it is stopped: on \
                a terminal the screen is drawn anew, elsewhere one picture follows the other.
                """
        )

        @OptionGroup var options: GlobalOptions

        @Argument(
            help: ArgumentHelp("The VIPs, by name or address; all unless said.", valueName: "vip")
        )
        var names: [String] = []

        @Flag(help: "End with 1 when something is not as it should be.")
        var exitCode = false

        @Flag(help: "Look again every second, until it is stopped.")
        var watch = false

        /// The time between two looks: bgpd is looked at every five seconds, or when it stirs.
        private static let interval: Duration = .seconds(1)

        func validate() throws {
            guard !watch || !exitCode else {
                throw ValidationError("--watch does not end, so it has no --exit-code")
            }
        }

        func run() async throws {
            try await options.perform { session in
                _ = try await session.places(names)
                // Ends with the signal that stops the program.
                while watch {
                    _ = try await look(session)
                    try await Task.sleep(for: Self.interval)
                }
                return try await look(session) || !exitCode ? .success : .problem
            }
        }

        /// Looks once and shows it; answers whether all is well.
        private func look(_ session: Session) async throws -> Bool {
            let query = names.isEmpty ? "" : "?vip=" + names.joined(separator: ",")
            let answer = try await session.send(.get, "/v1/bgp" + query)
            let report: RoutingReport = try answer.decoded()
            let screen = RoutingScreen(report, isWide: options.format == .wide)
            switch options.format {
            case .json: try session.terminal.show(document: answer.body)
            case .table, .wide:
                if watch, session.terminal.hasScreen {
                    try session.terminal.repaint(screen.lines)
                } else {
                    try session.terminal.show(screen.lines + (watch ? [""] : []))
                }
            }
            return screen.isWell
        }
    }
}
