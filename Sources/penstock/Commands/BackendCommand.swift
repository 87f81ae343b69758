internal import API
internal import ArgumentParser
internal import Core
internal import Foundation

/// `penstock backend`: real servers at run time.
struct BackendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backend",
        abstract: "Take real servers out of use on this director and back; kept over restarts.",
        discussion: """
            A real server is named VIP/SERVICE/ADDRESS[:PORT]; VIP/ADDRESS stands for all \
            services of the VIP, and SERVICE/ADDRESS will do where only one VIP has such a \
            service. What is ordered here stands over the configuration, on this director alone, \
            until it is ordered otherwise or its time (--for) is over.
            """,
        subcommands: [
            Ready.self, Drain.self, Maint.self, Auto.self, Weight.self, HandOver.self,
        ]
    )

    @OptionGroup var options: GlobalOptions
}

/// What every order takes.
struct OrderOptions: ParsableArguments {
    @Option(help: "Why, for everyone who looks at the director.")
    var reason = ""

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("End by itself after this long, such as 2h or 3d.", valueName: "time")
    )
    var term: Term?

    /// The reason as a request has it.
    var spoken: String? { reason.isEmpty ? nil : reason }
}

extension BackendCommand {
    /// `penstock backend ready`.
    struct Ready: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Use real servers again, also those that the configuration drains."
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var order: OrderOptions
        @Argument(help: "The real servers.") var targets: [String]

        func run() async throws {
            try await options.perform { session in
                try await session.put(.ready, on: targets, order)
                return .success
            }
        }
    }

    /// `penstock backend auto`.
    struct Auto: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget what was ordered about real servers: the configuration's word again."
        )

        @OptionGroup var options: GlobalOptions
        @Argument(help: "The real servers.") var targets: [String]

        func run() async throws {
            try await options.perform { session in
                for report in try await session.resolve(targets) {
                    let state = BackendStateRequest(state: .auto)
                    let weight = BackendWeightRequest(weight: .auto)
                    // One that is not configured is unknown once nothing is ordered about it.
                    let hasWeight = report.backend.overrides?.contains { $0.kind == .weight }
                    if hasWeight == true {
                        try await session.send(
                            .put,
                            report.path + "/weight",
                            body: try json(weight)
                        )
                    }
                    let isOnlyWeight = report.backend.overrides?.allSatisfy { $0.kind == .weight }
                    guard isOnlyWeight != true else { continue }
                    try await session.send(.put, report.path + "/state", body: try json(state))
                }
                return .success
            }
        }
    }

    /// `penstock backend drain`.
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send no new flows to real servers; those under way go on.",
            discussion: Emptying.discussion
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var order: OrderOptions
        @OptionGroup var emptying: Emptying
        @Argument(help: "The real servers.") var targets: [String]

        func run() async throws {
            try await emptying.carryOut(.drain, on: targets, order, options)
        }
    }

    /// `penstock backend maint`.
    struct Maint: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "As drain, and do not check them either.",
            discussion: Emptying.discussion
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var order: OrderOptions
        @OptionGroup var emptying: Emptying
        @Argument(help: "The real servers.") var targets: [String]

        func run() async throws {
            try await emptying.carryOut(.maint, on: targets, order, options)
        }
    }

    /// `penstock backend weight`.
    struct Weight: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give real servers another weight than the configuration does."
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var order: OrderOptions
        @Argument(help: "The real servers.") var target: String
        @Argument(help: "0 to 65535, or auto for what the configuration says.") var weight: String

        func run() async throws {
            let wanted: BackendWeightRequest.Weight
            if weight == "auto" {
                wanted = .auto
            } else if let number = Int(weight), (0...Ramp.largestWeight).contains(number) {
                wanted = .number(number)
            } else {
                throw ValidationError("\(weight) is no weight: 0 to \(Ramp.largestWeight), or auto")
            }
            try await options.perform { session in
                let body = BackendWeightRequest(
                    weight: wanted,
                    reason: order.spoken,
                    for: order.term?.text
                )
                for report in try await session.resolve([target]) {
                    try await session.change(report, "weight", try json(body))
                }
                return .success
            }
        }
    }
}

/// Waiting for real servers to be empty.
struct Emptying: ParsableArguments {
    static let discussion = """
        With --wait the exit code says how it ended: 0 few enough connections are left, 4 they \
        were not before --timeout, 5 someone put one back to use, 75 one still got new flows at \
        the end because the others are not ready to replace it.
        """

    @Flag(help: "Wait until they are empty, for 5m unless --timeout says otherwise.")
    var wait = false

    @Option(help: ArgumentHelp("How many connections may be left of each.", valueName: "number"))
    var connections = 0

    func validate() throws {
        guard connections >= 0 else { throw ValidationError("--connections counts from 0") }
    }

    func carryOut(
        _ state: BackendStateRequest.State,
        on targets: [String],
        _ order: OrderOptions,
        _ options: GlobalOptions
    ) async throws {
        let limit = wait ? Session.drainTimeout : Session.defaultTimeout
        try await options.perform(within: limit) { session in
            let reports = try await session.put(state, on: targets, order)
            guard wait else { return .success }
            return try await session.watch(reports, connections: connections)
        }
    }
}

/// `document` as the daemon reads it.
func json(_ document: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(document), as: UTF8.self)
}

extension Term: ExpressibleByArgument {
    /// Reads a number with its unit, as `Term` does.
    package init?(argument: String) { self.init(argument) }
}
