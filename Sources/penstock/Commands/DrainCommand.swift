internal import API
internal import ArgumentParser
internal import Core
internal import Foundation

/// `penstock drain`.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take this director, or VIPs of it, out of the fabric; kept over restarts.",
        discussion: """
            First every peer is told of a worse path (drain.announce), so that routers move while \
            the old one still works; after drain.settle the routes are withdrawn, and seen \
            withdrawn; IPVS goes on forwarding what still comes until the packet rate has fallen. \
            --now leaves the first step out.

            A drain of VIPs to which bgpd knows no path but this director's is refused, also \
            with --now; at a terminal it is asked about, elsewhere --yes says that it is meant. \
            bgpd is looked at anew for that, and once more before a route goes: where the other \
            path has gone meanwhile, the VIP is kept on the worse one until it is back or the \
            drain is ordered again with --yes. Where the fabric hides other directors from this \
            one, drain.last-path: ignore ends the question.

            Several VIPs are drained together or, when one is refused, not at all.

            With --wait the exit code says how it ended: 0 quiet, 4 at its deadline, 5 refused or \
            undone by someone, 75 gave up waiting. Ctrl-C ends the waiting (130), not the drain.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The VIPs; without any, the whole director.", valueName: "vip"))
    var vips: [String] = []

    @Flag(help: "Wait until it is quiet, for 5m unless --timeout says otherwise.")
    var wait = false

    @Flag(help: "Withdraw at once, without a worse path first.")
    var now = false

    @OptionGroup var order: OrderOptions

    @Flag(help: "Do it although no other path to a VIP is known.")
    var yes = false

    @Flag(
        help: ArgumentHelp(
            "Forget it when penstock starts anew; for a machine that stops.",
            discussion: "Only `undrain --transient` and the next start end it, so that a drain "
                + "somebody ordered before is not touched."
        )
    )
    var transient = false

    func validate() throws {
        guard vips.isEmpty || !transient else {
            throw ValidationError("--transient is for the whole director")
        }
        guard !transient || order.term == nil else {
            throw ValidationError("--transient ends with the daemon, and --for at a time")
        }
    }

    func run() async throws {
        try await options.perform(within: wait ? Session.drainTimeout : Session.defaultTimeout) {
            session in
            let places = try await session.places(vips)
            let isDone = try await begin(places, session)
            guard wait else {
                try session.terminal.tell(isDone ? ["Drained already."] : [hint])
                return .success
            }
            return try await session.watch(places)
        }
    }

    private var hint: StyledText {
        let names = vips.isEmpty ? "" : " " + vips.joined(separator: " ")
        return "Draining. Watch it: penstock drain\(names) --wait"
    }

    /// Orders the drains, and asks again where they would take the last known path; answers whether
    /// there is nothing to wait for.
    private func begin(_ places: [DrainPlace], _ session: Session) async throws -> Bool {
        var wish = NodeStateRequest(
            state: .drained,
            mode: now ? .now : nil,
            reason: order.spoken,
            for: order.term?.text,
            yes: yes ? true : nil,
            transient: transient ? true : nil
        )
        do {
            return try await session.put(wish, at: places).status == 200
        } catch let failure as ControlFailure where failure.fault.code == Self.lastPath {
            guard session.terminal.canAsk else { throw failure }
            try session.terminal.report(FaultScreen.lines(failure))
            guard try session.terminal.agrees(to: "Drain all the same?") else { throw failure }
            wish.yes = true
            return try await session.put(wish, at: places).status == 200
        }
    }

    /// The code of a refusal to take the last known path away.
    static let lastPath = "D442"
}

/// `penstock undrain`.
struct UndrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain",
        abstract: "Let this director, or VIPs of it, take part in the fabric again.",
        discussion: """
            Ends what `drain` began; a drain file, or a stop that is under way, goes on draining, \
            and then this ends with 5. A drain that is kept for a VIP which has left the \
            configuration is ended by its name or address.

            With --wait it ends with 0 once every VIP that it let go is announced again; with 1 \
            when some cannot be, each named with its reason, and no other is on its way; with 75 \
            when it gave up waiting.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The VIPs; without any, the whole director.", valueName: "vip"))
    var vips: [String] = []

    @Flag(help: "Wait until every VIP that is let go is announced, or cannot be.")
    var wait = false

    @Flag(help: "End only what `drain --transient` began.")
    var transient = false

    func validate() throws {
        guard vips.isEmpty || !transient else {
            throw ValidationError("--transient is for the whole director")
        }
    }

    func run() async throws {
        try await options.perform { session in try await undrain(session) }
    }

    private func undrain(_ session: Session) async throws -> ExitStatus {
        let places = try await session.places(vips, isEnding: true)
        let left = try await session.end(at: places, isTransient: transient)
        if let left, vips.isEmpty || wait {
            // Somebody else still wants it; waiting would not end.
            try session.terminal.report([Self.remaining(left)])
            return .refused
        }
        return wait ? try await waitUntilAnnounced(places, session) : .success
    }

    /// Who else wants the director drained.
    static func remaining(_ drain: DrainStatus) -> StyledText {
        let sources = drain.sources ?? []
        let who = sources.isEmpty ? "somebody" : sources.joined(separator: ", ")
        let reason = drain.reason.isEmpty ? "" : " (\(drain.reason))"
        return StyledText("! ", .warning) + "The director is still drained, as wanted by: "
            + StyledText(who + reason)
    }

    private func waitUntilAnnounced(
        _ places: [DrainPlace],
        _ session: Session
    ) async throws -> ExitStatus {
        let names = Set(places.compactMap(\.vip))
        var last: Homecoming?
        do {
            try await session.wait(for: "the VIPs to be announced") {
                let snapshot: Snapshot = try await session.send(.get, "/v1/status").decoded()
                let homecoming = Homecoming(of: names, in: snapshot)
                last = homecoming
                return homecoming.isOver ? true : nil
            }
        } catch let failure as ControlFailure where failure.kind == .late {
            try session.terminal.report(last?.lines ?? [])
            throw failure
        }
        guard let last else { return .success }
        try session.terminal.report(last.lines)
        try session.terminal.tell([last.summary])
        return last.isComplete ? .success : .problem
    }
}
