internal import ArgumentParser
internal import Core
internal import Foundation
internal import Settings

/// `penstock check`: reads configuration files and says what is wrong; needs no daemon.
struct CheckCommand: AsyncParsableCommand {
    /// Where the daemon looks unless told.
    static let usualFile = "/etc/penstock/penstock.yaml"

    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check configuration files; no daemon is needed."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The files.")
    var files: [String] = [Self.usualFile]

    @Flag(help: "Treat warnings as errors.")
    var strict = false

    func run() async throws {
        var isGood = true
        var findings: [Finding] = []
        for file in files {
            switch Self.load(file) {
            case .success(let loaded):
                findings += loaded.warnings.map { Finding(file: file, problem: $0) }
                if strict, !loaded.warnings.isEmpty { isGood = false }
                if options.format != .json { try tell(of: loaded, in: file) }
            case .failure(let rejection):
                isGood = false
                findings += rejection.problems.map { Finding(file: file, problem: $0) }
                if options.format != .json {
                    try options.terminal.report(Self.lines("\(rejection)"))
                }
            }
        }
        if options.format == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let document = String(decoding: try encoder.encode(findings), as: UTF8.self)
            try options.terminal.show(document: document)
        }
        guard isGood else { throw ExitStatus.invalidConfiguration.exit }
    }

    private static func load(_ file: String) -> Result<Settings.Loaded, Rejection> {
        do {
            return .success(try Settings.load(path: file, hostName: HostName.current))
        } catch {
            return .failure(error)
        }
    }

    private func tell(of loaded: Settings.Loaded, in file: String) throws {
        if !loaded.warnings.isEmpty {
            try options.terminal.report(Self.lines(loaded.warningText))
        }
        try options.terminal.tell(["\(file): ok: \(Self.summary(loaded.intent))"])
    }

    static func lines(_ text: String) -> [StyledText] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(String($0))" }
    }

    private struct Finding: Encodable {
        let file: String
        let problem: Problem
    }

    static func summary(_ intent: Intent) -> String {
        let services = intent.vips.flatMap(\.services)
        let backends = Set(services.flatMap { $0.backends.map(\.endpoint) }).count
        func count(_ number: Int, _ noun: String) -> String {
            "\(number) \(noun)\(number == 1 ? "" : "s")"
        }
        return [
            count(intent.vips.count, "VIP"), count(services.count, "service"),
            count(backends, "real server"),
        ].joined(separator: ", ")
    }
}
