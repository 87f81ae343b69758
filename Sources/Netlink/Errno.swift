/// An error number of the kernel, kept raw.
///
/// libnl folds several of them into one of its own (ESRCH and ENOENT into "object not found"),
/// and for IPVS that is the difference between a missing service and a missing destination.
public struct Errno: Hashable, Sendable {
    /// The positive number of `errno.h`.
    public let number: Int32

    /// The error with this positive number.
    public init(_ number: Int32) { self.number = number }

    /// A capability is missing.
    public static let notPermitted = Errno(1)
    /// There is no such file, family, scheduler or destination.
    public static let noEntry = Errno(2)
    /// There is no such service (IPVS); elsewhere, no such process.
    public static let noProcess = Errno(3)
    /// Nothing is there yet.
    public static let again = Errno(11)
    /// The kernel is out of memory.
    public static let noMemory = Errno(12)
    /// The permissions of a file, or IPv6 switched off on a link.
    public static let accessDenied = Errno(13)
    /// Something else of the kind is under way, such as a dump.
    public static let busy = Errno(16)
    /// It is there already.
    public static let exists = Errno(17)
    /// There is no such link.
    public static let noDevice = Errno(19)
    /// The kernel does not take this value.
    public static let invalid = Errno(22)
    /// `ENFILE`: this host has no descriptor left.
    public static let noFile = Errno(23)
    /// `EMFILE`: this process has no descriptor left.
    public static let noDescriptor = Errno(24)
    /// The file system is mounted read-only.
    public static let readOnly = Errno(30)
    /// A number is too small or too large.
    public static let outOfRange = Errno(34)
    /// What was sent is longer than the socket takes.
    public static let tooLong = Errno(90)
    /// The kernel has no such protocol.
    public static let protocolNotSupported = Errno(93)
    /// The kernel was built without it, or its module is not loaded.
    public static let notSupported = Errno(95)
    /// The kernel has no such address family.
    public static let familyNotSupported = Errno(97)
    /// The link does not have this address.
    public static let addressNotAvailable = Errno(99)
    /// The kernel dropped what it would have said.
    public static let noBuffers = Errno(105)
}

extension Errno: Error {}

extension Errno: CustomStringConvertible {
    /// The symbol of `errno.h` where it is known here, otherwise the number.
    public var description: String {
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
