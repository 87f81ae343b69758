import Core
import Net

/// A director at work on one real plane, its IPVS table; the other two are played.
struct Rig<Table: TablePlane> {
    private(set) var director: Director
    private let scenery: Scenery
    private let table: Table
    private let began = ContinuousClock.now
    /// How far the director's clock was put forward, so that something is due.
    private var skew = Duration.zero
    /// How often the table was glanced at.
    private var audits = 0

    init(_ scenery: Scenery, on table: Table) throws {
        self.scenery = scenery
        self.table = table
        director = Director(intent: try scenery.intent(), now: .zero)
    }

    /// How many entries the table has when it is full.
    var entries: Int { scenery.services * (scenery.servers + 1) }

    private var moment: Moment {
        Moment(nanoseconds: (began.duration(to: .now) + skew).nanoseconds)
    }

    /// Judges every real server healthy and works until nothing is left to do.
    ///
    /// - Returns: how many changes the table was given.
    mutating func settle() async throws -> Int {
        for target in director.targets { director.probed(target, .init(.l4ok), at: moment) }
        let changes = try await rest()
        // One that has just appeared is looked at often, which is no part of what is measured.
        skew += .seconds(60)
        return changes + (try await rest())
    }

    /// Works until nothing is left to do, and says how many changes the table was given.
    mutating func rest() async throws -> Int {
        var changed = 0
        for _ in 0..<Failure.mostTurns {
            let assignments = director.work(at: moment)
            _ = director.takeEvents()
            if assignments.isEmpty { return changed }
            for assignment in assignments { changed += try await carryOut(assignment) }
        }
        throw Failure.restless
    }

    /// Looks at the table and compares it with what is wanted, as the daemon does by the clock.
    ///
    /// - Returns: how long it took, and how many changes it led to.
    mutating func look() async throws -> (took: Duration, changes: Int) {
        director.stirred(.ipvs, at: moment)
        let start = ContinuousClock.now
        let changes = try await rest()
        return (start.duration(to: .now), changes)
    }

    /// Glances at the table and compares it with what is believed, as the daemon does each second.
    ///
    /// - Returns: how long it took, and how many changes it led to.
    mutating func audit() async throws -> (took: Duration, changes: Int) {
        let before = audits
        skew += Scenery.auditEvery
        let start = ContinuousClock.now
        let changes = try await rest()
        let took = start.duration(to: .now)
        guard audits > before else { throw Failure.unexpected("no audit was asked for") }
        return (took, changes)
    }

    /// Gives one real server another weight behind the director's back.
    func interfere() async throws {
        let change = scenery.interference
        for case .failure(let fault) in await table.apply([change]) {
            throw Failure.refused(change, fault)
        }
    }

    /// Changes the health of one real server, and with it one weight.
    ///
    /// - Parameters:
    ///   - target: What was probed.
    ///   - up: What came of it.
    ///   - isPublished: Whether somebody else holds the picture of before, as the status page
    ///     does; the first change after that has to copy what it touches.
    /// - Returns: the time from the result of the probe to the kernel's acknowledgement.
    /// - Throws: `Failure` when anything but that one weight was to change, or could not be.
    mutating func flip(_ target: ProbeTarget, up: Bool, isPublished: Bool) async throws -> Duration
    {
        let picture = isPublished ? director : nil
        let start = ContinuousClock.now
        director.probed(target, .init(up ? .l4ok : .l4connection), at: moment)
        let handedOut = director.work(at: moment)
        // bgpd is asked for a sign of life, or looked at, beside everything else.
        let beside = handedOut.filter { assignment in
            switch assignment {
            case .ping, .observe(.speaker): true
            default: false
            }
        }
        let assignments = handedOut.filter { !beside.contains($0) }
        guard assignments.count == 1, case .apply(.ipvs, let changes) = assignments[0],
            changes.count == 1
        else { throw Failure.unexpected("one weight was to change, and not \(assignments)") }
        _ = try await carryOut(assignments[0])
        let took = start.duration(to: .now)
        for assignment in beside { _ = try await carryOut(assignment) }
        withExtendedLifetime(picture) {}
        guard try await rest() == 0 else { throw Failure.unexpected("a flip led to more changes") }
        return took
    }

    private mutating func carryOut(_ assignment: Director.Assignment) async throws -> Int {
        switch assignment {
        case .observe(.link): director.saw(scenery.link, at: moment)
        case .observe(.speaker): director.saw(scenery.bgp, at: moment)
        case .observe(.ipvs):
            do throws(Fault) {
                let facts = try await table.observe()
                director.saw(facts, at: moment)
            } catch {
                throw Failure.unseen(error)
            }
        case .audit:
            audits += 1
            do throws(Fault) {
                let listing = try await table.list()
                director.audited(listing, at: moment)
            } catch {
                throw Failure.unseen(error)
            }
        case .ping(let speaker): director.felt(speaker, nil, at: moment)
        case .apply(let post, let changes):
            guard post == .ipvs else { throw Failure.unexpected("\(changes) was not to happen") }
            let results = zip(changes, await table.apply(changes)).map { ($0, $1) }
            for case (let change, .failure(let fault)) in results {
                throw Failure.refused(change, fault)
            }
            director.applied(results.map { (change: $0.0, result: $0.1) }, to: post, at: moment)
            return changes.count
        }
        return 0
    }
}

/// Why a measurement cannot be trusted.
enum Failure: Error, CustomStringConvertible {
    /// Turns until rest: batches of a table of 100,000 are a hundred.
    static let mostTurns = 1000

    case refused(Change, Fault)
    case unseen(Fault)
    case unexpected(String)
    case restless

    var description: String {
        switch self {
        case .refused(let change, let fault): "\(change): \(fault)"
        case .unseen(let fault): "the table cannot be seen: \(fault)"
        case .unexpected(let what): what
        case .restless: "the director found no rest within \(Self.mostTurns) turns"
        }
    }
}
