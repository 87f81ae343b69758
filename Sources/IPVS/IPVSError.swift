public import Net
public import Netlink

/// Everything that can go wrong between us and IPVS.
///
/// Each case knows what was attempted, what the kernel said, and what to do next, because they
/// end on an operator's screen. `IPVSError+Text.swift` has the words.
public enum IPVSError: Error, Hashable, Sendable {
    /// The kernel has no IPVS, and looking for it did not load it.
    case absent(Request)
    /// ENOENT for a whole service: its scheduler is not there.
    ///
    /// Or its persistence engine, if that is named: then both may be missing.
    case noScheduler(Request, Scheduler, engine: String?)
    /// ENOENT for a whole service whose scheduler is there: its persistence engine is not.
    case noEngine(Request, String)
    /// EPERM, and why as far as can be seen.
    case notPermitted(Request, Privilege)
    /// ESRCH: there is no such service.
    case serviceMissing(Request, ServiceIdentity)
    /// ENOENT for a destination: the service is there, this is not.
    case destinationMissing(Request, Endpoint, of: ServiceIdentity)
    /// ESRCH for a sync daemon that is to be stopped and does not run.
    case daemonMissing(Request, SyncDaemon.Role)
    /// ENODEV: there is no such interface for a sync daemon.
    case noInterface(Request, String)
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
        case .absent(let request), .noScheduler(let request, _, _), .noEngine(let request, _),
            .notPermitted(let request, _), .serviceMissing(let request, _),
            .destinationMissing(let request, _, _), .daemonMissing(let request, _),
            .noInterface(let request, _), .exists(let request),
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

    /// What the kernel meant with this error number in answer to `request`; `evidence` is looked
    /// at where the number leaves something open.
    init(
        _ errno: Errno,
        words: String = "",
        to request: Request,
        evidence: Evidence
    ) {
        self =
            switch errno {
            case .notPermitted: .notPermitted(request, evidence.privilege())
            case .exists: .exists(request)
            case .invalid: .invalid(request, words: words)
            case .outOfRange: .outOfRange(request)
            case .familyNotSupported: .familyNotSupported(request, request.service?.family)
            case .noProcess: Self.noProcess(request, words: words)
            case .noEntry: Self.noEntry(request, words: words, evidence)
            case .noDevice: Self.noDevice(request, words: words)
            default: .refused(request, errno, words: words)
            }
    }

    private static func noProcess(_ request: Request, words: String) -> IPVSError {
        if let service = request.service { return .serviceMissing(request, service) }
        if case .change(.stopDaemon(let role)) = request { return .daemonMissing(request, role) }
        return .refused(request, .noProcess, words: words)
    }

    private static func noDevice(_ request: Request, words: String) -> IPVSError {
        guard case .change(.startDaemon(let daemon)) = request else {
            return .refused(request, .noDevice, words: words)
        }
        return .noInterface(request, daemon.interface)
    }

    /// One number, four meanings: one of two modules for a service, a destination within one, and
    /// for the rest the family itself, which the client has looked for by then.
    private static func noEntry(
        _ request: Request,
        words: String,
        _ evidence: Evidence
    ) -> IPVSError {
        guard case .change(let operation) = request else {
            return .refused(request, .noEntry, words: words)
        }
        switch operation {
        case .newService(let service), .updateService(let service):
            return noModule(request, service, evidence)
        case .updateDestination(let destination, let identity):
            return .destinationMissing(request, destination.endpoint, of: identity)
        case .deleteDestination(let endpoint, let identity):
            return .destinationMissing(request, endpoint, of: identity)
        case .newDestination, .deleteService, .zero, .setTimeouts, .flush, .startDaemon,
            .stopDaemon:
            return .refused(request, .noEntry, words: words)
        }
    }

    /// The kernel looks for the scheduler, which may load its module, and then for the engine.
    private static func noModule(
        _ request: Request,
        _ service: Service,
        _ evidence: Evidence
    ) -> IPVSError {
        guard let engine = service.engine else {
            return .noScheduler(request, service.scheduler, engine: nil)
        }
        let modules = evidence.modules()
        if modules.holds(service.scheduler) { return .noEngine(request, engine) }
        return .noScheduler(
            request,
            service.scheduler,
            engine: modules.holds(engine: engine) ? nil : engine
        )
    }

    /// What a failed exchange means for `request`.
    init(_ error: NetlinkError, for request: Request, evidence: Evidence) {
        self =
            switch error {
            case .refused(let errno, let words):
                IPVSError(errno, words: words, to: request, evidence: evidence)
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
        case .services, .info, .timeouts, .daemons: nil
        }
    }
}
