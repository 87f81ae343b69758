/// A drain in a snapshot: of the director, or of one VIP.
package struct DrainStatus: Codable, Equatable, Sendable {
    /// The step it has reached.
    package enum Step: String, Codable, Equatable, Sendable, CaseIterable {
        /// Paths are made worse.
        case softening
        /// Every peer was sent the worse paths; routers are given the time to leave them.
        case settling
        /// Kept on the worse path, because bgpd knows no other any more.
        case held
        /// Routes are being taken back.
        case withdrawing
        /// Routes are gone; traffic ebbs.
        case ebbing
        /// Over.
        case done
    }

    /// Why, in the operator's words; may be empty.
    package var reason: String
    /// `soft` or `now`.
    package var mode: String?
    /// Who asks for it, sorted: `command`, `file` or `stop`.
    package var sources: [String]?
    /// Who ordered it, where that was a command.
    package var by: String?
    /// When it ends by itself; absent when it stays.
    package var until: Timestamp?
    /// When it was asked for.
    package var since: Timestamp
    /// The step it has reached.
    package var step: Step
    /// When that step began.
    package var stepSince: Timestamp?
    /// When that step ends by itself: the pause, or the longest wait for traffic to end.
    package var deadline: Timestamp?
    /// How many VIPs are not yet seen to have taken the step, of how many.
    package var left: Int
    package var total: Int
    /// Packets per second over all VIPs it is about; absent until measured.
    package var packetsPerSecond: Double?
    /// The rate below which that counts as quiet.
    package var packetsBelow: Double
    /// `quiet` or `deadline`, once it is over.
    package var ending: String?
    /// What keeps it from going on, while something does: bgpd or the table cannot be seen, a
    /// router without a session may keep the route, or it has become the last path.
    package var waitingFor: Fault?
    /// The peers that were not seen to be sent the worse path in time, sorted; absent without any.
    package var unsoftened: [String]?
}

/// A drain that is kept for a VIP which is not in the configuration, in a snapshot.
package struct KeptDrainStatus: Codable, Equatable, Sendable {
    /// The address of the VIP.
    package var address: String
    /// What it was called when the drain was ordered, where that is known.
    package var vip: String?
    /// Why, by whom, since when and until when unless it stays.
    package var reason: String
    package var by: String
    package var since: Timestamp
    package var until: Timestamp?

    /// What it goes by: its name, or its address.
    package var name: String { vip ?? address }

    /// A drain that is kept for the VIP at `address`.
    package init(
        address: String,
        vip: String?,
        reason: String,
        by: String,
        since: Timestamp,
        until: Timestamp? = nil
    ) {
        self.address = address
        self.vip = vip
        self.reason = reason
        self.by = by
        self.since = since
        self.until = until
    }
}
