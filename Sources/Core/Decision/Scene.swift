/// What the gate of any VIP has to know about the director as a whole.
package struct Scene: Equatable, Sendable {
    /// How well a plane can be seen.
    package enum Visibility: Equatable, Sendable {
        /// Never looked at with success. Can transition to: `seen`, or stay.
        case unseen
        /// The last look succeeded. Can transition to: `blind` when a look fails.
        case seen
        /// A look failed; what was seen before is believed but not acted upon.
        /// Can transition to: `seen`.
        case blind(Fault)
    }

    /// A director that suspects itself, because nearly everything fails at once.
    package struct Suspicion: Equatable, Sendable {
        /// How many targets fail, of how many.
        package var failing: Int
        package var heard: Int
        /// Whether what stands on what is held is announced with a worse path.
        package var softens: Bool

        /// A suspicion of these parts.
        package init(failing: Int, heard: Int, softens: Bool = false) {
            self.failing = failing
            self.heard = heard
            self.softens = softens
        }
    }

    /// How well each plane can be seen; of bgp, the speaker of the VIP that is decided about.
    package var link: Visibility = .unseen
    package var ipvs: Visibility = .unseen
    package var bgp: Visibility = .unseen
    /// The needed kernel settings that are wrong, by name, sorted.
    package var wrongSettings: [String] = []
    /// Why that speaker may not be written to.
    package var refusal: Fault?
    /// Whether that speaker may not have read all of its configuration yet.
    package var isLoading = false
    /// Until when the VIP is left to someone else who keeps removing it.
    package var contestedUntil: Moment?
    /// How that speaker announces.
    package var method: Speaker.Method = .network
    /// Its established peers of the VIP's family.
    package var establishedPeers: Set<String> = []
    /// The reason of a drain, while the director is draining or drained.
    package var drainReason: String?
    /// Whether routes are softened before that drain takes them back.
    package var drainMode: DrainMode = .soft
    /// How the director drains.
    package var drain = DrainPolicy()
    /// Whether nobody who wants that drain has said that it may take the last known path away.
    package var sparesLastPath = false
    /// How long a path may take to be made worse: as the policy says, and the turns of all routes.
    package var softenAtMost = DrainPolicy().softenAtMost
    /// When the last look began that read everything the routing daemons have to say.
    package var routesReadSince: Moment?
    /// What the director suspects itself of, while it holds what was up before.
    package var suspicion: Suspicion?
    /// Until when nothing is announced because the drain file was never looked at with success.
    package var drainFileUntil: Moment?

    /// A director that has seen nothing yet.
    package init() {}

    /// How well `plane` can be seen.
    package subscript(plane: PlaneName) -> Visibility {
        get {
            switch plane {
            case .link: link
            case .ipvs: ipvs
            case .bgp: bgp
            }
        }
        set {
            switch plane {
            case .link: link = newValue
            case .ipvs: ipvs = newValue
            case .bgp: bgp = newValue
            }
        }
    }
}
