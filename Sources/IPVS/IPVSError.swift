public import Net
public import Netlink

/// Everything that can go wrong between us and IPVS.
///
/// Each case knows what was attempted, what the kernel said, and what to do next, because they
/// end on an operator's screen. `IPVSError+Text.swift` has the words.
public enum IPVSError: Error, Hashable, Sendable {
    /// The kernel has no IPVS, and looking for it did not load it.
    case absent(Request)
    /// ENOENT for a whole service: its scheduler, or its persistence engine, is not there.
    case noScheduler(Request, Scheduler, engine: String?)
    /// EPERM, and why as far as can be seen.
    case notPermitted(Request, Privilege)
    /// ESRCH: there is no such service.
    case serviceMissing(Request, ServiceIdentity)
    /// ENOENT for a destination: the service is there, this is not.
    case destinationMissing(Request, Endpoint, of: ServiceIdentity)
    /// EEXIST: what was to be added is there, in whatever form.
    case exists(Request)
    /// EINVAL, with the kernel's words where it has any.
    case invalid(Request, words: String)
    /// ERANGE: a weight or a threshold.
    case outOfRange(Request)
    /// EAFNOSUPPORT: no IPv6 in this kernel.
    case familyNotSupported(Request, AddressFamily?)
    /// Any other answer, which says that it was not carried out.
    case refused(Request, Errno, words: String)
    /// Never sent, because the kernel would take it and do something else.
    case refusedBeforeSending(Request, Refusal)
    /// No answer to be relied on came: a change may or may not have been carried out.
    case uncertain(Request, NetlinkError)
    /// The kernel's answer is not what this library knows.
    case unreadable(Request, reason: String)
    /// The list changed again and again while it was read.
    case restless(Request)
    /// The socket could not be opened, or failed; what was attempted on it says which.
    case unreachable(Request, Errno, attempted: String)
}

extension IPVSError {
    /// What was attempted.
    public var request: Request {
        switch self {
        case .absent(let request), .noScheduler(let request, _, _),
            .notPermitted(let request, _), .serviceMissing(let request, _),
            .destinationMissing(let request, _, _), .exists(let request),
            .invalid(let request, _), .outOfRange(let request),
            .familyNotSupported(let request, _), .refused(let request, _, _),
            .refusedBeforeSending(let request, _), .uncertain(let request, _),
            .unreadable(let request, _), .restless(let request), .unreachable(let request, _, _):
            request
        }
    }

    /// True when a change may have been carried out nevertheless, so the table has to be read
    /// again before anything is concluded.
    public var leavesStateUnknown: Bool {
        switch self {
        case .uncertain, .unreachable: true
        default: false
        }
    }

    /// What the kernel meant with this error number in answer to `request`; `privilege` is asked
    /// for EPERM only.
    package init(
        _ errno: Errno,
        words: String = "",
        to request: Request,
        privilege: () -> Privilege
    ) {
        self =
            switch errno {
            case .notPermitted: .notPermitted(request, privilege())
            case .exists: .exists(request)
            case .invalid: .invalid(request, words: words)
            case .outOfRange: .outOfRange(request)
            case .familyNotSupported: .familyNotSupported(request, request.service?.family)
            case .noProcess:
                if let service = request.service {
                    .serviceMissing(request, service)
                } else {
                    .refused(request, errno, words: words)
                }
            case .noEntry: Self.noEntry(request, words: words)
            default: .refused(request, errno, words: words)
            }
    }

    /// One number, three meanings: a module for a service, a destination within one, and for the
    /// rest the family itself, which the client has looked for by then.
    private static func noEntry(_ request: Request, words: String) -> IPVSError {
        guard case .change(let operation) = request else {
            return .refused(request, .noEntry, words: words)
        }
        switch operation {
        case .newService(let service), .updateService(let service):
            return .noScheduler(request, service.scheduler, engine: service.engine)
        case .updateDestination(let destination, let identity):
            return .destinationMissing(request, destination.endpoint, of: identity)
        case .deleteDestination(let endpoint, let identity):
            return .destinationMissing(request, endpoint, of: identity)
        case .newDestination, .deleteService, .zero, .setTimeouts, .flush:
            return .refused(request, .noEntry, words: words)
        }
    }

    /// What a failed exchange means for `request`.
    package init(_ error: NetlinkError, for request: Request, privilege: () -> Privilege) {
        self =
            switch error {
            case .refused(let errno, let words):
                IPVSError(errno, words: words, to: request, privilege: privilege)
            case .noFamily: .absent(request)
            case .unavailable(let errno, let attempted):
                .unreachable(request, errno, attempted: attempted)
            case .overrun, .timedOut, .malformed, .interrupted: .uncertain(request, error)
            }
    }
}

extension Request {
    /// The service it is about, if it is about one.
    public var service: ServiceIdentity? {
        switch self {
        case .change(let operation): operation.service
        case .service(let identity), .destinations(let identity): identity
        case .services, .info, .timeouts: nil
        }
    }
}
