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
            bgpd is looked at anew for that. Where the fabric hides other directors from this \
            one, drain.last-path: ignore ends the question.

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
            var watched: [DrainPlace] = []
            for place in places where try await !begin(place, session) { watched.append(place) }
            guard wait else {
                try session.terminal.tell(watched.isEmpty ? ["Drained already."] : [hint])
                return .success
            }
            return try await session.watch(places)
        }
    }

    private var hint: StyledText {
        let names = vips.isEmpty ? "" : " " + vips.joined(separator: " ")
        return "Draining. Watch it: penstock drain\(names) --wait"
    }

    /// Orders one drain, and asks again where it would take the last known path; answers whether
    /// there is nothing to wait for.
    private func begin(_ place: DrainPlace, _ session: Session) async throws -> Bool {
        var wish = NodeStateRequest(
            state: .drained,
            mode: now ? .now : nil,
            reason: order.spoken,
            for: order.term?.text,
            yes: yes ? true : nil,
            transient: transient ? true : nil
        )
        do {
            return try await session.put(wish, at: place).status == 200
        } catch let failure as ControlFailure where failure.fault.code == Self.lastPath {
            guard session.terminal.canAsk else { throw failure }
            try session.terminal.report(FaultScreen.lines(failure))
            guard try session.terminal.agrees(to: "Drain all the same?") else { throw failure }
            wish.yes = true
            return try await session.put(wish, at: place).status == 200
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
            and then this ends with 5.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: ArgumentHelp("The VIPs; without any, the whole director.", valueName: "vip"))
    var vips: [String] = []

    @Flag(help: "Wait until every VIP that can be announced is announced.")
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
        let places = try await session.places(vips)
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
        let snapshot = try await session.wait(
            on: "/v1/status",
            for: "the VIPs to be announced"
        ) { (snapshot: Snapshot) in
            var shown = snapshot
            if !names.isEmpty { shown.vips.removeAll { !names.contains($0.name) } }
            return snapshot.node.state == .active && StatusScreen(shown).isSettled ? shown : nil
        }
        let announced = snapshot.vips.count { $0.state == .advertised }
        try session.terminal.tell([
            "Active: \(announced) of \(Figures.count(snapshot.vips.count, "VIP")) announced."
        ])
        return .success
    }
}
