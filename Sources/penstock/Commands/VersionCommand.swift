internal import API
internal import ArgumentParser
internal import Foundation

/// `penstock version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the version of this program, and of the daemon if it runs."
    )

    private struct Versions: Encodable {
        let client: String
        /// Absent when no daemon answers.
        let daemon: String?
    }

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.perform { session in
            let daemon = try await daemonVersion(session)
            switch options.format {
            case .json:
                let document = try JSONEncoder().encode(
                    Versions(client: Release.version, daemon: daemon)
                )
                try session.terminal.show(document: String(decoding: document, as: UTF8.self))
            case .table, .wide:
                try session.terminal.show([
                    "penstock \(Release.version)",
                    "daemon   \(daemon ?? "not running, or not ours to ask")",
                ])
            }
            return .success
        }
    }

    private func daemonVersion(_ session: Session) async throws -> String? {
        do {
            return try await session.send(.get, "/v1/version")
                .decoded(as: VersionReport.self).version
        } catch let failure as ControlFailure
            where failure.kind == .unreachable || failure.kind == .forbidden
        {
            return nil
        }
    }
}
