/// How much one exchange with the kernel may take, and why that much.
package enum NetlinkLimits {
    /// The time for one complete answer.
    ///
    /// The kernel works inside the send, so a healthy answer is there at once; what takes seconds
    /// is a family look-up that makes the kernel load a module.
    package static let answer: Duration = .seconds(5)

    /// The bytes of one receive.
    ///
    /// The kernel fills dump datagrams up to 32 KiB when the reader offers as much; twice that
    /// leaves room for one large message.
    static let datagramBytes = 64 * 1024

    /// The bytes of one receive where lists are many and short, as those of IPVS are.
    ///
    /// For each datagram of a dump the kernel takes, and clears, as much memory as its reader ever
    /// offered (`netlink_dump` in net/netlink/af_netlink.c): with the above that cost more than to
    /// print a list of ten servers. This is what fits 8 KiB with the 320 bytes that the kernel
    /// keeps for itself, and no less than it fills unasked (`NLMSG_GOODSIZE`).
    static let shortDatagramBytes = 8 * 1024 - 320

    /// What is asked for either buffer of a socket.
    ///
    /// Enough for the refusals of a batch of `batchMessages`, each counted as `replyBytes`.
    static let bufferBytes = 4 * 1024 * 1024

    /// The messages of one send, at most.
    static let batchMessages = 1024

    /// The bytes of one send, at most; the socket's own buffer may set a lower limit.
    static let batchBytes = 256 * 1024

    /// What one refusal is charged against the receive buffer.
    ///
    /// The kernel charges the memory of the whole packet, measured as 768 bytes for an empty one.
    static let replyBytes = 1024

    /// What the kernel keeps back of the send buffer (`netlink_sendmsg`: `sk_sndbuf - 32`).
    static let sendReserve = 32

    /// The bytes of all replies to one request, together.
    ///
    /// A table of a hundred thousand destinations is about 40 MiB; without a bound, a kernel gone
    /// wrong could fill the memory of a process that routers rely on.
    static let answerBytes = 256 * 1024 * 1024

    /// The datagrams taken from a subscription in one go, so that a flood cannot hold its reader.
    static let eventDatagrams = 1024

    /// The messages kept of a subscription between two looks: more cut-off neighbours than that are
    /// found by those who talk to them.
    static let keptEvents = 1024

    /// The bytes of one file under /proc, unless its reader says more; most are a few lines.
    package static let kernelFileBytes = 64 * 1024

    /// The bytes of a file that lists a whole table, where a line takes about 70.
    package static let kernelListingBytes = 64 * 1024 * 1024
}
