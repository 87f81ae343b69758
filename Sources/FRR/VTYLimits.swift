/// The bounds of a VTY conversation, each with the reason for its number.
public enum VTYLimits {
    /// The longest line sent, in bytes, without its NUL.
    ///
    /// bgpd gathers a line in 512-byte reads into a buffer of 4096 bytes (8192 from FRR 10.6). When
    /// it overflows, bgpd says so *without a status trailer* and then runs the rest of the line as
    /// a new command (lib/vty.c `vtysh_read`). Half of the smallest buffer stays far from that.
    public static let lineBytes = 2_000

    /// The longest reply to a configuration line: those are a sentence at most.
    public static let configurationReplyBytes = 64 * 1_024

    /// The longest reply to a `show`: 10,000 prefixes take about 3 MB of JSON.
    public static let showReplyBytes = 32 * 1_024 * 1_024

    /// The most scripts that may wait for one connection; more callers than this is a runaway.
    public static let waitingScripts = 64

    /// The most `network` lines between two `end`s, one in flight.
    ///
    /// At 20,000 lines a second a chunk takes about 13 ms, which is how long a withdrawal for
    /// another VIP may have to wait behind it.
    static let chunkLines = 256

    /// The most `network` lines between two `end`s, many in flight: as long at 80,000 a second.
    static let pipelinedChunkLines = 1_024

    /// The most `network` lines between two `end`s.
    static func chunkLines(_ pipelining: VTYPipelining) -> Int {
        pipelining.window > 1 ? pipelinedChunkLines : chunkLines
    }

    /// How long an observation may stand on glances alone.
    ///
    /// A full look at 10,000 prefixes costs bgpd about 100 ms: once a minute that is 0.2 % of a
    /// core. What no glance shows is so rare (see `BGPGlance`) that a minute is soon enough.
    public static let glanceHolds: Duration = .seconds(60)

    /// The most bytes of a daemon's words kept in an error, enough for its longest message.
    public static let quotedBytes = 400

    /// The most VIPs whose single route is looked up to find out why nobody is sent it.
    ///
    /// One look-up is one round trip; a misconfigured peer holds back all VIPs for the same
    /// reason, so a few examples say as much as ten thousand.
    public static let explainedRoutes = 16
}

/// How long one command may take, and how much it may answer.
public struct VTYAllowance: Hashable, Sendable {
    /// The time from the write of the line to the last byte of its reply.
    public var deadline: Duration
    /// The most bytes of text in the reply.
    public var replyBytes: Int

    /// The allowance of this much time and text.
    public init(deadline: Duration, replyBytes: Int) {
        self.deadline = deadline
        self.replyBytes = replyBytes
    }
}

/// The allowances of the kinds of command there are.
public struct VTYAllowances: Hashable, Sendable {
    /// For `connect`, `enable` and the ping: an idle daemon answers in well under a millisecond.
    public var greeting = VTYAllowance(
        deadline: .seconds(2),
        replyBytes: VTYLimits.configurationReplyBytes
    )
    /// For configuration lines: bgpd's VTY lives in its main thread, which a busy table holds up.
    public var configure = VTYAllowance(
        deadline: .seconds(10),
        replyBytes: VTYLimits.configurationReplyBytes
    )
    /// For `show`: text of megabytes, from a thread that may be busy first.
    public var show = VTYAllowance(
        deadline: .seconds(30),
        replyBytes: VTYLimits.showReplyBytes
    )

    /// The allowances for a daemon on this machine.
    public init() {}
}
