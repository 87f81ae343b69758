/// A virtual service: what identifies it, and how it is configured; never what it counted.
package struct Service: Hashable, Sendable {
    /// Which packets it takes.
    package var identity: ServiceIdentity
    /// How it picks a destination.
    package var scheduler: Scheduler
    /// What it does differently.
    package var flags: ServiceFlags
    /// Whether and how long a client stays with its destination.
    package var persistence: Persistence?
    /// The persistence engine, such as `sip`, that finds what belongs together in the payload.
    package var engine: String?

    /// A service of these parts.
    package init(
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
package struct Persistence: Hashable, Sendable {
    /// Seconds after the last connection, 1 to 31 days.
    package var timeout: UInt32
    /// The prefix length within which clients count as one: 0...32 or 1...128.
    package var granularity: Int

    /// What is seen as granularity where an IPv4 mask of somebody else is not a prefix.
    package static let irregular = -1

    /// Clients within a prefix of this length share a destination for this many seconds.
    package init(timeout: UInt32, granularity: Int) {
        self.timeout = timeout
        self.granularity = granularity
    }
}

/// A service as the kernel shows it.
package struct ObservedService: Hashable, Sendable {
    /// Identity and configuration.
    package var service: Service
    /// What it counted.
    package var statistics: Statistics

    /// A service that counted this.
    package init(_ service: Service, _ statistics: Statistics) {
        self.service = service
        self.statistics = statistics
    }
}
