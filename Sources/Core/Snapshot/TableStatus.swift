import Net

/// A service as it was last seen in the kernel's table, which is what answers clients; the rest
/// of `ServiceStatus` is what the configuration asks for.
///
/// From a document with these in it anybody can work out which server a client is sent to.
package struct TableStatus: Codable, Equatable, Sendable {
    /// The scheduler with its flags, in the form of `ServiceStatus.scheduler`; absent for a
    /// service with attributes that Penstock never sets.
    package var scheduler: String?
    /// Its destinations in the order of the kernel's list, which counts for `mh`.
    package var members: [MemberStatus]
    /// What the lookup table says, in 16 hexadecimal digits, equal on two directors if and only if
    /// they answer alike; absent for every scheduler but `mh`, and where a part is not known.
    package var digest: String?

    /// A service with these members, whose digest is not known yet.
    package init(scheduler: String?, members: [MemberStatus], digest: String? = nil) {
        self.scheduler = scheduler
        self.members = members
        self.digest = digest
    }
}

/// A destination in the kernel's table.
package struct MemberStatus: Codable, Equatable, Sendable {
    /// Address and port.
    package var endpoint: String
    /// The weight it has.
    package var weight: Int
    /// The last weight it had that was not 0, by which `mh` gives slots.
    ///
    /// The kernel does not show it. At weight 0 it is taken to be the configured one, at which
    /// Penstock introduces every real server; it is absent at weight 0 for one that is no longer
    /// configured. It is wrong for a server whose configured weight was changed while it was at 0,
    /// until it has taken flows again.
    package var lastWeight: Int?

    /// A destination of these parts.
    package init(endpoint: String, weight: Int, lastWeight: Int?) {
        self.endpoint = endpoint
        self.weight = weight
        self.lastWeight = lastWeight
    }
}

extension TableStatus {
    /// The service as `slice` shows it; `nominal` is the configured weight of a real server.
    init(_ slice: ServiceSlice, nominal: (Endpoint) -> Int?) {
        scheduler = slice.scheduling.map { "\($0)" }
        members = slice.destinations.map { endpoint, destination in
            MemberStatus(
                endpoint: "\(endpoint)",
                weight: destination.weight,
                lastWeight: destination.weight > 0 ? destination.weight : nominal(endpoint)
            )
        }
    }
}

extension Scheduling: CustomStringConvertible {
    /// The scheduler with its flags: `mh(mh-fallback,mh-port)`.
    package var description: String {
        let flags = flags.map(\.rawValue).sorted().joined(separator: ",")
        return flags.isEmpty ? scheduler.rawValue : "\(scheduler.rawValue)(\(flags))"
    }
}
