import Net
import OrderedCollections

/// The opinions about all probe targets, and which addresses depend on each.
///
/// A picture of the director is handed out many times a second, and the next result of a probe
/// then has to copy what it changes. So what changes only with the configuration is kept apart
/// from what every result changes, and that in pieces: a result copies one piece, however many
/// targets there are.
struct Opinions: Sendable {
    /// The machines of one piece: small enough to copy for one result, and large enough that the
    /// list of pieces is short.
    private static let pieceCount = 64

    /// What is thought of one target, and what led to it.
    fileprivate struct Entry: Sendable {
        var machine: HealthMachine
        var evidence = Evidence()
        /// Whether what becomes of it says something about this director: not what is only
        /// observed, and not the canaries, which are asked about it themselves.
        let isWitness: Bool
    }

    // In order, so that the index says where the rest is: half the memory of a dictionary.
    private var places: OrderedSet<ProbeTarget> = []
    private var pieces: [[Entry]] = []
    private var dependents: [Set<IPAddress>] = []
    /// Whether a target began to fail, or ceased to, since that was last asked for.
    private(set) var hasTurned = false
    /// How many were forgiven and not heard of since.
    private(set) var forgiven = 0

    /// The targets, in no order.
    var targets: OrderedSet<ProbeTarget> { places }

    /// Whether there is an opinion about every target.
    var areComplete: Bool { pieces.allSatisfy { $0.allSatisfy { $0.machine.isUp != nil } } }

    /// The opinion about `target`; `nil` when it is none of ours.
    subscript(target: ProbeTarget) -> HealthMachine? { place(of: target).map { self[$0].machine } }

    private subscript(place: Int) -> Entry {
        get { pieces[place / Self.pieceCount][place % Self.pieceCount] }
        _modify { yield &pieces[place / Self.pieceCount][place % Self.pieceCount] }
    }

    /// The addresses to decide about when the opinion about `target` changes.
    func dependents(on target: ProbeTarget) -> Set<IPAddress> {
        places.firstIndex(of: target).map { dependents[$0] } ?? []
    }

    /// A probe of `target` ended; answers whether that changed the opinion.
    mutating func probed(_ target: ProbeTarget, _ outcome: Outcome, at now: Moment) -> Bool {
        guard let place = places.firstIndex(of: target) else { return false }
        let taken = self[place].take(outcome, at: now)
        if taken.isHeardAfterForgiven { forgiven -= 1 }
        if taken.hasTurned { hasTurned = true }
        return taken.isChanged
    }

    /// An earlier run left `target` in use.
    mutating func foundInUse(_ target: ProbeTarget) {
        guard let place = places.firstIndex(of: target) else { return }
        self[place].machine.foundInUse()
    }

    /// Answers whether a target began to fail, or ceased to, since the last call.
    mutating func takeTurn() -> Bool {
        defer { hasTurned = false }
        return hasTurned
    }

    /// Forgets the failures of those that were up and began to fail at `since` or later, and are
    /// not up again: what was learned then is worth nothing, and they are asked anew.
    mutating func forgive(since: Moment) {
        for piece in pieces.indices {
            for index in pieces[piece].indices where pieces[piece][index].isWitness {
                let entry = pieces[piece][index]
                let hasFallen = entry.evidence.fellAt.map { $0 >= since } ?? false
                let isFailing =
                    entry.evidence.isContrary(entry.machine)
                    && entry.evidence.failingSince.map { $0 >= since } ?? false
                guard hasFallen || isFailing else { continue }
                if entry.evidence.isForgiven { forgiven -= 1 }
                pieces[piece][index].machine.forgive()
                pieces[piece][index].evidence = Evidence(
                    isForgiven: true,
                    latency: entry.evidence.latency
                )
                forgiven += 1
            }
        }
    }

