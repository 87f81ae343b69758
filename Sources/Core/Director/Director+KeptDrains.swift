import Net

// Drains of VIPs that the configuration does not have: kept for when they are back, and shown.

extension Director {
    /// The most of them that are told one by one.
    private static let keptDrainsTold = 20

    /// The drains by command that are kept for VIPs which are not in the configuration, by address.
    var keptDrains: [(address: IPAddress, wish: DrainWish)] {
        // Asked for every picture, and nearly always there is none.
        guard overrides.drains.contains(where: { $0.key != .node }) else { return [] }
        let configured = Set(intent.vips.map(\.address))
        return overrides.drains.compactMap { scope, wish in
            guard case .vip(let address) = scope, !configured.contains(address) else { return nil }
            return (address, wish)
        }
        .sorted { $0.address < $1.address }
    }

    /// The same, in the picture; `nil` when there is none.
    func keptDrainStatuses() -> [KeptDrainStatus]? {
        let kept = keptDrains
        guard !kept.isEmpty else { return nil }
        return kept.map { address, wish in
            KeptDrainStatus(
                address: "\(address)",
                vip: wish.vip,
                reason: wish.mandate.reason,
                by: wish.mandate.by,
                since: wish.mandate.since,
                until: wish.mandate.until
            )
        }
    }

    /// Tells of all of them, as after a configuration has come into force.
    mutating func noteKeptDrains() {
        let kept = keptDrains
        for (address, _) in kept.prefix(Self.keptDrainsTold) { noteKeptDrain(of: address) }
        guard kept.count > Self.keptDrainsTold else { return }
        record(
            .node,
            level: .warning,
            "\(kept.count - Self.keptDrainsTold) drains more are kept for VIPs that are not in the "
                + "configuration: penstock status"
        )
    }

    /// The VIP at `address` is not in the configuration, and its drain waits for it.
    mutating func noteKeptDrain(of address: IPAddress) {
        guard let wish = overrides.drains[.vip(address)] else { return }
        record(
            .vip,
            level: .warning,
            address: address,
            "its drain is kept although it is not in the configuration \(wish.mandate); it ends "
                + "with: penstock undrain \(wish.vip ?? "\(address)")"
        )
    }

    /// The order that drains `scope` is about to end, although nothing changes by it.
    mutating func noteEnd(ofDrainKeptFor scope: DrainScope) {
        guard case .vip(let address) = scope, overrides.drains[scope] != nil,
            keptDrains.contains(where: { $0.address == address })
        else { return }
        record(.vip, address: address, "the drain that was kept for it is ended")
    }

    /// What `explain` says of a drain of the VIP alone, or of one that is kept for it.
    func drainGates(of track: Track, at address: IPAddress, _ frame: Frame) -> [GateStatus] {
        guard let wish = overrides.drains[.vip(address)] else { return [] }
        let reason = wish.mandate.reason.isEmpty ? "" : ": \(wish.mandate.reason)"
        let order =
            "by \(wish.mandate.by) since \(wish.mandate.since)"
            + (wish.mandate.until.map { " until \($0)" } ?? "") + reason
        guard track.vip != nil, let drain = drainStatus(of: track, at: address, frame) else {
            let text = "its drain is kept for when it is back, \(order)"
            return [GateStatus(name: "drain", standing: .none, text: text)]
        }
        let ending = drain.ending.map { " (\($0))" } ?? ""
        let text = "the VIP is drained \(order); \(drain.step.rawValue)\(ending)"
        return [GateStatus(name: "drain", standing: .closed, text: text)]
    }
}
