package import Core

/// What the control socket can see of the director and do to it, as closures.
///
/// The API owns nothing: it asks here, and whoever composes the program says what stands behind
/// each question. A closure should end when its task is cancelled, because that is all a request
/// that took too long can do about it.
package struct Controls: Sendable {
    /// The latest picture.
    package let snapshot: @Sendable () -> Snapshot
    /// When each of the daemon's loops last came round.
    package let loops: @Sendable () -> [LoopPulse]
    /// How the process fares.
    package let vitals: @Sendable () -> Vitals
    /// Where requests are counted, whichever way they came.
    let requests = RequestTally()
    /// Whether every plane and every check has been looked at once.
    package let isReady: @Sendable () -> Bool
    /// Begins or ends a drain of the director, or of one VIP.
    ///
    /// Answers once that is on disk, so that a crash does not forget it, and the director has
    /// taken it in.
    package let drain: @Sendable (DrainRequest) async throws(Refusal) -> Void
    /// Changes how a real server is treated.
    ///
    /// Answers once that is on disk and the director has taken it in, with what the operator
    /// should know beside.
    package let change: @Sendable (BackendWish) async throws(Refusal) -> [String]
    /// Reads the configuration file again and puts it in force, all or nothing.
    package let reload: @Sendable () async throws(Refusal) -> ReloadReport
    /// What each place on the way of a VIP to routers says now, from the kernel to each peer.
    ///
    /// It is asked beside the director's own looks, and takes as long as what is asked takes.
    package let path: @Sendable (VIPStatus) async -> [GateStatus]
    /// What putting this configuration in force would change.
    ///
    /// The text is YAML; `nil` stands for the configuration file as it is on disk now.
    package let plan: @Sendable (String?) async throws(Refusal) -> PlanReport

    /// The controls of a director.
    package init(
        snapshot: @escaping @Sendable () -> Snapshot,
        loops: @escaping @Sendable () -> [LoopPulse],
        vitals: @escaping @Sendable () -> Vitals = { Vitals() },
        isReady: @escaping @Sendable () -> Bool,
        drain: @escaping @Sendable (DrainRequest) async throws(Refusal) -> Void,
        change: @escaping @Sendable (BackendWish) async throws(Refusal) -> [String],
        path: @escaping @Sendable (VIPStatus) async -> [GateStatus],
        reload: @escaping @Sendable () async throws(Refusal) -> ReloadReport,
        plan: @escaping @Sendable (String?) async throws(Refusal) -> PlanReport
    ) {
        self.snapshot = snapshot
        self.loops = loops
        self.vitals = vitals
        self.isReady = isReady
        self.drain = drain
        self.change = change
        self.path = path
        self.reload = reload
        self.plan = plan
    }
}

/// Why the daemon did not do what was asked.
package struct Refusal: Error, Equatable, Sendable {
    /// What kind of no it is; each has one HTTP status.
    package enum Kind: Equatable, Sendable, CaseIterable {
        /// It contradicts what is going on, and asking again will not help (409).
        case conflict
        /// It may work in a moment, once something under way has ended (503).
        case notNow
        /// The configuration does not hold up (422).
        case invalidConfiguration
        /// It was tried and did not work (500).
        case failed
    }

    /// What kind of no it is.
    package let kind: Kind
    /// The reason, in words.
    package let fault: Fault
    /// What is wrong with the configuration, in the order of the file.
    package let problems: [ConfigurationProblem]

    /// A no of this kind.
    package init(_ kind: Kind, _ fault: Fault, problems: [ConfigurationProblem] = []) {
        self.kind = kind
        self.fault = fault
        self.problems = problems
    }
}
