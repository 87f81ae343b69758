package import Net

/// The whole decision of a director as a value: facts in, assignments out.
///
/// It owns no clock, no task and no socket. A driver tells it what happened (past-tense methods)
/// and asks for `work(at:)`, which says what each plane should do next: be looked at, or be given
/// changes. A post (a plane, or a speaker) has at most one assignment at a time, so one that hangs
/// delays nobody else.
/// What is believed about the world is seen by looks and kept up to date by acknowledged changes.
///
/// Only addresses marked dirty are decided about: a health flip costs what depends on it, however
/// many VIPs there are. Looks compare everything and mark what has drifted.
package struct Director: Sendable {
    /// What one post should do next.
    package enum Assignment: Equatable, Sendable {
        /// Look at everything, then report to `saw` or `couldNotSee`.
        case observe(Post)
        /// Carry out the changes, then report to `applied`.
        case apply(Post, [Change])
        /// Ask the speaker for a sign of life beside whatever else is done, then report to `felt`.
        case ping(Name)
        /// Glance at the table beside whatever else is done, then report to `audited` or
        /// `couldNotAudit`.
        case audit
    }

    /// What the operator asked for.
    package internal(set) var intent: Intent
    /// Whether the director takes part.
    package internal(set) var node: NodeState = .active
    /// Since when.
    var nodeSince: Moment
    /// What operators have ordered over the configuration.
    package internal(set) var overrides: Overrides
    /// Counts the changes of `overrides`, for whoever keeps a copy of them.
    package internal(set) var overridesGeneration = 0
    /// What has happened, counted.
    var counts = DirectorCounts()
    /// What last gave a reason to change what is no VIP's: a setting, the path of a probe.
    var commonCause = ChangeCause.config
    /// What has happened and was not yet taken by `takeEvents`.
    var events: [Event] = []

    /// Every address that is ours: configured, or found and to be let go.
    var tracks = ShardedDictionary<IPAddress, Track>()
    /// The opinion about each probe target.
    var health = Opinions()
    /// Whether it suspects itself.
    package internal(set) var brake = Brake()
    /// What was last heard of each canary.
    var canaries: [CanaryStanding] = []
    /// Whether something was heard that the brake may turn on.
    var isBrakeDue = false
    /// When the crowd began to fail that canaries spoke against, as it was told.
    var dismissedCrowd: Moment?
    /// Whom the driver is to have probed now.
    package internal(set) var summons = Summons()
    /// How the sentinels of servers stand, and since when.
    var sentinels = ShardedDictionary<Endpoint, SentinelStanding>()
    /// What the agents of servers have said.
    var agents = ShardedDictionary<ProbeTarget, AgentStanding>()
    /// How the process stands that carries out the probes, and since when; `nil` where there is
    /// none of its own.
    var probeWorker: (sight: ProbeWorkerSight, since: Moment)?
    /// What is known about each plane and each speaker as a whole.
    var planes: [Post: PlaneState] = [:]
    /// Whether kernel settings were looked at since IPVS came into sight.
    ///
    /// Those of IPVS exist once its module is loaded, which the first look at the table does, and
    /// a setting that is absent cannot be wrong. So what an earlier look said of them proves
    /// nothing, and no new announcement is built on it.
    var areSettingsKnown = false
    /// Whether the look at the link that is under way began after that, or before the next time.
    var isLinkLookTelling = false
    /// The last look at kernel settings, speakers and foreign entries.
    var link = LinkFacts(addresses: [], isUp: false)
    var speakers: [Name: SpeakerState] = [:]
    var foreignServices: [ForeignService] = []
    /// The ways of probes through IPVS.
    var probePaths: ProbePaths
    /// What the audits of the table found.
    var audit: AuditState
    /// Packets per second over all VIPs.
    var meter = RateMeter()
    /// Settings whose change failed, and when to try again.
    var settingHolds: [String: Hold] = [:]
    /// Route-maps whose removal failed, and when to try again.
    var discardHolds: [Change: Hold] = [:]
    /// The route changes that wait, and how many may go.
    var ration: RouteRation
    /// The signs of life of each speaker.
    var pulses: [Name: Pulse] = [:]
    /// How often someone else announced what must not be.
    var intrusions: [IPAddress: RepairRecord] = [:]
    /// Ranges that have left the configuration, until nothing of ours is seen in them.
    package internal(set) var formerRanges: [Prefix]
    /// The drains of the director that are wanted by others than commands.
    var standingDrains: [DrainSource: DrainWish]
    /// Until when nothing is announced because nobody has been able to look at the drain file.
    var drainFileUntil: Moment?

    /// Addresses to decide about.
    var dirty: Set<IPAddress> = []
    /// Addresses that time alone will change.
    var timers = DeadlineQueue<IPAddress>()
    /// When it was made.
    private let begun: Moment
    /// Whether a look gave news that a drain may wait for.
    var isDrainDue = false
    /// What the driver last said the time was.
    var toldTime: Moment

    /// A director that has seen nothing yet and begins with the configuration `intent`.
    ///
    /// `overrides` are the orders that an earlier run had accepted; they stand, and a drain among
    /// them goes on. `standingDrains` are wanted by others from the start, such as the drain file.
    /// With `awaitsDrainFile`, nothing is announced until somebody has said what that file says.
    /// `chance` is what directors differ in; without it nothing is spread.
    package init(
        intent: Intent,
        overrides: Overrides = Overrides(),
        standingDrains: [DrainSource: DrainWish] = [:],
        awaitsDrainFile: Bool = false,
        chance: Chance? = nil,
        now: Moment
    ) {
        self.intent = intent
        self.overrides = overrides
        self.standingDrains = standingDrains
        formerRanges = intent.bgp.formerPrefixes
        drainFileUntil = awaitsDrainFile ? now + Self.drainFilePatience : nil
        ration = RouteRation(budget: RouteBudget(intent.bgp.routeChanges), chance: chance)
        begun = now
        nodeSince = now
        toldTime = now
        probePaths = ProbePaths(intent.ipvs.checkMarks)
        audit = AuditState(next: now)
        for post in Self.posts(of: intent) { planes[post] = PlaneState(nextLook: now) }
        adopt(intent)
        reviewDrains(at: now)
        // What an earlier run has told already is not news.
        events = []
    }

    /// The targets that should be probed, in no order.
    package var targets: some Collection<ProbeTarget> { health.targets }

    /// The ways through IPVS that packets of probes can take now, with the mark of each.
    package var openPaths: [ProbePath: UInt32] { probePaths.open }

    /// Counts the changes of `openPaths`.
    package var openPathsGeneration: Int { probePaths.generation }

    /// Counts the changes of `targets`, for those who would otherwise compare them.
    package internal(set) var targetsGeneration = 0

    /// True once every plane has been seen and every target been judged or assumed.
    ///
    /// It stays true: what is lost later is a fault, not a start.
    package internal(set) var isSettledIn = false

    /// True once what is wanted of the link and of the table was there for the first time.
    ///
    /// It stays true. A director that starts with an empty table writes it before it begins to
    /// probe: thousands of probes at once would only hold that up.
    package internal(set) var isTableLaid = false

    /// When a change of the link or the table was last acknowledged; the start, before the first.
    package internal(set) var lastAdvance = Moment.zero

    /// When `work(at:)` will next have something to do although nothing is reported.
    package var nextDeadline: Moment? {
        var deadlines = planes.values.filter { !$0.isBusy }.map(\.nextLook)
        if let timer = timers.earliest { deadlines.append(timer) }
        if let due = probePaths.nextTry, planes[.ipvs]?.isBusy == false { deadlines.append(due) }
        if awaitsFirstLooks(at: toldTime) { deadlines.append(begun + Self.firstLooksPatience) }
        deadlines += [auditDue, routeDue, pulseDue, brake.nextDeadline].compactMap { $0 }
        deadlines += [overrides.nextEnd, drainFileUntil].compactMap { $0 }
        // A busy link plane will report, and be given the settings then if it is time.
        let canSet = planes[.link]?.isBusy == false && planes[.link]?.visibility == .seen
        if intent.ipvs.settings == .apply, canSet {
            let wrong = settings.filter { !$0.isRight }
            deadlines += wrong.compactMap { settingHolds[$0.name]?.until }
        }
        return deadlines.min()
    }

    /// Hands over what has happened since the last call.
    package mutating func takeEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    /// Decides what is due and says what every idle plane should do now.
    package mutating func work(at now: Moment) -> [Assignment] {
        toldTime = now
        reviewOverrides(at: now)
        reviewDrainFile(at: now)
        reviewBrake(at: now)
        while let address = timers.popDue(at: now) { dirty.insert(address) }
        decideAboutDirty(at: now)
        advanceDrains(at: now)
        if !isTableLaid { isTableLaid = areSettled([.link, .ipvs]) }
        // Asked until it is so, and never again: it walks over every target.
        if !isSettledIn {
            isSettledIn = areSeen(PlaneName.allCases) && health.areComplete
        }
        var assignments: [Assignment] = []
        for post in Self.posts(of: intent) {
            if let assignment = assign(post, at: now) { assignments.append(assignment) }
            // What is on its way to one post may speak against what the next was to be given.
            decideAboutDirty(at: now)
        }
        return assignments + beginAudit(at: now) + feelPulses(at: now)
    }

    /// Whom the assignments of a director with `intent` are for, in their order.
    static func posts(of intent: Intent) -> [Post] {
        [.link, .ipvs] + intent.bgp.speakers.map { .speaker($0.name) }
    }

    private func areSeen(_ names: [PlaneName]) -> Bool {
        names.allSatisfy { visibility(of: $0) == .seen }
    }

    private func areSettled(_ posts: [Post]) -> Bool {
        posts.allSatisfy { post in
            guard let plane = planes[post] else { return false }
            return plane.visibility == .seen && !plane.isBusy && plane.unsettled.isEmpty
                && (post != .ipvs || probePaths.isSettled)
        }
    }

    /// How long decisions wait for the first looks at the link and the table.
    ///
    /// Until both have ended nothing may be bound, served or newly announced, and each of them has
    /// everything decided about again: with a thousand VIPs that was most of the time from start
    /// to table. They take some milliseconds; half a second is for a kernel that does not answer,
    /// behind which the rest of the director must not wait.
    package static let firstLooksPatience: Duration = .milliseconds(500)

    private func awaitsFirstLooks(at now: Moment) -> Bool {
        now < begun + Self.firstLooksPatience
            && [Post.link, .ipvs].contains { planes[$0]?.visibility == .unseen }
    }

    private mutating func decideAboutDirty(at now: Moment) {
        guard !dirty.isEmpty, !awaitsFirstLooks(at: now) else { return }
        let scene = scene
        for address in dirty.sorted() { decide(about: address, in: scene, at: now) }
        dirty = []
    }
}

