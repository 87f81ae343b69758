/// An error number of the kernel, kept raw.
///
/// libnl folds several of them into one of its own (ESRCH and ENOENT into "object not found"),
/// and for IPVS that is the difference between a missing service and a missing destination.
package struct Errno: Hashable, Sendable {
    /// The positive number of `errno.h`.
    package let number: Int32

    /// The error with this positive number.
    package init(_ number: Int32) { self.number = number }

    /// A capability is missing.
    package static let notPermitted = Errno(1)
    /// There is no such file, family, scheduler or destination.
    package static let noEntry = Errno(2)
    /// There is no such service (IPVS); elsewhere, no such process.
    package static let noProcess = Errno(3)
    /// Nothing is there yet.
    package static let again = Errno(11)
    /// The kernel is out of memory.
    package static let noMemory = Errno(12)
    /// The permissions of a file, or IPv6 switched off on a link.
    package static let accessDenied = Errno(13)
    /// Something else of the kind is under way, such as a dump.
    package static let busy = Errno(16)
    /// It is there already.
    package static let exists = Errno(17)
    /// There is no such link.
    package static let noDevice = Errno(19)
    /// The kernel does not take this value.
    package static let invalid = Errno(22)
    /// The file system is mounted read-only.
    package static let readOnly = Errno(30)
    /// A number is too small or too large.
    package static let outOfRange = Errno(34)
    /// What was sent is longer than the socket takes.
    package static let tooLong = Errno(90)
    /// The kernel has no such protocol.
    package static let protocolNotSupported = Errno(93)
    /// The kernel was built without it, or its module is not loaded.
    package static let notSupported = Errno(95)
    /// The kernel has no such address family.
    package static let familyNotSupported = Errno(97)
    /// The link does not have this address.
    package static let addressNotAvailable = Errno(99)
    /// The kernel dropped what it would have said.
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
        case .tooLong: "EMSGSIZE"
        case .protocolNotSupported: "EPROTONOSUPPORT"
        case .notSupported: "EOPNOTSUPP"
        case .familyNotSupported: "EAFNOSUPPORT"
        case .addressNotAvailable: "EADDRNOTAVAIL"
        case .noBuffers: "ENOBUFS"
        default: "errno \(number)"
        }
    }
}
