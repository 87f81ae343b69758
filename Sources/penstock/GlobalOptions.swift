internal import API
internal import ArgumentParser
internal import Foundation

/// How an answer is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, wide, json
}

/// When colours are used.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// The options of every verb.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customShort("o"),
        help: ArgumentHelp("How to show the answer.", valueName: "format")
    )
    var output: OutputFormat = .table

    @Flag(help: "The same as -o json.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "When to use colours; NO_COLOR and TERM=dumb mean never.",
            valueName: "when"
        )
    )
    var color: ColorChoice = .auto

    @Option(help: ArgumentHelp("The control socket of the daemon.", valueName: "path"))
    var socket = ControlClient.defaultSocket

    @Option(
        help: ArgumentHelp(
            "How long to wait in all, such as 500ms, 30s or 5m.",
            valueName: "duration"
        )
    )
    var timeout: Patience?

    @Flag(name: .shortAndLong, help: "Say nothing but the answer and errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say what is asked of the daemon.")
    var verbose = false

    func validate() throws {
        guard !(quiet && verbose) else {
            throw ValidationError("-q and -v contradict each other")
        }
    }

    /// How the answer is to be shown.
    var format: OutputFormat { json ? .json : output }

    /// The terminal this process talks to.
    var terminal: Terminal {
        Terminal(
            color: color,
            environment: ProcessInfo.processInfo.environment,
            isQuiet: quiet,
            isVerbose: verbose
        )
    }
}
