import Core
import Net

/// A director before a world that does what it is told, one assignment after the other.
///
/// The simulation is for everything that may come in any order; this is for telling one story.
struct DirectorBench {
    static let address = IPAddress(v4: 0xcb00_710a)
    static let stray = IPAddress(v4: 0xcb00_7163)
    static let servers = [
        Endpoint(IPAddress(v4: 0x0a14_000b), 80), Endpoint(IPAddress(v4: 0x0a14_000c), 80),
    ]
    static let key = ServiceKey(address, ServiceID(.tcp, 80))

    var director: Director
    var world = SimulatedWorld()
    var now = Moment.zero
    /// Everything that the director has handed out.
    var handedOut: [Director.Assignment] = []
    /// Every change that was carried out.
    var done: [Change] = []
    /// Everything that it has told.
    var events: [Event] = []
    /// A plane that is never done with what it was handed.
    var hanging: PlaneName?
    /// What the kernel's listing makes of the truth.
    var listing: (TableListing) -> TableListing = { $0 }
    /// Changes that fail although their plane can be seen.
    var refused: Set<Change> = []

    init(_ intent: Intent, overrides: Overrides = Overrides(), chance: Chance? = nil) {
        director = Director(intent: intent, overrides: overrides, chance: chance, now: .zero)
        world.alive = Set(Self.servers)
    }

    /// One VIP with one service and two servers.
    static func intent(
        ipvs: IPVSPolicy = IPVSPolicy(),
        drain: DrainPolicy = DrainPolicy(announce: .none),
        attributes: RouteAttributes = RouteAttributes(),
        weight: Int = 1,
        scheduling: Scheduling = Scheduling()
    ) throws -> Intent {
        let service = VirtualService(
            name: try Name(parsing: "http"),
            id: key.id,
            scheduling: scheduling,
            checks: [NamedCheck(name: "tcp", Check(method: .tcp, rise: 1, fall: 1))],
            backends: servers.map { Backend($0, weight: weight) }
        )
        return Intent(
            node: Node(name: "test"),
            bgp: BGPPolicy(
                asn: 65_001,
                ownedPrefixes: [try Prefix(parsing: "203.0.113.0/24")]
            ),
            ipvs: ipvs,
            drain: drain,
            vips: [
                VIP(
                    name: try Name(parsing: "web"),
                    address: address,
                    holdUp: .zero,
                    attributes: attributes,
                    services: [service]
                )
            ]
        )
    }

    /// Asks for work once and reports what came of each assignment.
    mutating func turn() {
        world.now = now
        let assignments = director.work(at: now)
        handedOut += assignments
        events += director.takeEvents()
        for assignment in assignments where hanging == nil || assignment.plane != hanging {
            carryOut(assignment)
        }
        world.tickWire()
        events += director.takeEvents()
    }

    /// Carries one assignment out and reports.
    mutating func carryOut(_ assignment: Director.Assignment) {
        switch assignment {
        case .observe(let post) where world.broken.contains(post.plane):
            director.couldNotSee(post.plane, SimulatedWorld.outage, at: now)
        case .observe(.link): director.saw(world.linkFacts, at: now)
        case .observe(.ipvs): director.saw(world.ipvsFacts, at: now)
        case .observe(.speaker):
            world.daemon.seenIncarnation = world.daemon.incarnation
            director.saw(world.bgpFacts, at: now)
        case .audit where world.broken.contains(.ipvs):
            director.couldNotAudit(SimulatedWorld.outage, at: now)
        case .audit: director.audited(listing(world.listing), at: now)
        case .ping(let speaker):
            let isGone = world.broken.contains(.bgp)
            let fault = world.daemon.isHung ? SimulatedDaemon.silence : SimulatedDaemon.gone
            director.felt(speaker, world.daemon.isHung || isGone ? fault : nil, at: now)
        case .apply(let post, let changes):
            let results = changes.map { change in
                let result: Result<Void, Fault> =
                    refused.contains(change)
                    ? .failure(SimulatedWorld.rejection) : world.carryOut(change)
                if case .success = result { done.append(change) }
                return (change: change, result: result)
            }
            director.applied(results, to: post, at: now)
        }
    }

    /// Probes every target and lets so much time pass, a bit at a time.
    mutating func live(_ duration: Duration = .seconds(3)) {
        let end = now + duration
        while now < end {
            for target in director.targets {
                director.probed(target, world.outcome(of: target), at: now)
            }
            turn()
            now = now + .milliseconds(50)
        }
    }

    /// The picture now.
    func snapshot(lastReloadFailed: Bool = false) -> Snapshot {
        director.snapshot(
            Director.Frame(
                now: now,
                takenAt: Timestamp(milliseconds: 1_700_000_000_000),
                config: ConfigStatus(
                    file: "p.yaml",
                    digest: "0",
                    loadedAt: Timestamp(milliseconds: 1_700_000_000_000),
                    lastReloadFailed: lastReloadFailed
                )
            )
        )
    }

    /// The batches of changes that `plane` was given.
    func batches(of plane: PlaneName) -> [[Change]] {
        handedOut.compactMap { assignment in
            guard case .apply(let post, let changes) = assignment, post.plane == plane else {
                return nil
            }
            return changes
        }
    }
}

extension Director.Assignment {
    /// The plane that is to do it; a sign of life comes from beside them.
    var plane: PlaneName? {
        switch self {
        case .observe(let post), .apply(let post, _): post.plane
        case .audit: .ipvs
        case .ping: nil
        }
    }
}

extension Post {
    /// The only speaker of a configuration that does not list speakers.
    static let bgp = Post.speaker(Speaker.usualName)
}
