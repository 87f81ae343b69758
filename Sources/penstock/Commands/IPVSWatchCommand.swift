internal import ArgumentParser
internal import Core
internal import Foundation
internal import IPVS

extension IPVSRates.Order: ExpressibleByArgument {}

/// `penstock ipvs watch`: what passes now.
struct IPVSWatchCommand: AsyncParsableCommand {
    /// The lines shown on a screen whose height nobody says: what fits the smallest.
    static let usualLines = 20

    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show connections, packets and bytes per second, busiest first.",
        discussion: """
            The rates are the kernel's own, measured every two seconds. On a terminal the screen \
            is drawn anew, otherwise one table follows the other. What leaves is 0 with direct \
            routing and tunnels, because replies do not pass the director.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "The time between two looks.")
    var interval = Patience(.seconds(2))

    @Option(help: "How many looks; without it, until it is stopped.")
    var count: Int?

    @Option(name: .customLong("sort"), help: "By pps, cps or bytes.")
    var order: IPVSRates.Order = .pps

    @Option(help: "How many lines at most; 0 for all. On a terminal as many as fit.")
    var top: Int?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is a number from 1 on") }
        if let top, top < 0 { throw ValidationError("--top is a number from 0 on") }
    }

    func run() async throws {
        try await options.performAlone { terminal in
            let client = Client.live()
            let isScreen = terminal.hasScreen
            let rates = IPVSRates(by: order, limit: limit(isScreen))
            var looks = 0
            while true {  // Ends after `count` looks, or with the signal that stops the program.
                let lines = rates.lines(try await client.table())
                if isScreen {
                    try terminal.repaint([StyledText("IPVS, every \(interval.duration)")] + lines)
                } else {
                    try terminal.show(looks == 0 ? lines : [StyledText("")] + lines)
                }
                looks += 1
                if looks == count { return .success }
                try await Task.sleep(for: interval.duration)
            }
        }
    }

    private func limit(_ isScreen: Bool) -> Int? {
        if let top { return top == 0 ? nil : top }
        guard isScreen else { return nil }
        // The shell's own count, where it is exported; two lines are ours, one is the prompt's.
        let lines = ProcessInfo.processInfo.environment["LINES"].flatMap { Int($0) }
        return lines.map { max(1, $0 - 4) } ?? Self.usualLines
    }
}
