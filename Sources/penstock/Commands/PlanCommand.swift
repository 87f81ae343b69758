internal import API
internal import ArgumentParser
internal import Core
internal import Foundation

/// `penstock plan`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what putting a configuration in force would change; changes nothing."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file; without one, the daemon's own configuration file.")
    var file: String?

    @Flag(help: "Exit with 2 when there are changes.")
    var exitCode = false

    func run() async throws {
        try await options.perform { session in
            let answer: ControlClient.Answer
            if let file {
                answer = try await session.send(.post, "/v1/plan", body: try read(file))
            } else {
                answer = try await session.send(.get, "/v1/plan")
            }
            let report = try answer.decoded(as: PlanReport.self)
            switch options.format {
            case .json: try session.terminal.show(document: answer.body)
            case .table, .wide: try session.terminal.show(PlanScreen(report).lines)
            }
            return exitCode && !report.isEmpty ? .changes : .success
        }
    }

    /// The file's text; one byte more than may be sent is enough to know that it is too large.
    private func read(_ file: String) throws -> String {
        let bytes: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            bytes = try handle.read(upToCount: ControlLimits.requestBytes + 1) ?? Data()
        } catch {
            throw unreadable(file, "\(error.localizedDescription)")
        }
        guard bytes.count <= ControlLimits.requestBytes else {
            throw unreadable(file, "it has more than \(ControlLimits.requestBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw unreadable(file, "it is not UTF-8")
        }
        return text
    }

    private func unreadable(_ file: String, _ because: String) -> ControlFailure {
        ControlFailure(
            .invalidConfiguration,
            Fault(
                code: "C100",
                summary: "cannot read \(file)",
                because: because,
                fix: "ls -l \(file)"
            )
        )
    }
}
