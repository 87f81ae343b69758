import Net

/// What the gate concluded about one VIP, with the evidence that `explain` shows.
package struct Decision: Equatable, Sendable {
    /// What the world should look like now; it differs from the goal while order demands it.
    package var wanted: Slice
    /// Whether the VIP should be announced.
    package var verdict: Verdict
    /// How each configured service stands, sorted as in the VIP.
    package var services: [ServiceStanding]
    /// When time alone can change the conclusion; `nil` when only news can.
    package var revisitAt: Moment?
    /// True while an announced VIP is given the time to be repaired.
    package var isRepairing = false
    /// Whether health and footing speak for an announcement, whatever an operator has ordered.
    package var isFit = false
    /// Whether the announcement is left as it is seen although another one is due: `wanted` then
    /// says what is borne for now.
    package var isForborne = false

    /// How far a drain has come here; `nil` while none concerns it.
    package var drain: DrainStage?
    /// The peers that were not seen to be sent the worse path before a drain took the route back.
    package var unsoftened: Set<String> = []

    /// A conclusion of these parts.
    package init(
        wanted: Slice,
        verdict: Verdict,
        services: [ServiceStanding] = [],
        revisitAt: Moment? = nil
    ) {
        self.wanted = wanted
        self.verdict = verdict
        self.services = services
        self.revisitAt = revisitAt
    }
}

/// How one service of a VIP stands.
package struct ServiceStanding: Equatable, Sendable {
    /// What its quorum says.
    package enum State: String, Equatable, Sendable, CaseIterable {
        case up, down
        /// It depends on backends that were never judged.
        case undetermined = "unknown"
    }

    /// What ready servers come to.
    package struct Tally: Equatable, Sendable {
        /// What is counted.
        package let unit: Quorum.Unit
        /// Those that are up, those that were never judged, and all of them.
        package var live = 0
        package var unjudged = 0
        package var configured = 0

        /// Nothing counted yet.
        init(unit: Quorum.Unit) { self.unit = unit }
    }

    /// The service.
    package let name: Name
    package let id: ServiceID
    /// Whether it decides about the announcement.
    package let gates: Bool
    /// What its quorum says.
    package var state: State
    /// The weight of ready backends that are up.
    package let live: Int
    /// The weight of ready backends that were never judged.
    package let unjudged: Int
    /// The weight of all ready backends.
    package let configured: Int
    /// The same in what its quorum counts.
    package let counted: Tally
    /// What its quorum asks for now, in the unit of `counted`.
    package let needed: Int
    /// What of that lives only because the director suspects itself.
    package let held: Int
    /// The servers that fail and get flows all the same, because too few are left.
    package let panic: Panic?
    /// Whether it is seen in IPVS as it should be, with a live quorum.
    package var isSeen: Bool
    /// Why nothing but failing health takes weight from its real servers now, if so.
    package var patience: Patience?
}
