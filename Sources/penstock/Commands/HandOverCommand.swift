internal import API
internal import ArgumentParser
internal import Core

extension BackendCommand {
    /// `penstock backend handover`.
    struct HandOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "handover",
            abstract: "Pass the work of one real server to another, a step at a time.",
            discussion: """
                In the end the first is drained and the second ready. When the second fails its \
                checks on the way, it stops, and both have the weights of before. `backend ready` \
                for either ends it, too. With --wait the exit code says how it ended: 0 handed \
                over and empty, 4 connections were left at --timeout, 5 stopped.
                """
        )

        @OptionGroup var options: GlobalOptions
        @Argument(help: "Who gives its work away.") var from: String
        @Argument(help: "Who takes it, in the same services.") var to: String

        @Option(help: ArgumentHelp("How long it takes: 10s to 24h.", valueName: "time"))
        var over: Term

        @Option(help: "Why, for everyone who looks at the director.")
        var reason = ""

        @OptionGroup var emptying: Emptying

        func run() async throws {
            let limit =
                emptying.wait
                ? over.duration + Session.drainTimeout : Session.defaultTimeout
            try await options.perform(within: limit) { session in
                let pairs = try await pairs(session)
                for (from, to) in pairs {
                    let body = HandoverRequest(
                        to: to.backend.endpoint,
                        over: over.text,
                        reason: reason.isEmpty ? nil : reason
                    )
                    try await session.change(from, "handover", try json(body))
                }
                guard emptying.wait else { return .success }
                return try await session.watch(
                    pairs.map(\.from),
                    connections: emptying.connections
                )
            }
        }

        /// Both servers in every service in which the first was named.
        private func pairs(
            _ session: Session
        ) async throws -> [(from: BackendReport, to: BackendReport)] {
            let givers = try await session.resolve([from])
            let takers = try await session.resolve([to])
            return try givers.map { giver in
                guard
                    let taker = takers.first(where: {
                        $0.vip == giver.vip && $0.service == giver.service
                    })
                else {
                    throw ControlFailure(
                        .refused,
                        Fault(
                            code: "D430",
                            summary: "cannot hand over from \(giver.name) to \(to)",
                            because: "\(to) is not in \(giver.vip)/\(giver.service)",
                            fix: "both are real servers of one service"
                        )
                    )
                }
                return (giver, taker)
            }
        }
    }
}