    /// Makes the targets of `vips` and `canaries` the ones there are; the opinion about one that
    /// stays is kept.
    mutating func adopt(_ vips: [VIP], _ canaries: [Canary]) {
        let before = self
        self = Opinions()
        hasTurned = true
        for vip in vips {
            // One set for all the targets that only this VIP depends on, which is most of them.
            let alone: Set = [vip.address]
            for (_, target) in vip.selfCheck {
                add(target, for: alone, vip.address, knownFrom: before)
            }
            for service in vip.services {
                for backend in service.backends where backend.admin != .maint {
                    for named in service.checks {
                        let target = service.target(of: named.check, for: backend)
                        add(target, for: alone, vip.address, knownFrom: before)
                    }
                }
            }
        }
        for canary in canaries where places.firstIndex(of: canary.target) == nil {
            append(canary.target, for: [], isWitness: false, knownFrom: before)
        }
    }

    private mutating func add(
        _ target: ProbeTarget,
        for alone: Set<IPAddress>,
        _ address: IPAddress,
        knownFrom before: Opinions
    ) {
        if let place = places.firstIndex(of: target) {
            if !dependents[place].contains(address) { dependents[place].insert(address) }
            return
        }
        let isWitness = target.check.mode == .enforce && !target.check.method.isAgent
        append(target, for: alone, isWitness: isWitness, knownFrom: before)
    }

    private mutating func append(
        _ target: ProbeTarget,
        for addresses: Set<IPAddress>,
        isWitness: Bool,
        knownFrom before: Opinions
    ) {
        let fresh = HealthMachine(rise: target.check.rise, fall: target.check.fall)
        let known = before.place(of: target).map { before[$0] }
        var entry = Entry(machine: known?.machine ?? fresh, isWitness: isWitness)
        if let known { entry.evidence = known.evidence }
        if entry.evidence.isForgiven { forgiven += 1 }
        places.append(target)
        dependents.append(addresses)
        if pieces.last.map({ $0.count < Self.pieceCount }) ?? false {
            pieces[pieces.count - 1].append(entry)
        } else {
            pieces.append([entry])
        }
    }
}

// MARK: - What others reckon with

extension Opinions {
    /// Where `target` is kept.
    func place(of target: ProbeTarget) -> Int? { places.firstIndex(of: target) }

    /// The opinion at `place`.
    func machine(at place: Int) -> HealthMachine { self[place].machine }

    /// What led to it.
    func evidence(at place: Int) -> Evidence { self[place].evidence }

    /// Goes through everybody whose results say something about this director.
    func forEachWitness(_ body: (HealthMachine, Evidence) -> Void) {
        for piece in pieces {
            for entry in piece where entry.isWitness { body(entry.machine, entry.evidence) }
        }
    }
}

extension Opinions.Entry {
    /// Takes a result; answers whether that changed the opinion, whether it began to fail or ceased
    /// to, and whether it is the first that says something since its failures were forgiven.
    fileprivate mutating func take(
        _ outcome: Outcome,
        at now: Moment
    ) -> (isChanged: Bool, hasTurned: Bool, isHeardAfterForgiven: Bool) {
        let wasUp = machine.isUp
        let wasFailing = evidence.failingSince != nil
        let wasForgiven = evidence.isForgiven
        let isChanged = machine.probed(outcome)
        switch outcome.verdict {
        case .unknown: break
        case .passed:
            evidence.heardAt = now
            evidence.failingSince = nil
            evidence.isForgiven = false
            let newest = Float(outcome.duration.seconds)
            evidence.latency +=
                evidence.latency > 0
                ? (newest - evidence.latency) * Opinions.Evidence.newestShare : newest
            if machine.isUp == true { evidence.fellAt = nil }
        case .failed:
            evidence.heardAt = now
            evidence.failingSince = evidence.failingSince ?? now
            if wasUp == true, machine.isUp == false {
                evidence.fellAt = now
                evidence.isForgiven = false
            }
        }
        return (
            isChanged,
            wasFailing != (evidence.failingSince != nil),
            wasForgiven && !evidence.isForgiven
        )
    }
}
