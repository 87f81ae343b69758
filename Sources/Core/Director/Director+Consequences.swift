import Net

// What an order about a real server brings with it, said before it is carried out.

extension Director {
    /// What an operator should know of `order` that it does not say itself.
    package func consequences(of order: BackendOrder, at now: Moment) -> [String] {
        var future = self
        future.asked(for: .order(order), at: now)
        future.decide(about: order.address, in: future.scene, at: now)
        var notes: [String] = []
        let before = tracks[order.address]
        let after = future.tracks[order.address]
        if before?.decision?.verdict == .announce, let reason = after?.decision?.verdict.reason {
            notes.append("\(before?.name(order.address) ?? "") will be withdrawn here: \(reason)")
        }
        if case .weight(let key, _) = order, let service = effectiveService(key.service),
            [.mh, .sh].contains(service.scheduling.scheduler)
        {
            notes.append(
                "with \(service.scheduling.scheduler.rawValue), directors with other weights send "
                    + "a flow to other servers: give all of them the same"
            )
        }
        if case .state(let key, let ruling) = order, ruling.value == .ready,
            let configured = intent.vips.backend(key)?.admin, configured != .ready
        {
            notes.append(
                "the configuration says \(configured.rawValue); this stands over it until: "
                    + "penstock backend auto"
            )
        }
        if intent.vips.backend(order.key) == nil {
            notes.append("\(order.key) is not in the configuration: the order does nothing now")
        }
        return notes
    }
}

extension BackendOrder {
    /// The real server it is about; of a hand-over, the one who gives.
    fileprivate var key: BackendKey {
        switch self {
        case .state(let key, _), .weight(let key, _), .stateAsConfigured(let key),
            .weightAsConfigured(let key):
            key
        case .handOver(let handover): BackendKey(handover.service, handover.from)
        }
    }
}
