import Core
import Net
import Synchronization

/// A plane that is played: it shows what it is given, and remembers what it was told.
final class PlayedPlane<Facts: Sendable>: Plane {
    private struct State {
        var facts: Result<Facts, Fault>
        var applied: [Change] = []
        var looks = 0
        var forgotten = 0
    }

    private let state: Mutex<State>
    private let carryOut: @Sendable (Change, inout Facts) -> Void
    /// Whether a call never comes back, as with a daemon that hangs.
    private let hangs: Bool

    init(
        _ facts: Facts,
        hangs: Bool = false,
        carryOut: @escaping @Sendable (Change, inout Facts) -> Void
    ) {
        state = Mutex(State(facts: .success(facts)))
        self.hangs = hangs
        self.carryOut = carryOut
    }

    var applied: [Change] { state.withLock { $0.applied } }
    var looks: Int { state.withLock { $0.looks } }
    var forgotten: Int { state.withLock { $0.forgotten } }

    func observe() async throws(Fault) -> Facts {
        await hangIfTold()
        let facts = state.withLock { state in
            state.looks += 1
            return state.facts
        }
        return try facts.get()
    }

    func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        await hangIfTold()
        return state.withLock { state in
            for change in changes {
                state.applied.append(change)
                guard case .success(var facts) = state.facts else { continue }
                carryOut(change, &facts)
                state.facts = .success(facts)
            }
            return changes.map { _ in .success(()) }
        }
    }

    func watch(reporting report: @escaping @Sendable () -> Void) async {}

    /// What the state shows, without hanging.
    fileprivate func glance() throws(Fault) -> Facts {
        try state.withLock { $0.facts }.get()
    }

    private func hangIfTold() async {
        guard hangs else { return }
        // Ends with its task only.
        let (never, _) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        for await _ in never {}
    }
}

extension PlayedPlane: TablePlane where Facts == IPVSFacts {
    func list() async throws(Fault) -> TableListing {
        TableListing(
            services: try glance().services.mapValues { service in
                ListedService(
                    scheduler: service.slice.scheduling?.scheduler.rawValue ?? "none",
                    destinations: service.slice.destinations
                )
            }
        )
    }
}

extension PlayedPlane: RoutingPlane where Facts == RoutingFacts {
    func observe(_ speaker: Name) async throws(Fault) -> BGPFacts {
        let facts = try await observe()
        guard let result = facts.speakers[speaker] else {
            throw Fault(code: "D448", summary: "no speaker \(speaker)")
        }
        return try result.get()
    }

    func ping(_ speaker: Name) async throws(Fault) {}

    func forget() async { state.withLock { $0.forgotten += 1 } }

    func evidence(of address: IPAddress, by name: Name) async -> [PathEvidence] {
        [PathEvidence(place: "played", isGood: true, text: "\(address) by \(name)")]
    }
}
