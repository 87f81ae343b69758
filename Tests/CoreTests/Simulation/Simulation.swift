import Core
import Net
import TestSupport

/// One run of a director against a simulated world, drawn from one seed.
///
/// After every single change the promises are checked against the world itself, never against the
/// director's word. A violation is a text with everything needed to understand it.
struct Simulation {
    var director: Director
    var world = SimulatedWorld()
    var now = Moment.zero
    var operators: Operator
    /// Chance for what looks leave out, apart from the rest so that this changes nothing else.
    var liar: SeededGenerator
    /// Chance for how fast servers are, apart for the same reason.
    var pace: SeededGenerator
    /// Whether this process has not looked at the table yet.
    ///
    /// The plane confirms what is new or gone before it tells of it; only what it sees first has
    /// nothing to be compared with.
    var isTableUnseen = true
    /// How many looks left something out.
    var lies = 0
    /// How many servers were given flows although they are dead, because too few lived.
    var panics = 0
    /// How many servers were set aside for being slow.
    var slowAsides = 0
    /// How many steps the director suspected itself for.
    var held = 0
    /// What survives a restart: the configuration file and the drain.
    var intent: Intent
    var fileDrain: DrainWish?
    /// Whether the director was not told yet whether the drain file exists.
    var isFileUntold = false
    /// Since when each VIP has been drained without a pause, as far as this process knows.
    var drainedSince: [IPAddress: Moment] = [:]
    /// When each VIP was last out at a router, while nobody else had a hand in it.
    var lastOut: [IPAddress: Moment] = [:]
    /// What an audit that is under way has read.
    var listing: TableListing?
    /// The speaker that was asked for a sign of life.
    var pinged: Name?
    var overrides = Overrides()
    /// What each plane is working on.
    var underWay: [PlaneName: Work] = [:]
    /// How often somebody else changed a plane, and how often at its last look.
    var tampered: [PlaneName: Int] = [:]
    var tamperedAtLook: [PlaneName: Int] = [:]
    /// Addresses whose services may rightly be taken for somebody else's once unconfigured.
    var orphans: Set<IPAddress> = []
    /// Whether the last look at a plane succeeded.
    var lookedWell: Set<PlaneName> = []
    /// Results told since the start of this process.
    var told: [ProbeTarget: Told] = [:]
    /// What agents have said since then, added up.
    var heard: [ProbeTarget: AgentWord] = [:]
    /// Everything they have ever said: the truth, which outlives the process.
    var said: [ProbeTarget: AgentWord] = [:]
    /// The servers that are set aside, and why, as far as this process has told.
    var asides: [ServiceKey: [Endpoint: String]] = [:]
    /// Whether agents say no more than they have said again.
    var areAgentsSteady = false
    var faultPercent = 30
    /// What the last look at bgpd gave.
    var routesAtLook = BGPFacts()
    /// When that look began, and when the one that is under way did.
    var routesReadSince = Moment.zero
    var routesLookBegan = Moment.zero
    /// Since when no peer has had a normal path to a prefix that is announced softly, and how often
    /// somebody had changed bgpd by then.
    var softSince: [Prefix: (moment: Moment, tampered: Int)] = [:]
    var violations: [String] = []
    var history: [String] = []
    var changesCarriedOut = 0

    /// An assignment under way.
    struct Work {
        let assignment: Director.Assignment
        let intent: Intent
        let tampered: [PlaneName: Int]
        /// Whether nobody had interfered with any plane since its last look.
        let isSeenTrue: Bool
        /// What the director had been told of the servers, and by them.
        let told: [ProbeTarget: Told]
        let heard: [ProbeTarget: AgentWord]
        var remaining: [Int]
        var results: [Int: Result<Void, Fault>] = [:]
    }

    static let foreignService = ServiceKey(Operator.foreignVIP, ServiceID(.tcp, 80))
    static let foreignSlice = ServiceSlice(
        scheduling: Scheduling(scheduler: .rr, flags: []),
        destinations: [
            Operator.backend(50): DestinationSlice(forwarding: .masquerade, weight: 7)
        ]
    )
    static let foreignNetwork = Operator.owned

