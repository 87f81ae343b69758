/// A drain in a snapshot: of the director, or of one VIP.
package struct DrainStatus: Codable, Equatable, Sendable {
    /// The step it has reached.
    package enum Step: String, Codable, Equatable, Sendable, CaseIterable {
        /// Paths are made worse.
        case softening
        /// Every peer was sent the worse paths; routers are given the time to leave them.
        case settling
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
    /// What keeps it from going on, while something does: bgpd or the table cannot be seen.
    package var waitingFor: Fault?
}
