/// A virtual service: what identifies it, and how it is configured; never what it counted.
public struct Service: Hashable, Sendable {
    /// Which packets it takes.
    public var identity: ServiceIdentity
    /// How it picks a destination.
    public var scheduler: Scheduler
    /// What it does differently.
    public var flags: ServiceFlags
    /// Whether and how long a client stays with its destination.
    public var persistence: Persistence?
    /// The persistence engine, such as `sip`, that finds what belongs together in the payload.
    public var engine: String?

    /// A service of these parts.
    public init(
        _ identity: ServiceIdentity,
        scheduler: Scheduler,
        flags: ServiceFlags = [],
        persistence: Persistence? = nil,
        engine: String? = nil
    ) {
        self.identity = identity
        self.scheduler = scheduler
        self.flags = flags
        self.persistence = persistence
        self.engine = engine
    }
}

/// For how long which clients share a destination.
public struct Persistence: Hashable, Sendable {
    /// Seconds after the last connection, 1 to 31 days.
    public var timeout: UInt32
    /// The prefix length within which clients count as one: 0...32 or 1...128.
    public var granularity: Int

    /// What is seen as granularity where an IPv4 mask of somebody else is not a prefix.
    public static let irregular = -1

    /// Clients within a prefix of this length share a destination for this many seconds.
    public init(timeout: UInt32, granularity: Int) {
        self.timeout = timeout
        self.granularity = granularity
    }
}

/// A service as the kernel shows it.
public struct ObservedService: Hashable, Sendable {
    /// Identity and configuration.
    public var service: Service
    /// What it counted.
    public var statistics: Statistics

    /// A service that counted this.
    public init(_ service: Service, _ statistics: Statistics) {
        self.service = service
        self.statistics = statistics
    }
}
