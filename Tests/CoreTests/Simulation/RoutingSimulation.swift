import Core
import Net
import TestSupport

/// One run of a director of many VIPs whose servers flap, with another controller at work on its
/// routes and a bgpd that restarts, loads its configuration piece by piece, and hangs.
///
/// The world does as it is told, so what is promised can be checked to the letter: against the
/// world, and against what was handed out and when.
struct RoutingSimulation {
    static let count = 8

    var routes: RoutingBench
    var generator: SeededGenerator
    let policy: RouteChangePolicy
    let repairs: RepairPolicy
    var violations: [String] = []
    var history: [String] = []

    /// Addresses that were announced since this director and its bgpd started.
    private var stood: Set<Int> = []
    /// Addresses whose route was last removed by the other controller.
    private var robbed: Set<Int> = []
    /// When announcements went out that had to wait their turn.
    private var paced: [Moment] = []
    /// When routes were put back, by address.
    private var putBack: [Int: [Moment]] = [:]
    /// How many changes have been judged, and assignments looked through.
    private var judged = 0
    private var handedOut = 0
    /// Since when bgpd has loaded, hung or been without an instance; `nil` while it has not.
    private var loadingSince: Moment?
    private var hungSince: Moment?
    /// What bgpd was asked while it hung.
    private var pending: [Director.Assignment] = []
    /// Routes that others put in and no look has shown yet.
    private var unseen: Set<Int> = []
    /// Whom the other controller fights for, and whether it adds rather than removes.
    private var prey: (index: Int, adds: Bool)?
    var announcements: Int { paced.count }
    var repairsMade: Int { putBack.values.reduce(0) { $0 + $1.count } }

    init(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        policy = RouteChangePolicy(
            perSecond: Int.random(in: 1...6, using: &generator),
            burst: Int.random(in: 1...4, using: &generator),
            jitter: .milliseconds(Int64.random(in: 0...300, using: &generator))
        )
        repairs = RepairPolicy(
            atMost: Int.random(in: 1...4, using: &generator),
            within: .seconds(Int64.random(in: 5...20, using: &generator))
        )
        let damping = DampingPolicy(
            halfLife: .seconds(2),
            suppress: 2500,
            reuse: 1000,
            longest: .seconds(8)
        )
        routes = try RoutingBench(
            Self.count,
            routeChanges: policy,
            repairs: repairs,
            damping: Bool.random(using: &generator) ? damping : nil,
            holdUp: .milliseconds(Int64.random(in: 0...1000, using: &generator)),
            chance: Chance(seed: seed)
        )
        self.generator = generator
    }

    private var now: Moment { routes.bench.now }

    private mutating func note(_ text: String) {
        history.append("\(now.nanoseconds / 1_000_000) \(text)")
    }

    private mutating func violate(_ text: String) {
        guard violations.isEmpty else { return }
        violations.append(text + "\n" + history.suffix(40).joined(separator: "\n"))
    }

