internal import API
internal import ArgumentParser
internal import Core
internal import Foundation

/// `penstock drain`.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take this director out of the fabric; kept over restarts.",
        discussion: """
            Every route is withdrawn, and seen withdrawn; IPVS goes on forwarding what still \
            comes until the packet rate has fallen. With --wait the exit code says how it \
            ended: 0 quiet, 4 at its deadline, 5 undone by someone, 75 gave up waiting.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Wait until the director is quiet, for 5m unless --timeout says otherwise.")
    var wait = false

    @Flag(help: "Withdraw at once.")
    var now = false

    @Option(help: "Why, for everyone who looks at the director.")
    var reason = ""

    func run() async throws {
        try await options.perform(within: wait ? Session.drainTimeout : Session.defaultTimeout) {
            session in
            let wish = NodeStateRequest(
                state: .drained,
                mode: now ? .now : nil,
                reason: reason.isEmpty ? nil : reason
            )
            let answer = try await session.send(.put, "/v1/node/state", body: try wish.json)
            guard wait else {
                try session.terminal.tell([
                    answer.status == 202
                        ? "Draining. Watch it: penstock drain --wait" : "Drained already."
                ])
                return .success
            }
            return try await watch(answer.location ?? "/v1/node", session)
        }
    }

    private func watch(_ path: String, _ session: Session) async throws -> ExitStatus {
        var progress = DrainProgress()
        var drawn = 0
        let outcome = try await session.wait(on: path, for: "the drain") {
            (node: NodeStatus) -> DrainProgress.Outcome? in
            let isNews = progress.observe(node, at: session.elapsed)
            if session.terminal.isLive {
                try session.terminal.redraw(progress.lines, over: drawn)
                drawn = progress.lines.count
            } else if isNews, let line = progress.lastLine {
                try session.terminal.tell([line])
            }
            return progress.outcome == .underWay ? nil : progress.outcome
        }
        switch outcome {
        case .underWay, .quiet: return .success
        case .deadline: return .drainDeadline
        case .undone: return .refused
        }
    }
}

/// `penstock undrain`.
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain",
        abstract: "Let this director take part in the fabric again."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Wait until every VIP that can be announced is announced.")
    var wait = false

    func run() async throws {
        try await options.perform { session in
            let wish = NodeStateRequest(state: .active)
            try await session.send(.put, "/v1/node/state", body: try wish.json)
            guard wait else { return .success }
            let snapshot = try await session.wait(
                on: "/v1/status",
                for: "the VIPs to be announced"
            ) { (snapshot: Snapshot) in
                snapshot.node.state == .active && StatusScreen(snapshot).isSettled
                    ? snapshot : nil
            }
            let announced = snapshot.vips.count { $0.state == .advertised }
            try session.terminal.tell([
                "Active: \(announced) of \(Figures.count(snapshot.vips.count, "VIP")) announced."
            ])
            return .success
        }
    }
}

extension NodeStateRequest {
    /// The wish as the daemon reads it.
    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}
