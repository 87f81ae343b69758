package import Core
internal import Net

// The orders of operators as they are written to disk: in the words of the configuration and in
// civil time, so that a person can read them and a clock that starts anew means nothing to them.

extension StateFile {
    /// Who ordered something, why and for how long.
    package struct KeptMandate: Codable, Equatable, Sendable {
        /// Who, why, since when and until when unless it stays.
        package var by: String
        package var reason: String
        package var since: Timestamp
        package var until: Timestamp?
    }

    /// A drain.
    package struct KeptDrain: Codable, Equatable, Sendable {
        /// Why, in the operator's words; may be empty.
        package var reason: String
        /// When it was ordered.
        package var since: Timestamp
        /// Who ordered it; absent in what an older release wrote, as is all that follows.
        package var by: String?
        /// When it ends by itself, unless it stays.
        package var until: Timestamp?
        /// `soft` or `now`.
        package var mode: String?
        /// Whether it may take the last known path to a VIP away.
        package var yes: Bool?

        /// A drain for `reason`.
        package init(reason: String, since: Timestamp) {
            self.reason = reason
            self.since = since
        }
    }

    /// The drain of one VIP.
    package struct KeptVIPDrain: Codable, Equatable, Sendable {
        /// Its address.
        package var vip: String
        /// The drain.
        package var drain: KeptDrain
        /// What the VIP was called then, for people; absent in what an older release wrote.
        package var name: String?
    }

    /// The names of a real server: the VIP's address, `443/tcp`, and the server's own.
    package struct KeptPlace: Codable, Equatable, Sendable {
        /// As an address, as a port with its protocol, and as an address with a port.
        package var vip: String
        package var service: String
        package var backend: String
    }

    /// What is ordered about one real server.
    package struct KeptOrder: Codable, Equatable, Sendable {
        /// Which one.
        package var place: KeptPlace
        /// `ready`, `drain` or `maint`, when its state is ordered, and by whom.
        package var state: String?
        package var stateMandate: KeptMandate?
        /// Its weight, when that is ordered, and by whom.
        package var weight: Int?
        package var weightMandate: KeptMandate?
    }

    /// A hand-over.
    package struct KeptHandover: Codable, Equatable, Sendable {
        /// The one who gives; `to` is the one who takes, as an address with a port.
        package var from: KeptPlace
        package var to: String
        /// How long it takes in all.
        package var milliseconds: Int64
        /// Whether `to` had no work when it began.
        package var raises: Bool
        /// By whom, and since when.
        package var mandate: KeptMandate
        /// Why it was given up, once it was.
        package var stopped: String?
    }
}

// MARK: - Writing

extension StateFile.Contents {
    /// Puts `overrides` in place of what was kept.
    mutating func keep(_ overrides: Overrides) {
        let orders = Set(overrides.states.keys).union(overrides.weights.keys).sorted().map { key in
            StateFile.KeptOrder(
                place: StateFile.KeptPlace(key),
                state: overrides.states[key]?.value.rawValue,
                stateMandate: (overrides.states[key]?.mandate).map(StateFile.KeptMandate.init),
                weight: overrides.weights[key]?.value,
                weightMandate: (overrides.weights[key]?.mandate).map(StateFile.KeptMandate.init)
            )
        }
        let handovers = overrides.handovers.map { handover in
            StateFile.KeptHandover(
                from: StateFile.KeptPlace(BackendKey(handover.service, handover.from)),
                to: "\(handover.to)",
                milliseconds: handover.over.nanoseconds / 1_000_000,
                raises: handover.raises,
                mandate: StateFile.KeptMandate(handover.mandate),
                stopped: handover.stopped
            )
        }
        backends = orders.isEmpty ? nil : orders
        self.handovers = handovers.isEmpty ? nil : handovers
        drain = overrides.drains[.node].map(StateFile.KeptDrain.init)
        let drains = overrides.drains.compactMap { scope, wish -> StateFile.KeptVIPDrain? in
            guard case .vip(let address) = scope else { return nil }
            return StateFile.KeptVIPDrain(
                vip: "\(address)",
                drain: StateFile.KeptDrain(wish),
                name: wish.vip
            )
        }
        drainedVIPs = drains.isEmpty ? nil : drains.sorted { $0.vip < $1.vip }
    }
}

