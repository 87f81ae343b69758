import Net

// What is ordered about real servers, in the picture for people and programs.

extension Director {
    /// Everything that is ordered, sorted by real server.
    func overrideStatuses(_ frame: Frame) -> [OverrideStatus] {
        overrides.keys.flatMap { overrideStatuses(of: $0, frame) }
    }

    private func overrideStatuses(of key: BackendKey, _ frame: Frame) -> [OverrideStatus] {
        let vip = intent.vips.first { $0.address == key.service.address }
        let service = vip?.services.first { $0.id == key.service.id }
        let isIdle = intent.vips.backend(key) == nil
        func status(
            _ kind: OverrideStatus.Kind,
            _ value: String,
            _ mandate: Mandate
        ) -> OverrideStatus {
            OverrideStatus(
                vip: vip?.name.text ?? "\(key.service.address)",
                service: service?.name.text ?? "\(key.service.id)",
                backend: "\(key.endpoint)",
                kind: kind,
                value: value,
                by: mandate.by,
                reason: mandate.reason,
                since: mandate.since,
                until: mandate.until,
                idle: isIdle
            )
        }
        var statuses: [OverrideStatus] = []
        if let state = overrides.states[key] {
            statuses.append(status(.state, state.value.rawValue, state.mandate))
        }
        if let weight = overrides.weights[key] {
            statuses.append(status(.weight, "\(weight.value)", weight.mandate))
        }
        if let handover = overrides.handover(of: key) {
            let (with, percent) = (
                handover.other(than: key.endpoint), percent(of: handover, frame.now)
            )
            let word = key.endpoint == handover.from ? "to" : "from"
            let text =
                handover.isRunning ? "\(percent)% \(word) \(with)" : "stopped, \(word) \(with)"
            statuses.append(status(.handover, text, handover.mandate))
        }
        return statuses
    }

    /// Adds to the picture of a real server what is ordered about it.
    func describeOrders(for key: BackendKey, in status: inout BackendStatus, _ frame: Frame) {
        guard !overrides.isEmpty else { return }
        let statuses = overrideStatuses(of: key, frame)
        status.overrides = statuses.isEmpty ? nil : statuses
        guard let handover = overrides.handover(of: key) else { return }
        status.handover = HandoverStatus(
            role: key.endpoint == handover.from ? .from : .to,
            with: "\(handover.other(than: key.endpoint))",
            percent: percent(of: handover, frame.now),
            ends: frame.time(of: handover.ends),
            stopped: handover.stopped
        )
    }

    private func percent(of handover: Handover, _ now: Moment) -> Int {
        let passed = (now - handover.began).seconds / max(handover.over.seconds, 1)
        return Int(min(max(passed, 0), 1) * 100)
    }

    /// Why `backend` gets new flows although it is to get none; `nil` when it gets none, or should.
    func waiting(
        for backend: Backend,
        in service: VirtualService,
        _ standing: ServiceStanding?,
        _ track: Track
    ) -> String? {
        guard backend.admin != .ready || backend.weight == 0 else { return nil }
        let endpoint = backend.endpoint
        let seen = track.sight.slice.services[service.id]?.destinations[endpoint]?.weight ?? 0
        guard seen > 0 else { return nil }
        let subject = Change.Subject(plane: .ipvs, service: service.id, endpoint: endpoint)
        if let hold = track.holds[subject] { return "\(hold.fault)" }
        if let fault = scene.ipvs.fault { return "\(fault)" }
        let wanted = track.decision?.wanted.services[service.id]?.destinations[endpoint]?.weight
        guard let wanted, wanted > 0 else { return "its weight is on its way to 0" }
        return standing?.patience.map { "\($0)" }
    }

    /// What is ordered about the servers of the VIP at `address`, for `explain`.
    func orderGates(at address: IPAddress, _ frame: Frame) -> [GateStatus] {
        let keys = overrides.keys.filter { $0.service.address == address }
        let orders = keys.flatMap { overrideStatuses(of: $0, frame) }
        let gates = orders.prefix(Self.ordersExplained).map {
            GateStatus(name: "override", standing: .none, text: $0.sentence(since: "\($0.since)"))
        }
        guard orders.count > gates.count else { return gates }
        let rest = "and \(orders.count - gates.count) more: penstock status"
        return gates + [GateStatus(name: "override", standing: .none, text: rest)]
    }

    /// The most orders that `explain` lists for one VIP: more would hide the gates.
    private static let ordersExplained = 20

    /// Hand-overs that were given up: the loud part of giving up.
    var stoppedHandovers: [WarningStatus] {
        overrides.handovers.compactMap { handover in
            guard let reason = handover.stopped else { return nil }
            let name = tracks[handover.service.address]?.name(handover.service.address)
            return WarningStatus(
                code: "handover-stopped",
                vip: name,
                text:
                    "the hand-over from \(handover.from) to \(handover.to) was stopped: \(reason)",
                fix: "penstock backend auto \(handover.service.address)/\(handover.from)"
            )
        }
    }
}

extension Handover {
    /// The other of the two.
    fileprivate func other(than endpoint: Endpoint) -> Endpoint { endpoint == from ? to : from }
}

extension Scene.Visibility {
    fileprivate var fault: Fault? {
        switch self {
        case .blind(let fault): fault
        case .unseen, .seen: nil
        }
    }
}

extension OverrideStatus {
    /// What is ordered, as one line: `https/10.0.0.1:443 drain, by root since 2h: new disk`.
    package func sentence(since: String) -> String {
        let what = kind == .state ? value : "\(kind.rawValue) \(value)"
        return "\(service)/\(backend) \(what), by \(by) since \(since)"
            + (until.map { " until \($0)" } ?? "") + (reason.isEmpty ? "" : ": \(reason)")
            + (idle ? " (not in the configuration)" : "")
    }
}
