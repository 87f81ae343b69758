/// Why an exchange with the kernel did not give what was asked.
package enum NetlinkError: Error, Hashable, Sendable {
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

/// An error number of the kernel, kept raw.
///
/// libnl folds several of them into one of its own (ESRCH and ENOENT into "object not found"),
/// and for IPVS that is the difference between a missing service and a missing destination.
package struct Errno: Hashable, Sendable {
    /// The positive number of `errno.h`.
    package let number: Int32

    /// The error with this positive number.
    package init(_ number: Int32) { self.number = number }

    package static let notPermitted = Errno(1)
    package static let noEntry = Errno(2)
    package static let noProcess = Errno(3)
    package static let again = Errno(11)
    package static let noMemory = Errno(12)
    package static let accessDenied = Errno(13)
    package static let busy = Errno(16)
    package static let exists = Errno(17)
    package static let noDevice = Errno(19)
    package static let invalid = Errno(22)
    package static let readOnly = Errno(30)
    package static let outOfRange = Errno(34)
    package static let notSupported = Errno(95)
    package static let familyNotSupported = Errno(97)
    package static let addressNotAvailable = Errno(99)
    package static let noBuffers = Errno(105)
}

extension Errno: CustomStringConvertible {
    /// The symbol of `errno.h` where it is known here, otherwise the number.
    package var description: String {
        switch self {
        case .notPermitted: "EPERM"
        case .noEntry: "ENOENT"
        case .noProcess: "ESRCH"
        case .again: "EAGAIN"
        case .noMemory: "ENOMEM"
        case .accessDenied: "EACCES"
        case .busy: "EBUSY"
        case .exists: "EEXIST"
        case .noDevice: "ENODEV"
        case .invalid: "EINVAL"
        case .readOnly: "EROFS"
        case .outOfRange: "ERANGE"
        case .notSupported: "EOPNOTSUPP"
        case .familyNotSupported: "EAFNOSUPPORT"
        case .addressNotAvailable: "EADDRNOTAVAIL"
        case .noBuffers: "ENOBUFS"
        default: "errno \(number)"
        }
    }
}
