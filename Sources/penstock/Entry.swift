internal import ArgumentParser
internal import Core
internal import Daemon
internal import Foundation
internal import Probes

/// The way into the program.
@main
enum Entry {
    static func main() async {
        if CommandLine.arguments.dropFirst().elementsEqual([ProbeWorker.verb]) { return work() }
        do {
            if let daemon = plainRun(CommandLine.arguments.dropFirst()) {
                return try await daemon.run()
            }
        } catch {
            Penstock.exit(withError: error)
        }
        guard let restoration = plainRestore(CommandLine.arguments.dropFirst()) else {
            await Penstock.main()
            return
        }
        let terminal = Terminal(
            color: .auto,
            environment: ProcessInfo.processInfo.environment,
            isQuiet: false,
            isVerbose: false
        )
        do {
            try await terminal.performAlone { try await restoration.run(on: $0) }
        } catch {
            Penstock.exit(withError: error)
        }
    }

    /// Carries out probes for the daemon that started this process; nobody else calls it, so it is
    /// no verb of the parser.
    private static func work() {
        do {
            try ProbeWorker.run(civilNow: { .current })
        } catch {
            let line = "penstock \(ProbeWorker.verb): \(error)\n"
            FileHandle.standardError.write(Data(line.utf8))
            exit(1)
        }
    }

    /// What `run` asks for; `nil` for anything else, and for what is wrong with it, of which the
    /// parser of all verbs speaks.
    ///
    /// As with `ipvs restore`: a daemon that is started anew has a table to see to.
    static func plainRun(_ words: some Collection<String>) -> RunCommand? {
        guard words.first == "run" else { return nil }
        do {
            return try RunCommand.parse(Array(words.dropFirst()))
        } catch {
            return nil
        }
    }

    /// What `ipvs restore` asks for without options of the terminal; `nil` for anything else,
    /// which is for the argument parser.
    ///
    /// The parser builds every verb of the program to find the one that is meant. That is more
    /// work than to read and send ten thousand rules, and this verb is there for speed: what an
    /// init script runs while nothing is served yet.
    static func plainRestore(_ words: some Collection<String>) -> Restoration? {
        guard words.starts(with: ["ipvs", "restore"]) else { return nil }
        var rest = Array(words.dropFirst(2))
        let replace = rest.first == "--replace"
        if replace { rest.removeFirst() }
        let file = rest.first ?? "-"
        guard rest.count <= 1, file == "-" || !file.hasPrefix("-"), !file.isEmpty else {
            return nil
        }
        return Restoration(file: file, replace: replace)
    }
}
