public import Net

/// One change; the kernel carries out each by itself, and there are no transactions.
public enum Operation: Hashable, Sendable {
    /// Adds a service that is not there.
    case newService(Service)
    /// Replaces the whole configuration of a service; its destinations stay.
    case updateService(Service)
    /// Removes a service with its destinations.
    case deleteService(ServiceIdentity)
    /// Adds a destination, in front of those that are there.
    case newDestination(Destination, of: ServiceIdentity)
    /// Replaces the whole configuration of a destination; its place stays.
    case updateDestination(Destination, of: ServiceIdentity)
    /// Removes a destination.
    case deleteDestination(Endpoint, of: ServiceIdentity)
    /// Sets the counters of a service and its destinations to zero, or all of them.
    case zero(ServiceIdentity?)
    /// Sets how long connections are kept.
    case setTimeouts(Timeouts)
    /// Removes every service of this network namespace, whoever added it.
    case flush
    /// Starts a sync daemon; there may be one of each role.
    case startDaemon(SyncDaemon)
    /// Stops the sync daemon of a role.
    case stopDaemon(SyncDaemon.Role)

    /// True when the kernel may carry it out and say nothing, not even that it did.
    ///
    /// A daemon that is stopped before its thread has run at all ends with EINTR (kernel/kthread.c,
    /// `kthread_stop`), and EINTR is never answered (net/netlink/af_netlink.c, `netlink_rcv_skb`).
    var mayGoUnanswered: Bool {
        if case .stopDaemon = self { true } else { false }
    }

    /// The service it is about, if it is about one.
    public var service: ServiceIdentity? {
        switch self {
        case .newService(let service), .updateService(let service): service.identity
        case .deleteService(let identity): identity
        case .newDestination(_, let identity), .updateDestination(_, let identity),
            .deleteDestination(_, let identity):
            identity
        case .zero(let identity): identity
        case .setTimeouts, .flush, .startDaemon, .stopDaemon: nil
        }
    }

    /// The destination it is about, if it is about one.
    public var destination: Endpoint? {
        switch self {
        case .newDestination(let destination, _), .updateDestination(let destination, _):
            destination.endpoint
        case .deleteDestination(let endpoint, _): endpoint
        case .newService, .updateService, .deleteService, .zero, .setTimeouts, .flush,
            .startDaemon, .stopDaemon:
            nil
        }
    }
}

extension Operation: CustomStringConvertible {
    /// What it does, as the object of "could not".
    public var description: String {
        switch self {
        case .newService(let service): "add service \(service.identity)"
        case .updateService(let service): "change service \(service.identity)"
        case .deleteService(let identity): "remove service \(identity)"
        case .newDestination(let destination, let identity):
            "add destination \(destination.endpoint) to \(identity)"
        case .updateDestination(let destination, let identity):
            "change destination \(destination.endpoint) of \(identity)"
        case .deleteDestination(let endpoint, let identity):
            "remove destination \(endpoint) from \(identity)"
        case .zero(let identity?): "zero the counters of \(identity)"
        case .zero(nil): "zero all counters"
        case .setTimeouts: "set the timeouts"
        case .flush: "remove all services"
        case .startDaemon(let daemon): "start the \(daemon.role) sync daemon"
        case .stopDaemon(let role): "stop the \(role) sync daemon"
        }
    }
}