    init(seed: UInt64) {
        operators = Operator(generator: SeededGenerator(seed: seed))
        liar = SeededGenerator(seed: ~seed)
        pace = SeededGenerator(seed: seed &+ 1 << 32)
        intent = operators.intent()
        world.retention = Bool.random(using: &liar) ? .seconds(3) : nil
        director = Director(intent: intent, now: now)
        world.addresses = [Operator.foreignVIP]
        world.services[Self.foreignService] = Self.foreignSlice
        world.networks = [Self.foreignNetwork].compactMap { $0 }.reduce(into: []) { $0.insert($1) }
        for index in 0..<12 where operators.chance(70) { revive(index) }
        world.alive.insert(Operator.backend(200))
        setPaces()
    }

    mutating func revive(_ index: Int) {
        for port: UInt16 in [80, 443] {
            world.alive.insert(Endpoint(Operator.backend(index).address, Port(port)))
        }
    }

    mutating func note(_ text: String) { history.append("\(now.nanoseconds / 1_000_000) \(text)") }

    mutating func violate(_ text: String) {
        guard violations.isEmpty else { return }
        violations.append(text + "\n" + history.suffix(70).joined(separator: "\n"))
    }

    /// Lets the director work, and checks what it hands out.
    mutating func pump() {
        if let pinged {
            let isSilent = world.broken.contains(.bgp)
            director.felt(pinged, isSilent ? SimulatedDaemon.silence : nil, at: now)
        }
        pinged = nil
        let assignments = director.work(at: now)
        let events = director.takeEvents()
        for event in events where event.text.hasSuffix("everybody is asked anew") {
            for target in told.keys { told[target]?.forgive() }
        }
        follow()
        if events.contains(where: { $0.text.contains("set aside") }) { noteAsides() }
        checkAsides()
        for assignment in assignments {
            switch assignment {
            case .observe(let post):
                if post.plane == .bgp { routesLookBegan = now }
                underWay[post.plane] = Work(
                    assignment: assignment,
                    intent: effective,
                    tampered: tampered,
                    isSeenTrue: !PlaneName.allCases.contains(where: isTampered),
                    told: told,
                    heard: heard,
                    remaining: []
                )
            case .audit: listing = world.listing
            case .ping(let speaker): pinged = speaker
            case .apply(let post, let changes):
                let plane = post.plane
                if !lookedWell.contains(plane) { violate("changes to \(plane), which is blind") }
                for change in changes { checkDispatch(change) }
                underWay[plane] = Work(
                    assignment: assignment,
                    intent: effective,
                    tampered: tampered,
                    isSeenTrue: !PlaneName.allCases.contains(where: isTampered),
                    told: told,
                    heard: heard,
                    remaining: Array(changes.indices)
                )
            }
        }
        // Otherwise its driver would spin.
        if let deadline = director.nextDeadline, deadline <= now {
            violate("the next deadline has passed although all work was handed out")
        }
    }

    /// Something happens: drawn at random, then the director works.
    mutating func step() {
        switch Int.random(in: 0..<100, using: &operators.generator) {
        case 0..<45: proceed()
        case 45..<65: probeSome()
        case 65..<77:
            let milliseconds = Int.random(in: 1...700, using: &operators.generator)
            now = now + .milliseconds(milliseconds)
        case 77..<81: tickWire()
        case 81..<82: flipPeer()
        case 82..<84: flipBackend()
        case 84..<86: glance()
        case 86..<89: reload()
        case 89..<91: tamper()
        case 91..<93: toggleOutage()
        case 93..<95: drainOrUndrain()
        case 95..<96: ebbAndFlow()
        case 96..<98: orderSomething()
        default: restart()
        }
        world.now = now
        if isFileUntold, Int.random(in: 0..<100, using: &liar) < 10 { tellOfFile() }
        if Int.random(in: 0..<100, using: &liar) < 3 { changeOtherPaths() }
        if Int.random(in: 0..<100, using: &liar) < 2 { toggleCut() }
        if Int.random(in: 0..<100, using: &pace) < 3 { changePace() }
        watchRoutes()
        pump()
        if director.brake.heldSince != nil { held += 1 }
    }

