internal import API
internal import ArgumentParser
internal import Core

/// `penstock reload`.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Put the configuration file in force: all or nothing, as SIGHUP does."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Wait until nothing is on its way to another state.")
    var wait = false

    func run() async throws {
        try await options.perform { session in
            let answer = try await session.send(.post, "/v1/reload")
            let report = try answer.decoded(as: ReloadReport.self)
            if wait {
                try await session.wait(on: "/v1/status", for: "the director to settle") {
                    (snapshot: Snapshot) in
                    let isNew = snapshot.config.digest == report.config.digest
                    return isNew && StatusScreen(snapshot).isSettled ? true : nil
                }
            }
            switch options.format {
            case .json: try session.terminal.show(document: answer.body)
            case .table, .wide:
                let line: StyledText =
                    report.changed
                    ? "Configuration \(report.config.digest) is in force."
                    : "Nothing to do: \(report.config.digest) was in force already."
                try session.terminal.tell([line])
            }
            return .success
        }
    }
}
