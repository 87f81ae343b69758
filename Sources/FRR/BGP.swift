public import Logging
public import Net
public import NIOCore
import NIOPosix

/// One BGP instance of a bgpd, of FRR or Quagga, through its VTY socket.
///
/// There are two connections. Writes have their own, because a `show` of a large table takes
/// seconds and a withdrawal must not wait behind it. Nothing here decides: it reports what bgpd
/// has, and writes what it is told if the instance is the expected one.
public struct BGP: Sendable {
    /// Where Debian's FRR has its socket; a path-space or another build has it elsewhere.
    public static let defaultSocket = "/run/frr/bgpd.vty"

    /// The connection for `apply`.
    public let writer: VTYSession
    /// The connection for everything else.
    public let reader: VTYSession
    /// The path of bgpd's VTY socket.
    public let socket: String
    /// The number that the instance must have before anything is written.
    public let asn: ASN
    /// The VRF of the instance; `nil` for the default VRF.
    public let vrf: VRFName?
    /// How many statements may be in flight; `nil` for what suits the daemon.
    public let pipelining: VTYPipelining?
    let allowances: VTYAllowances
    let patience: LockPatience

    /// The client of the bgpd behind `socket`, not connected yet.
    ///
    /// - Parameters:
    ///   - asn: The number that the instance must have.
    ///   - vrf: The VRF of the instance; `nil` for the default VRF.
    ///   - socket: The path of bgpd's VTY socket.
    ///   - pipelining: How many statements may be in flight; `nil` for what suits the daemon.
    ///   - group: Where the connections live.
    ///   - allowances: The deadlines and reply sizes of commands.
    ///   - backoff: The waits between failed dials.
    ///   - patience: How often to ask again for a configuration lock that another holds.
    ///   - jitter: Where the randomness of the waits comes from.
    ///   - logger: Told about connections and their ends.
    public init(
        asn: ASN,
        vrf: VRFName? = nil,
        socket: String = BGP.defaultSocket,
        pipelining: VTYPipelining? = nil,
        group: any EventLoopGroup,
        allowances: VTYAllowances = VTYAllowances(),
        backoff: Backoff = Backoff(),
        patience: LockPatience = LockPatience(),
        jitter: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        func session() -> VTYSession {
            VTYSession(
                socket: socket,
                group: group,
                allowances: allowances,
                backoff: backoff,
                jitter: jitter,
                logger: logger
            )
        }
        self.asn = asn
        self.vrf = vrf
        self.socket = socket
        self.pipelining = pipelining
        self.allowances = allowances
        self.patience = patience
        writer = session()
        reader = session()
    }

    /// The client of the bgpd behind `socket`, not connected yet, on the event loops that every
    /// user of SwiftNIO in this process shares.
    ///
    /// Two connections need no loops of their own.
    ///
    /// - Parameters:
    ///   - asn: The number that the instance must have.
    ///   - vrf: The VRF of the instance; `nil` for the default VRF.
    ///   - socket: The path of bgpd's VTY socket.
    ///   - pipelining: How many statements may be in flight; `nil` for what suits the daemon.
    ///   - allowances: The deadlines and reply sizes of commands.
    ///   - logger: Told about connections and their ends; silent when left out.
    public init(
        asn: ASN,
        vrf: VRFName? = nil,
        socket: String = BGP.defaultSocket,
        pipelining: VTYPipelining? = nil,
        allowances: VTYAllowances = VTYAllowances(),
        logger: Logger = Logger(label: "bgp") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.init(
            asn: asn,
            vrf: vrf,
            socket: socket,
            pipelining: pipelining,
            group: MultiThreadedEventLoopGroup.singleton,
            allowances: allowances,
            logger: logger
        )
    }

    /// Keeps both connections until the task is cancelled.
    ///
    /// - Parameter report: Told when bgpd comes and goes, as the writer sees it: on `connected`,
    ///   read everything again, for what bgpd knew may be gone.
    public func keep(reporting report: @escaping @Sendable (VTYSession.Change) async -> Void) async
    {
        await withTaskGroup { group in
            // Whichever is there first brings the other: who is told of one needs both, and each
            // waits for up to a second between two dials.
            group.addTask {
                await writer.keep { change in
                    if change == .connected { await reader.hurry() }
                    await report(change)
                }
            }
            group.addTask {
                await reader.keep { change in
                    if change == .connected { await writer.hurry() }
                }
            }
        }
    }

    /// The number of the connection for writes that is open; `nil` when none is.
    ///
    /// Another number may be another process.
    public var openConnection: Int? {
        get async { await writer.openConnection }
    }

    /// Ends both connections.
    public func close() async {
        await writer.close()
        await reader.close()
    }

    /// Asks bgpd for a sign of life, on the connection for writes.
    ///
    /// bgpd sends keepalives and BFD from other threads and processes, so its peers may see it
    /// alive while its main thread hangs and no withdrawal is possible; only this notices.
    public func ping() async throws(FRRError) {
        let vty = try await writer.connection()
        let reply = try await vty.expect(
            VTYScript([.required(.ping)], allowance: allowances.greeting)
        )
        guard reply.text == "PING\n" else {
            throw .unreadable(line: VTYLine.ping.text, reason: "it says \"\(reply.words)\"")
        }
    }

    /// The words in which to speak with whoever answers on `vty`.
    func dialect(of vty: VTY) throws(FRRError) -> BGPDialect {
        guard vty.daemon?.product == .quagga else { return .frr(vrf) }
        if let vrf, let daemon = vty.daemon {
            throw .unsupported(
                what: "VRF \(vrf): it has no VRFs",
                daemon: daemon,
                instead: "leave out vrf, or run FRR"
            )
        }
        return .quagga
    }
}

/// How long to ask again for a configuration lock that another connection holds.
///
/// Quagga and FRR before 7.0 have one such lock for the whole daemon, which an operator in
/// configuration mode keeps for as long as he thinks.
public struct LockPatience: Hashable, Sendable {
    /// How often it is asked for, in all.
    public var attempts: Int
    /// The waits in between.
    public var backoff: Backoff

    /// Asks this often, which with the usual waits takes about four seconds: within one round of a
    /// controller, and long enough for another program's batch to end.
    public init(
        attempts: Int = 8,
        backoff: Backoff = Backoff(first: .milliseconds(20), longest: .seconds(1))
    ) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
    }
}
