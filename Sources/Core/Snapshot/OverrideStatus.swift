/// Something that an operator has ordered about a real server, in a snapshot.
package struct OverrideStatus: Codable, Equatable, Sendable {
    /// What is overridden.
    package enum Kind: String, Codable, Equatable, Sendable, CaseIterable {
        /// The state: `ready`, `drain` or `maint`.
        case state
        /// The weight.
        case weight
        /// Both, by a hand-over.
        case handover
    }

    /// The VIP and the service, by name; by address and port where they are not configured.
    package var vip: String
    package var service: String
    /// The real server: its address and port.
    package var backend: String
    /// What is overridden.
    package var kind: Kind
    /// With what: a state, a weight, or how far a hand-over has come and with whom.
    package var value: String
    /// Who ordered it, and why; the reason may be empty.
    package var by: String
    package var reason: String
    /// Since when, and until when unless it stays.
    package var since: Timestamp
    package var until: Timestamp?
    /// True while the configuration does not name the real server, so that it does nothing.
    package var idle: Bool
}

/// A hand-over, as one of its two real servers has it in a snapshot.
package struct HandoverStatus: Codable, Equatable, Sendable {
    /// The two parts.
    package enum Role: String, Codable, Equatable, Sendable, CaseIterable {
        /// Gives its work away.
        case from
        /// Takes it.
        case to
    }

    /// Its part.
    package var role: Role
    /// The address and port of the other.
    package var with: String
    /// How much of the time has passed.
    package var percent: Int
    /// When it will be complete.
    package var ends: Timestamp
    /// Why it was given up, once it was.
    package var stopped: String?
}

extension BackendStatus {
    /// A real server that is not configured, and about which something is ordered all the same.
    package static func idle(_ endpoint: String, _ overrides: [OverrideStatus]) -> BackendStatus {
        BackendStatus(
            endpoint: endpoint,
            admin: overrides.first { $0.kind == .state }?.value ?? "ready",
            health: "unknown",
            check: "",
            overrides: overrides
        )
    }
}