extension StateFile.KeptDrain {
    fileprivate init(_ wish: DrainWish) {
        self.init(reason: wish.mandate.reason, since: wish.mandate.since)
        by = wish.mandate.by
        until = wish.mandate.until
        mode = wish.mode.rawValue
        yes = wish.isLastPathWaived ? true : nil
    }
}

extension StateFile.KeptMandate {
    fileprivate init(_ mandate: Mandate) {
        by = mandate.by
        reason = mandate.reason
        since = mandate.since
        until = mandate.until
    }
}

extension StateFile.KeptPlace {
    fileprivate init(_ key: BackendKey) {
        vip = "\(key.service.address)"
        service = "\(key.service.id)"
        backend = "\(key.endpoint)"
    }
}

// MARK: - Reading

extension StateFile.Contents {
    /// What was kept, for a run that begins at `now`, which is `civilNow` in civil time.
    ///
    /// What came to its end while nothing ran is among it, and over at once.
    ///
    /// - Throws: what cannot be understood. Guessing could put a server to use that is open on a
    ///   bench.
    func overrides(now: Moment, civilNow: Timestamp) throws(ParseError) -> Overrides {
        var states: [BackendKey: Ruling<Backend.AdminState>] = [:]
        var weights: [BackendKey: Ruling<Int>] = [:]
        for order in backends ?? [] {
            let key = try order.place.key
            if let word = order.state, let kept = order.stateMandate {
                guard let state = Backend.AdminState(rawValue: word) else {
                    throw ParseError(word, "is not a state of a real server")
                }
                states[key] = Ruling(state, kept.mandate(now, civilNow))
            }
            if let weight = order.weight, let kept = order.weightMandate {
                guard (0...Ramp.largestWeight).contains(weight) else {
                    throw ParseError("\(weight)", "is not a weight")
                }
                weights[key] = Ruling(weight, kept.mandate(now, civilNow))
            }
        }
        var handovers: [Handover] = []
        for kept in self.handovers ?? [] {
            let from = try kept.from.key
            handovers.append(
                Handover(
                    service: from.service,
                    from: from.endpoint,
                    to: try Endpoint(parsing: kept.to),
                    over: .milliseconds(kept.milliseconds),
                    began: now + (kept.mandate.since - civilNow),
                    raises: kept.raises,
                    mandate: kept.mandate.mandate(now, civilNow),
                    stopped: kept.stopped
                )
            )
        }
        var drains: [DrainScope: DrainWish] = [:]
        drains[.node] = try drain?.wish(now, civilNow)
        for kept in drainedVIPs ?? [] {
            drains[.vip(try IPAddress(parsing: kept.vip))] = try kept.drain.wish(
                now,
                civilNow,
                vip: kept.name
            )
        }
        return Overrides(states: states, weights: weights, handovers: handovers, drains: drains)
    }
}

extension StateFile.KeptDrain {
    fileprivate func wish(
        _ now: Moment,
        _ civilNow: Timestamp,
        vip: String? = nil
    ) throws(ParseError) -> DrainWish {
        guard let mode = DrainMode(rawValue: mode ?? DrainMode.soft.rawValue) else {
            throw ParseError(mode ?? "", "is not a way to drain")
        }
        let kept = StateFile.KeptMandate(
            by: by ?? "an operator",
            reason: reason,
            since: since,
            until: until
        )
        return DrainWish(
            mode,
            kept.mandate(now, civilNow),
            isLastPathWaived: yes ?? false,
            vip: vip
        )
    }
}

extension StateFile.KeptMandate {
    fileprivate func mandate(_ now: Moment, _ civilNow: Timestamp) -> Mandate {
        Mandate(
            by: by,
            reason: reason,
            since: since,
            until: until,
            civilNow: civilNow,
            now: now
        )
    }
}

extension StateFile.KeptPlace {
    fileprivate var key: BackendKey {
        get throws(ParseError) {
            BackendKey(
                ServiceKey(try IPAddress(parsing: vip), try ServiceID(parsing: service)),
                try Endpoint(parsing: backend)
            )
        }
    }
}
