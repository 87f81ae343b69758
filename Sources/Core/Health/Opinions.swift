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

    // In order, so that the index says where the rest is: half the memory of a dictionary.
    private var places: OrderedSet<ProbeTarget> = []
    private var pieces: [[HealthMachine]] = []
    private var dependents: [Set<IPAddress>] = []

    /// The targets, in no order.
    var targets: OrderedSet<ProbeTarget> { places }

    /// Whether there is an opinion about every target.
    var areComplete: Bool { pieces.allSatisfy { $0.allSatisfy { $0.isUp != nil } } }

    /// The opinion about `target`; `nil` when it is none of ours.
    subscript(target: ProbeTarget) -> HealthMachine? {
        places.firstIndex(of: target).map { self[$0] }
    }

    private subscript(place: Int) -> HealthMachine {
        pieces[place / Self.pieceCount][place % Self.pieceCount]
    }

    /// The addresses to decide about when the opinion about `target` changes.
    func dependents(on target: ProbeTarget) -> Set<IPAddress> {
        places.firstIndex(of: target).map { dependents[$0] } ?? []
    }

    /// A probe of `target` ended; answers whether that changed the opinion.
    mutating func probed(_ target: ProbeTarget, _ outcome: Outcome) -> Bool {
        guard let place = places.firstIndex(of: target) else { return false }
        return pieces[place / Self.pieceCount][place % Self.pieceCount].probed(outcome)
    }

    /// An earlier run left `target` in use.
    mutating func foundInUse(_ target: ProbeTarget) {
        guard let place = places.firstIndex(of: target) else { return }
        pieces[place / Self.pieceCount][place % Self.pieceCount].foundInUse()
    }

    /// Makes the targets of `vips` the ones there are; the opinion about one that stays is kept.
    mutating func adopt(_ vips: [VIP]) {
        let before = self
        self = Opinions()
        for vip in vips {
            // One set for all the targets that only this VIP depends on, which is most of them.
            let alone: Set = [vip.address]
            for service in vip.services {
                for backend in service.backends where backend.admin != .maint {
                    for named in service.checks {
                        let target = named.check.target(for: backend)
                        add(target, for: alone, vip.address, knownFrom: before)
                    }
                }
            }
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
        let fresh = HealthMachine(rise: target.check.rise, fall: target.check.fall)
        let machine = before[target] ?? fresh
        places.append(target)
        dependents.append(alone)
        if pieces.last.map({ $0.count < Self.pieceCount }) ?? false {
            pieces[pieces.count - 1].append(machine)
        } else {
            pieces.append([machine])
        }
    }
}