    /// The work of one plane goes on by one look or one change.
    mutating func proceed() {
        guard let plane = underWay.keys.sorted().randomElement(using: &operators.generator) else {
            return
        }
        proceed(plane)
    }

    mutating func proceed(_ plane: PlaneName) {
        guard let work = underWay[plane] else { return }
        switch work.assignment {
        case .observe: look(at: plane)
        case .audit, .ping: break
        case .apply(let post, let changes):
            if !work.remaining.isEmpty { carryOutOne(of: changes, plane) }
            guard let work = underWay[plane], work.remaining.isEmpty else { return }
            underWay[plane] = nil
            let results = changes.indices.map { index in
                (change: changes[index], result: work.results[index] ?? .success(()))
            }
            director.applied(results, to: post, at: now)
        }
    }

    private mutating func look(at plane: PlaneName) {
        underWay[plane] = nil
        let fails = Int.random(in: 0..<100, using: &operators.generator) < faultPercent / 3
        guard !fails, !world.broken.contains(plane) else {
            lookedWell.remove(plane)
            note("look at \(plane) fails")
            director.couldNotSee(plane, SimulatedWorld.outage, at: now)
            return
        }
        lookedWell.insert(plane)
        tamperedAtLook[plane] = tampered[plane]
        switch plane {
        case .link: director.saw(world.linkFacts, at: now)
        case .ipvs: director.saw(tableFacts(), at: now)
        case .bgp:
            let facts = world.bgpFacts
            director.saw(facts, at: now)
            if case .success(let routes)? = facts.speakers.values.first { routesAtLook = routes }
            routesReadSince = routesLookBegan
        }
    }

    private mutating func tableFacts() -> IPVSFacts {
        defer { isTableUnseen = false }
        guard isTableUnseen, Int.random(in: 0..<100, using: &liar) < faultPercent else {
            return world.ipvsFacts
        }
        let facts = world.lyingFacts(&liar)
        if facts != world.ipvsFacts {
            lies += 1
            note("the first look at the table leaves something out")
        }
        return facts
    }

    /// A glance at the table ends, which may be wrong in what it leaves out, or fail.
    mutating func glance() {
        guard var listing else { return }
        self.listing = nil
        guard !world.broken.contains(.ipvs), !operators.chance(faultPercent / 3) else {
            return director.couldNotAudit(SimulatedWorld.outage, at: now)
        }
        if operators.chance(faultPercent / 3) {
            let keys = listing.services.keys.sorted()
            if let skipped = keys.randomElement(using: &operators.generator) {
                listing.services[skipped] = nil
            }
        }
        director.audited(listing, at: now)
    }

    private mutating func carryOutOne(of changes: [Change], _ plane: PlaneName) {
        guard var work = underWay[plane],
            let drawn = work.remaining.randomElement(using: &operators.generator)
        else { return }
        // In any order, but for the changes of one service.
        let service = changes[drawn].service
        let index =
            work.remaining.first { service != nil && changes[$0].service == service } ?? drawn
        work.remaining.removeAll { $0 == index }
        let change = changes[index]
        if operators.chance(faultPercent) {
            let isHalfDone = operators.chance(50) && world.carryOutHalf(of: change)
            note("fails\(isHalfDone ? " half way" : ""): \(change)")
            work.results[index] = .failure(SimulatedWorld.rejection)
        } else {
            checkBefore(change, work)
            let result = world.carryOut(change)
            work.results[index] = result
            if case .success = result {
                changesCarriedOut += 1
                note("done: \(change)")
                checkForeign()
            }
        }
        underWay[plane] = work
    }

    private mutating func probeSome() {
        for target in director.targets.sorted(by: { $0.endpoint < $1.endpoint })
        where operators.chance(60) {
            // A probe that cannot be run says nothing.
            if operators.chance(5) {
                director.probed(target, Outcome(.socketError), at: now)
            } else {
                tell(target)
            }
        }
    }

    mutating func tell(_ target: ProbeTarget) {
        guard !target.check.method.isAgent else { return tellOfAgent(target) }
        let outcome = world.outcome(of: target)
        let passed = outcome.verdict == .passed
        told[target, default: Told()].take(passed, target.check)
        director.probed(target, outcome, at: now)
    }
}