    /// Something happens, the director reacts, and time passes.
    mutating func step() {
        let index = Int.random(in: 0..<Self.count, using: &generator)
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<30: flip(index)
        case 30..<36: prey = prey == nil ? (index, Bool.random(using: &generator)) : nil
        case 36..<39: restart()
        case 39..<41: hangOrRecover()
        case 41..<43: for index in 0..<Self.count { flip(index) }
        default: break
        }
        meddle()
        loadOn()
        react()
        routes.bench.now = now + .milliseconds(Int64.random(in: 1...400, using: &generator))
    }

    private mutating func flip(_ index: Int) {
        note("server \(index) flips")
        if routes.bench.world.alive.contains(RoutingBench.server(index)) {
            routes.fail(index)
        } else {
            routes.revive(index)
        }
    }

    private mutating func restart() {
        note("bgpd restarts")
        let saved: [Prefix?] = (0..<4).map { _ in
            let index = Int.random(in: 0..<(2 * Self.count), using: &generator)
            return index < Self.count ? RoutingBench.prefix(index) : nil
        }
        routes.bench.world.restartDaemon(saved: saved)
        stood = []
        robbed = []
        pending = []
        hungSince = nil
        loadingSince = now
        recover()
    }

    private mutating func hangOrRecover() {
        guard hungSince == nil else { return recover() }
        // Nothing tells two looks at one that is stuck half way from two at one that is done.
        guard loadingSince == nil else { return }
        note("bgpd hangs")
        hungSince = now
        routes.bench.world.daemon.isHung = true
        routes.bench.hanging = .bgp
    }

    private mutating func recover() {
        note("bgpd answers")
        hungSince = nil
        routes.bench.world.daemon.isHung = false
        routes.bench.hanging = nil
        let assignments = pending
        pending = []
        for assignment in assignments { routes.bench.carryOut(assignment) }
        if assignments.isEmpty, let lost = lastOfBGP { fail(lost) }
        // They were given their turn long ago.
        for change in routes.bench.done[judged...] { _ = noteAnnounced(change) }
        judged = routes.bench.done.count
    }

    /// What bgpd was asked and took with it when it ended.
    private var lastOfBGP: Director.Assignment?

    private mutating func fail(_ assignment: Director.Assignment) {
        lastOfBGP = nil
        switch assignment {
        case .apply(let post, let changes):
            let results = changes.map { change in
                (change: change, result: Result<Void, Fault>.failure(SimulatedDaemon.gone))
            }
            routes.bench.director.applied(results, to: post, at: now)
        case .observe(let post):
            routes.bench.director.couldNotSee(post.plane, SimulatedDaemon.gone, at: now)
        case .audit, .ping: break
        }
    }

    /// The other controller does what it is about.
    private mutating func meddle() {
        guard let prey, hungSince == nil, routes.bench.world.daemon.hasInstance else { return }
        let prefix = RoutingBench.prefix(prey.index)
        if prey.adds {
            guard routes.bench.world.networks.insert(prefix).inserted else { return }
            unseen.insert(prey.index)
        } else {
            guard routes.bench.world.networks.remove(prefix) != nil else { return }
            robbed.insert(prey.index)
        }
        note("someone \(prey.adds ? "adds" : "removes") \(prey.index)")
        routes.bench.director.stirred(.bgp, at: now)
    }

    private mutating func loadOn() {
        guard loadingSince != nil, hungSince == nil else { return }
        let isLoaded = routes.bench.world.daemon.unread.isEmpty
        if isLoaded, routes.bench.world.daemon.hasInstance { loadingSince = nil }
        routes.bench.world.readOn()
        unseen = Set(0..<Self.count)
        note("bgpd reads on")
        routes.bench.director.stirred(.bgp, at: now)
    }

    /// The servers are probed and the director acts; then everything is checked.
    private mutating func react() {
        let isLoading = loadingSince != nil
        routes.react()
        for _ in 0..<2 { routes.bench.turn() }
        if routes.bench.handedOut[handedOut...].contains(.observe(.bgp)) { unseen = [] }
        for assignment in routes.bench.handedOut[handedOut...] where assignment.plane == .bgp {
            note("asks bgpd: \(assignment)")
        }
        judge(isLoading: isLoading)
        if routes.bench.hanging != nil {
            // What it was asked since then waits until it answers, or dies with it.
            let asked = routes.bench.handedOut[handedOut...].filter { $0.plane == .bgp }
            pending += asked
            lastOfBGP = asked.last ?? lastOfBGP
        } else {
            lastOfBGP = nil
        }
        handedOut = routes.bench.handedOut.count
        checkWithdrawals()
        checkAlarm()
    }

    /// What was handed out since the last time: counted, and held against the limits.
    private mutating func judge(isLoading: Bool) {
        for change in routes.bench.done[judged...] {
            guard let (index, isRobbed, hasStood) = noteAnnounced(change) else { continue }
            if isLoading { violate("announces \(index) into a half-loaded configuration") }
            if isRobbed {
                putBack[index, default: []].append(now)
            } else if hasStood {
                paced.append(now)
            }
        }
        judged = routes.bench.done.count
        // What may not be announced any more is not put back.
        robbed = robbed.filter {
            routes.bench.world.alive.contains(RoutingBench.server($0)) && hungSince == nil
        }
        checkBounds()
    }

    /// What `change` announced, and whether it was removed by someone else or was out before.
    private mutating func noteAnnounced(
        _ change: Change
    ) -> (index: Int, isRobbed: Bool, hasStood: Bool)? {
        if case .withdraw(let address, _) = change { note("withdraws \(address)") }
        guard case .announce(let address, _, _) = change,
            let index = (0..<Self.count).first(where: { RoutingBench.vip($0) == address })
        else { return nil }
        note("announces \(index)")
        let hasStood = !stood.insert(index).inserted
        return (index, robbed.remove(index) != nil, hasStood)
    }

    private mutating func checkBounds() {
        for start in paced.indices {
            let span = (now - paced[start]).seconds
            let most = Double(policy.burst) + span * Double(policy.perSecond) + 1e-6
            if Double(paced.count - start) > most {
                violate("\(paced.count - start) changes in \(span) s")
            }
        }
        for (index, moments) in putBack {
            let recent = moments.count { now - $0 < repairs.within }
            if recent > repairs.atMost { violate("\(index) is put back \(recent) times") }
        }
    }

    /// Whatever is to wait: what has no server is not announced once the director has reacted.
    private mutating func checkWithdrawals() {
        guard hungSince == nil, routes.bench.world.daemon.hasInstance else { return }
        for index in 0..<Self.count where routes.isOut(index) && !unseen.contains(index) {
            if !routes.bench.world.alive.contains(RoutingBench.server(index)) {
                violate("\(index) is announced and has no server")
            }
        }
    }

    private mutating func checkAlarm() {
        let isAlarmed = routes.warnings.contains { $0 == "F143" || $0 == "F144" }
        let longest = Pulse.interval * (Pulse.patience + 1) + .milliseconds(500)
        if let hungSince, now - hungSince > longest, !isAlarmed { violate("a hang goes unnoticed") }
        if hungSince == nil, isAlarmed, now - (lastHang ?? now) > longest {
            violate("an alarm goes on although bgpd answers")
        }
        if hungSince != nil { lastHang = now }
    }

    private var lastHang: Moment?

    /// Faults end and nobody interferes: everything comes back, however often it flapped.
    mutating func settle() {
        note("faults end")
        prey = nil
        if hungSince != nil { recover() }
        while loadingSince != nil { loadOn() }
        for index in 0..<Self.count { routes.revive(index) }
        let end = now + .seconds(45)
        while now < end, violations.isEmpty {
            react()
            routes.bench.now = now + .milliseconds(400)
        }
        if routes.outCount != Self.count {
            violate("only \(routes.outCount) of \(Self.count) are back")
        }
        if !routes.warnings.isEmpty { violate("warns of \(routes.warnings)") }
    }
}
