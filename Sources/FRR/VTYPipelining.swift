/// How many statements of one script may wait for their replies at the same time.
///
/// bgpd's VTY takes every command that stands in one 512-byte read, in order and with a reply to
/// each, but a comment beside that loop says not to rely on it (lib/vty.c `vtysh_read`): bytes of
/// the same read are lost behind a command that passes a file descriptor, suspends the connection
/// or is answered later by another daemon. No statement of a batch does any of the three at bgpd;
/// at mgmtd most do. So only statements are ever sent ahead, never a line that leads into a node,
/// and only where that was tried.
public struct VTYPipelining: Hashable, Sendable, CustomStringConvertible {
    /// The widest window there is: at 64 bgpd, and no longer the round trip, sets the pace, and a
    /// wider one only makes more lines uncertain when a connection breaks.
    public static let widest = 64

    /// The most bytes of lines without a reply: the smallest buffer in which any daemon gathers
    /// them, so that none of them waits in the kernel for long.
    static let bytes = 4_096

    /// One line at a time, which is right everywhere.
    public static let none = VTYPipelining(clamping: 1)

    /// The number of statements that may wait for replies, from 1 to `widest`.
    public let window: Int

    private init(clamping window: Int) { self.window = min(max(1, window), Self.widest) }

    /// The window of this many statements; `nil` outside `1...widest`.
    public init?(_ window: Int) {
        guard (1...Self.widest).contains(window) else { return nil }
        self.init(clamping: window)
    }

    /// What suits a daemon unless somebody says otherwise.
    ///
    /// FRR's loop was read from 3.0 to 10.7 and tried with 8.4.4 and 10.6.1, so FRR gets the widest
    /// window. Quagga gets none: its builds differ by a decade, nobody looks after them, and one
    /// process-wide lock is the price of a connection that loses count in the middle of a
    /// configuration. Where a window was tried with the build at hand, it can be asked for.
    public static func automatic(for daemon: DaemonVersion?) -> VTYPipelining {
        guard let daemon, daemon.product == .frr else { return none }
        return VTYPipelining(clamping: widest)
    }

    public var description: String { "\(window)" }
}
