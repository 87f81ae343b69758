public import Net

/// Everything that can go wrong between us and a routing daemon.
///
/// Each case knows what was attempted, what the other side said, and what to do next, because
/// they end on an operator's screen. `FRRError+Text.swift` has the words.
public enum FRRError: Error, Hashable, Sendable {
    /// `connect` said ENOENT: nothing is at that path; the directory holds these names, or could
    /// not be read.
    case absent(socket: String, holds: [String]?)
    /// `connect` said ECONNREFUSED: the file is there and nobody listens.
    case leftOver(socket: String)
    /// `connect` said EACCES or EPERM.
    case forbidden(socket: String, access: SocketAccess?)
    /// `connect` said EAGAIN: the five places of the daemon's backlog are taken (`vty_serv_un`
    /// in lib/vty.c), which happens when it hangs.
    case backlogFull(socket: String)
    /// `connect` failed otherwise, in the system's words.
    case unreachable(socket: String, words: String)
    /// No complete reply came in time. What the line does later is unknown.
    case silent(socket: String, line: String, after: Duration)
    /// The connection ended, before any reply to `line` if one was outstanding.
    case closed(socket: String, line: String?)
    /// What came cannot be a VTY's; the connection was dropped.
    case surprise(socket: String, line: String?, VTYFrameError)
    /// More than `VTYLimits.waitingScripts` callers wait for this connection.
    case crowded(socket: String)
    /// A line was refused on our side; no byte of it was sent.
    case unspeakable(reason: String)
    /// The daemon refused the line with this status and these words.
    case refused(line: String, status: VTYStatus, words: String)
    /// The daemon accepted the line, but its reply is not what this library knows.
    case unreadable(line: String, reason: String)
    /// bgpd has no instance where one was expected.
    case noInstance
    /// The instance has another number.
    case otherASN(configured: ASN, running: ASN)
    /// Another connection holds the configuration lock that Quagga and FRR before 7.0 have, or an
    /// operator said `configure exclusive`.
    case locked(socket: String, words: String, attempts: Int)
    /// This daemon has no such thing.
    case unsupported(what: String, daemon: DaemonVersion, instead: String)
    /// What answers is another daemon than bgpd.
    case notBGPD(socket: String)
    /// A route-map of ours was to be removed, and something still uses it.
    case routeMapInUse(RouteMapName)
}

/// Who may use a socket, as its file says.
public struct SocketAccess: Hashable, Sendable, CustomStringConvertible {
    /// The user that owns it, by name or number.
    public let owner: String
    /// The group that owns it, by name or number.
    public let group: String
    /// The permission bits, such as 0o770.
    public let mode: Int

    /// The access these owners and bits give.
    public init(owner: String, group: String, mode: Int) {
        self.owner = owner
        self.group = group
        self.mode = mode
    }

    public var description: String {
        "\(owner):\(group) 0\(String(mode, radix: 8))"
    }
}