/// One address that is ours, with what is known and concluded about it.
struct Track: Sendable {
    /// The VIP as configured; `nil` once it left the configuration.
    var vip: VIP? {
        // What comes of an edit or an order is no flap.
        didSet { if vip != oldValue { memory.wasFit = false } }
    }
    /// The speaker by which it is announced.
    var speaker: Name
    /// What is believed to be there.
    var sight = Sight()
    /// What the gate remembers.
    var memory = GateMemory()
    /// What the gate last concluded.
    var decision: Decision?
    /// Packets from clients.
    var meter = RateMeter()
    /// How it stands, since when, for people.
    var state = VIPStatus.State.down
    var stateSince: Moment
    /// What has happened to its route, counted.
    var counts = RouteCounts()
    /// What its route is to become, until that is seen.
    var awaited: RouteAwaited?
    /// What last gave a reason to change something of it.
    var cause = ChangeCause.config
    /// How often its real servers began to pass their checks, and to fail them.
    var turns: [BackendKey: BackendTurns] = [:]
    /// Its drain, where it is drained alone.
    var drain = NodeState.active
    /// Who is set aside of each service that has a policy for it.
    var asides: [ServiceID: AsideRecord] = [:]
    /// What is remembered of its route.
    var routing = RouteMemory()
    /// Whether its route was ever looked for at its speaker.
    var hasRouteBeenSeen = false
    /// Whether it was announced at some time in this run.
    var wasAnnounced = false
    /// Since when it is to be announced; for telling `advertising` from `blocked`.
    var announcingSince: Moment?
    /// What failed, and when to try again; each thing by itself, so that one that fails for ever
    /// keeps nothing else from being done.
    var holds: [Change.Subject: Hold] = [:]

