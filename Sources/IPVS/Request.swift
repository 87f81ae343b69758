/// Everything that is asked of IPVS.
public enum Request: Hashable, Sendable {
    /// A change, which is only acknowledged.
    case change(Operation)
    /// All services.
    case services
    /// One service.
    case service(ServiceIdentity)
    /// The destinations of a service; the kernel answers with none when there is no such service.
    case destinations(of: ServiceIdentity)
    /// Version and sizes.
    case info
    /// How long connections are kept.
    case timeouts
    /// The sync daemons that run, at most one of each role.
    case daemons
}

extension Request: CustomStringConvertible {
    /// What it is for, as the object of "could not".
    public var description: String {
        switch self {
        case .change(let operation): "\(operation)"
        case .services: "list the services"
        case .service(let identity): "read service \(identity)"
        case .destinations(let identity): "list the destinations of \(identity)"
        case .info: "read the version of IPVS"
        case .timeouts: "read the timeouts"
        case .daemons: "list the sync daemons"
        }
    }
}

/// One thing that IPVS answers with.
package enum Reply: Hashable, Sendable {
    case service(ObservedService)
    case destination(ObservedDestination)
    case info(Info)
    case timeouts(Timeouts)
    case daemon(SyncDaemon)
}
