internal import API
internal import ArgumentParser
internal import Core
internal import Foundation

/// `penstock diff`.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare this director with others: services, real servers, weights, tables.",
        discussion: """
            HOST is asked over http, at port \(Self.usualPort) unless another is given \
            (HOST:PORT), and must have set control.http to an address that can be reached from \
            here. FILE is what penstock status --json printed there. What exists as a file, or \
            has a slash, is a file.

            For mh services the share of new flows is worked out that the two would send to \
            different real servers. Exits with 2 when anything differs.
            """
    )

    /// The port of `control.http` that nobody configured otherwise.
    static let usualPort = 9477

    @OptionGroup var options: GlobalOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The directors to compare with.", valueName: "host|file")
    )
    var against: [String]

    @Option(
        help: ArgumentHelp(
            "The director to compare; the daemon that runs here unless said.",
            valueName: "host|file"
        )
    )
    var of: String?

    func run() async throws {
        try await options.perform { session in
            let here = try await document(of.map(Source.init) ?? .daemon, session)
            var comparisons: [Comparison] = []
            var failure: ExitStatus?
            for name in against {
                let source = Source(name)
                do {
                    let there = try await document(source, session)
                    let comparison = Comparison(
                        here,
                        from: "\(of.map(Source.init) ?? .daemon)",
                        against: there,
                        from: "\(source)"
                    )
                    comparisons.append(comparison)
                } catch let met as ControlFailure {
                    // The others are worth comparing all the same.
                    try session.terminal.report(FaultScreen.lines(met))
                    failure = failure ?? ExitStatus(met.kind)
                }
            }
            try show(comparisons, on: session.terminal)
            return failure ?? (comparisons.contains(where: \.differs) ? .changes : .success)
        }
    }

    private func show(_ comparisons: [Comparison], on terminal: Terminal) throws {
        switch options.format {
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let bytes = try encoder.encode(comparisons)
            try terminal.show(document: String(decoding: bytes, as: UTF8.self))
        case .table, .wide:
            for (index, comparison) in comparisons.enumerated() {
                if index > 0 { try terminal.show([""]) }
                try terminal.show(
                    DiffScreen(comparison, isWide: options.format == .wide).lines
                )
            }
        }
    }

    private func document(_ source: Source, _ session: Session) async throws -> Snapshot {
        switch source {
        case .daemon: return try await session.send(.get, "/v1/status").decoded()
        case .host(let name, let port):
            return try await session.send(.get, "/v1/status", to: .host(name, port)).decoded()
        case .file(let path): return try StatusFile(path).snapshot
        }
    }

    /// Where a status document comes from.
    enum Source: Equatable, CustomStringConvertible {
        case daemon
        case host(String, Int)
        case file(String)

        /// What an operator means by `text`.
        init(_ text: String) {
            guard !text.contains("/"), !FileManager.default.fileExists(atPath: text) else {
                self = .file(text)
                return
            }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            // More than one colon is an IPv6 address; with a port it stands in brackets.
            if let close = text.lastIndex(of: "]"), text.hasPrefix("[") {
                let name = String(text[text.index(after: text.startIndex)..<close])
                let rest = text[text.index(after: close)...].dropFirst()
                self = .host(name, Int(rest) ?? DiffCommand.usualPort)
            } else if parts.count == 2, let port = Int(parts[1]) {
                self = .host(String(parts[0]), port)
            } else {
                self = .host(text, DiffCommand.usualPort)
            }
        }

        var description: String {
            switch self {
            case .daemon: "this director"
            case .host(let name, let port): "\(ControlClient.Place.host(name, port))"
            case .file(let path): path
            }
        }
    }
}
