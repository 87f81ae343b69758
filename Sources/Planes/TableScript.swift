import Core
import IPVS
import Net

/// The operations that carry out changes of the table, in the order of the changes, with what
/// each of them is for.
struct TableScript {
    /// One operation after the other.
    private(set) var operations: [IPVS.Operation] = []
    private var steps: [Step] = []

    /// A change and the positions of its operations.
    private struct Step {
        let change: Change
        var own: [Int] = []
    }

    /// What carries out `changes`.
    init(_ changes: [Change]) {
        var rest = changes[...]
        while let change = rest.popFirst() {
            guard case .addService(let key, let scheduling) = change, scheduling.isBuiltOnce else {
                append(change.operations, for: Step(change: change))
                continue
            }
            let arriving = rest.prefix { $0.isArrival(at: key) }
            rest = rest.dropFirst(arriving.count)
            load(change, scheduling.service(key), Array(arriving))
        }
    }

    /// Says for each change what came of it, given what came of each operation.
    func results(of outcomes: [IPVSError?]) -> [Result<Void, Fault>] {
        steps.map { step in
            let refusals = step.own.enumerated().compactMap { place, index in
                outcomes[index].flatMap { step.change.isSettled(by: $0, to: place) ? nil : $0 }
            }
            // The first that failed says why; those after it only follow from that.
            return refusals.first.map { .failure(Fault($0)) } ?? .success(())
        }
    }

    private mutating func append(_ operations: [IPVS.Operation], for step: Step) {
        var step = step
        step.own += operations.indices.map { $0 + self.operations.count }
        self.operations += operations
        steps.append(step)
    }

    /// A new service and the destinations that come with it: one table is built, at the end.
    ///
    /// Until then the service turns connections away, as it did while it was not there; a part of
    /// the table would send them to servers that the whole of it does not. If this is cut short,
    /// the next look finds a service that schedules by nothing, and completes it.
    private mutating func load(_ change: Change, _ service: IPVS.Service, _ arriving: [Change]) {
        guard !arriving.isEmpty else {
            return append([.newService(service)], for: Step(change: change))
        }
        let place = steps.count
        var bare = service
        bare.scheduler = .none
        append([.newService(bare)], for: Step(change: change))
        for arrival in arriving { append(arrival.operations, for: Step(change: arrival)) }
        steps[place].own.append(operations.count)
        operations.append(.updateService(service))
    }
}

extension Scheduling {
    /// Whether the scheduler computes a table from all destinations whenever one of them changes.
    fileprivate var isBuiltOnce: Bool { scheduler == .mh }
}

extension Change {
    fileprivate func isArrival(at service: ServiceKey) -> Bool {
        guard case .addDestination(service, _, _, _, _) = self else { return false }
        return true
    }

    /// The operations that carry it out, in their order.
    var operations: [IPVS.Operation] {
        switch self {
        case .addService(let key, let scheduling): [.newService(scheduling.service(key))]
        case .updateService(let key, let scheduling):
            [.updateService(scheduling.service(key))]
        case .removeService(let key): [.deleteService(key.identity)]
        case .addDestination(let key, let endpoint, let forwarding, let weight, let nominal):
            IPVS.Operation.introduce(
                IPVS.Arrival(
                    IPVS.Destination(endpoint, forwarding: forwarding.method, weight: weight),
                    nominalWeight: nominal
                ),
                to: key.identity
            )
        case .moveDestination(let key, let endpoint, let forwarding, let weight, let nominal):
            IPVS.Operation.replace(
                IPVS.Arrival(
                    IPVS.Destination(endpoint, forwarding: forwarding.method, weight: weight),
                    nominalWeight: nominal
                ),
                of: key.identity
            )
        case .updateDestination(let key, let endpoint, let forwarding, let weight):
            [
                .updateDestination(
                    IPVS.Destination(endpoint, forwarding: forwarding.method, weight: weight),
                    of: key.identity
                )
            ]
        case .removeDestination(let key, let endpoint):
            [.deleteDestination(endpoint, of: key.identity)]
        case .addPath(let key, let path):
            [.newService(path.scheduling.service(key.identity))]
                + IPVS.Operation.introduce(
                    IPVS.Arrival(
                        IPVS.Destination(
                            path.endpoint,
                            forwarding: path.forwarding.method,
                            weight: ProbePath.weight
                        ),
                        nominalWeight: ProbePath.weight
                    ),
                    to: key.identity
                )
        case .removePath(let key): [.deleteService(key.identity)]
        case .bind, .unbind, .set, .masquerade, .unmasquerade, .announce, .withdraw, .discard:
            preconditionFailure("a change of another plane reached the table: \(self)")
        }
    }

    /// Whether `error`, which came of the operation at `place` among its own, only says that what
    /// was wanted is so already.
    fileprivate func isSettled(by error: IPVSError, to place: Int) -> Bool {
        switch (self, error) {
        case (.removeService, .serviceMissing), (.removePath, .serviceMissing),
            (.removeDestination, .serviceMissing),
            (.removeDestination, .destinationMissing):
            true
        // Somebody else took it away; that it was added again is what matters.
        case (.moveDestination, .destinationMissing): place == 0
        default: false
        }
    }
}
