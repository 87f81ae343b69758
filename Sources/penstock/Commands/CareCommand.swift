internal import ArgumentParser
internal import Core
internal import IPVS
internal import Link
internal import Net

/// `penstock care`: one service kept without a configuration file and without a daemon.
struct CareCommand: AsyncParsableCommand {
    /// How a server is checked.
    enum Method: String, CaseIterable, ExpressibleByArgument {
        case tcp, http
    }

    static let configuration = CommandConfiguration(
        commandName: "care",
        abstract: "Keep one service and its real servers, without a file or a daemon.",
        discussion: """
            Sets the service up and checks its servers. One that fails gets weight 0, is taken \
            out when its connections have ended or --remove-after has passed, and is put back \
            when it passes. Stopped, it leaves the table as it is; started again, it writes \
            nothing that is right already. Other servers of the service are left alone.

            --run-once checks every server once, and ends with 0 when all pass and the table is \
            as it should be, with 1 otherwise. --clean takes away what the same options set up.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("The address clients use.", valueName: "address:port"))
    var vs: CareAddress

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The real servers.", valueName: "address:port[@weight]")
    )
    var rs: [CareServer]

    @Flag(help: "A service of UDP instead of TCP.")
    var udp = false

    @Option(help: "How a server is picked, such as rr, wlc or mh.")
    var scheduler = "wlc"

    @Option(help: "How packets reach a server: dr, nat or tun.")
    var forward: Core.Forwarding = .directRouting

    @Option(help: "How a server is checked: tcp or http.")
    var check: Method = .tcp

    @Option(help: "With --check http: what is asked for.")
    var path = "/"

    @Option(help: "The port that is checked, if it is not the server's own.")
    var checkPort: UInt16?

    @Option(help: "The time between two checks.")
    var every = Patience(.seconds(2))

    @Option(help: "The time one check may take.")
    var checkTimeout = Patience(.seconds(1))

    @Option(help: "How many passes bring a server in.")
    var rise = 2

    @Option(help: "How many failures take it out.")
    var fall = 3

    @Option(help: "The link that gets the address, made if it is missing; none: no link.")
    var interface: CareInterface = .none

    @Option(help: "How long a failed server may keep its connections.")
    var removeAfter = Patience(.seconds(60))

    @Flag(help: "One pass, and its exit code.")
    var runOnce = false

    @Flag(help: "Take away what these options set up.")
    var clean = false

    func validate() throws {
        guard !rs.isEmpty else { throw ValidationError("--rs: name at least one real server") }
        guard Set(rs.map(\.endpoint)).count == rs.count else {
            throw ValidationError("--rs: a real server is there twice")
        }
        guard rise > 0, fall > 0 else { throw ValidationError("--rise and --fall are 1 or more") }
        guard !(runOnce && clean) else {
            throw ValidationError("--run-once and --clean contradict each other")
        }
        guard !udp || checkPort != nil || check == .http else {
            throw ValidationError(
                "--udp: a UDP service has no TCP port to check; name one with --check-port"
            )
        }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ValidationError("--path begins with / and has no blanks")
        }
        if let refusal = try refusal() { throw ValidationError("this cannot work: \(refusal)") }
    }

    func run() async throws {
        try await options.performAlone { terminal in
            let care = Care(
                caretaker: try caretaker(),
                check: probe,
                interface: interface,
                terminal: terminal
            )
            do {
                if clean { return try await care.clean() }
                return try await runOnce ? care.runOnce() : care.run()
            } catch let error as LinkError {
                let fault = Fault(
                    code: error.code,
                    summary: "cannot \(error.attempted)",
                    because: error.because,
                    fix: error.fix
                )
                try terminal.report(FaultScreen.lines(fault))
                return .problem
            }
        }
    }

    private func service() throws -> Service {
        Service(
            .address(vs.endpoint.address, udp ? .udp : .tcp, vs.endpoint.port),
            scheduler: try Scheduler(parsing: scheduler),
            flags: scheduler == Scheduler.maglev.name ? .fallback : []
        )
    }

    private var servers: [Destination] {
        rs.map {
            Destination($0.endpoint, forwarding: IPVS.Forwarding(forward), weight: $0.weight)
        }
    }

    private func caretaker() throws -> Caretaker {
        Caretaker(
            try service(),
            servers,
            rise: runOnce ? 1 : rise,
            fall: runOnce ? 1 : fall,
            removeAfter: removeAfter.duration
        )
    }

    private var probe: Check {
        Check(
            method: check == .tcp ? .tcp : .http(HTTPExpectation(path: path)),
            port: checkPort.map { Net.Port($0) },
            every: every.duration,
            fastEvery: min(every.duration, .milliseconds(500)),
            timeout: checkTimeout.duration,
            rise: rise,
            fall: fall
        )
    }

    /// Why the kernel would be asked for something that cannot work.
    private func refusal() throws -> IPVS.Refusal? {
        let service: Service
        do {
            service = try self.service()
        } catch {
            throw ValidationError("--scheduler: \(error)")
        }
        let additions = servers.map { IPVS.Operation.newDestination($0, of: service.identity) }
        return ([.newService(service)] + additions).lazy.compactMap(\.refusal).first
    }
}
