internal import API
internal import ArgumentParser

/// `penstock explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show every gate between the configuration and the routers for one VIP.",
        discussion: """
            Below the gates, as the director has judged them, stands the way of the VIP to routers \
            as each place on it says at this moment: the kernel, zebra, bgpd's configuration and \
            table, and what every peer is sent. That is read on connections of its own; a place \
            that cannot be asked says why.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The VIP, by its name, its address or its host prefix.")
    var vip: String

    func run() async throws {
        try await options.perform { session in
            let path = "/v1/vips/\(ControlClient.segment(vip))/explain"
            let answer = try await session.send(.get, path)
            let explanation = try answer.decoded(as: Explanation.self)
            switch options.format {
            case .json: try session.terminal.show(document: answer.body)
            case .table, .wide:
                let isWide = options.format == .wide
                try session.terminal.show(ExplainScreen(explanation, isWide: isWide).lines)
            }
            return .success
        }
    }
}
