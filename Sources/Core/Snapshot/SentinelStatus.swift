/// The sentinel of a real server in a snapshot: the idle connection whose end asks for a probe.
package struct SentinelStatus: Codable, Equatable, Sendable {
    /// `off`, `waiting`, `connecting`, `watching` or `crowded-out`.
    package var state: String
    /// Since when.
    package var since: Timestamp?
    /// The last end of a connection that asked for a probe, in words.
    package var lastCall: String?
    /// After how many seconds the server closes a connection that says nothing, where it does.
    package var idleLimitSeconds: Double?

    /// A sentinel of these parts.
    package init(
        state: String,
        since: Timestamp? = nil,
        lastCall: String? = nil,
        idleLimitSeconds: Double? = nil
    ) {
        self.state = state
        self.since = since
        self.lastCall = lastCall
        self.idleLimitSeconds = idleLimitSeconds
    }
}
