internal import API
internal import ArgumentParser
internal import Core

/// `penstock status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the director on one screen: what is wrong, since when, and what to do."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Wait until nothing is on its way to another state.")
    var wait = false

    @Flag(help: "Exit with 1 when something is wrong.")
    var exitCode = false

    func run() async throws {
        try await options.perform { session in
            if wait {
                try await session.wait(on: "/v1/status", for: "the director to settle") {
                    (snapshot: Snapshot) in StatusScreen(snapshot).isSettled ? true : nil
                }
            }
            let answer = try await session.send(.get, "/v1/status")
            let snapshot = try answer.decoded(as: Snapshot.self)
            let screen = StatusScreen(snapshot, isWide: options.format == .wide)
            switch options.format {
            case .json: try session.terminal.show(document: answer.body)
            case .table, .wide: try session.terminal.show(screen.lines)
            }
            return exitCode && screen.hasProblem ? .problem : .success
        }
    }
}