    /// A track of `vip`, or of an address found and not configured.
    init(vip: VIP?, speaker: Name, now: Moment) {
        self.vip = vip
        self.speaker = speaker
        stateSince = now
    }

    /// The name for texts: the VIP's, or the address.
    func name(_ address: IPAddress) -> String { vip?.name.text ?? "\(address)" }

    /// Records that `change` was acknowledged, or that the worst of it is to be believed.
    mutating func apply(_ change: Change) { sight.slice.apply(change, by: speaker) }

    /// Takes a change that was carried out for true.
    mutating func acknowledge(_ change: Change) {
        apply(change)
        if case .removeService(let key) = change { sight.vanishing.remove(key.id) }
        if !holds.isEmpty { holds[change.subject] = nil }
        doubtRoute(after: change)
        if change.speaker == speaker { routing.isAcknowledged = true }
    }

    /// A write to bgpd may show on the wire or not, whatever came of it.
    mutating func doubtRoute(after change: Change) {
        guard let written = change.speaker else { return }
        if written == speaker {
            sight.isRouteConfirmed = false
            sight.sentForms = [:]
        } else {
            sight.strays[written, default: Sight.Stray(form: nil, sentTo: [])].isConfirmed = false
        }
    }
}

/// What is known about one plane, or one speaker, as a whole.
struct PlaneState: Sendable {
    /// How well it can be seen.
    var visibility: Scene.Visibility = .unseen
    /// Since when it is so.
    var since: Moment?
    /// Whether an assignment is under way.
    var isBusy = false
    /// Whether the last assignment was a batch of changes, so that looks are not starved.
    var didApplyLast = false
    /// When it is to be looked at again.
    var nextLook: Moment
    /// Whether the next look is to read everything, and whether the one under way does.
    var isFullLookAsked = false
    var isLookFull = false
    /// When the last one that did so with success began.
    var readSince: Moment?
    /// Whether the look under way began before something that it may have missed.
    var isLookStale = false
    /// When the assignment under way began, or the last one.
    var began: Moment?
    /// When the look under way began, or the last one.
    var lookBegan: Moment?
    /// When the last look that has ended began: what was so before that, it has seen.
    var lookedSince: Moment?
    /// How many looks failed in a row, or how many did not yet show what was written.
    var patience = 0
    /// Addresses whose wanted slice differs from what is believed.
    var unsettled: Set<IPAddress> = []

    /// A plane that was never looked at.
    init(nextLook: Moment) { self.nextLook = nextLook }
}

/// A change that failed: why, how often in a row, and when it is worth another try.
struct Hold: Sendable {
    var fault: Fault
    var failures: Int
    var until: Moment

    /// The first and the longest wait; doubled from one to the other.
    static let delays = (first: Duration.milliseconds(100), longest: Duration.seconds(10))

    /// The hold after one more failure.
    init(_ fault: Fault, after earlier: Hold?, now: Moment) {
        self.fault = fault
        failures = (earlier?.failures ?? 0) + 1
        let wait = min(Self.delays.first * (1 << min(failures - 1, 10)), Self.delays.longest)
        until = now + wait
    }
}
