/// Why an exchange with the kernel did not give what was asked.
public enum NetlinkError: Error, Hashable, Sendable {
    /// The kernel answered the request with this error, and with these words where it had any
    /// (extended acknowledgement).
    case refused(Errno, words: String)
    /// The kernel has no generic netlink family of this name.
    case noFamily(String)
    /// A socket could not be opened, or not be used; what was attempted follows "cannot".
    case unavailable(Errno, attempted: String)
    /// The kernel dropped replies for want of buffer space (ENOBUFS): what happened is unknown.
    case overrun
    /// No complete answer within this time; the socket is replaced, for a late answer would be
    /// taken for that of the next request.
    case timedOut(Duration)
    /// What came cannot be an answer to what was asked.
    case malformed(String)
    /// The kernel says that the dump was disturbed and is not to be trusted (`NLM_F_DUMP_INTR`).
    case interrupted
}
