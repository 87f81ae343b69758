import Net

// One VIP in the picture, with the gates that `explain` lists.

extension Director {
    func status(of track: Track, at address: IPAddress, _ frame: Frame) -> VIPStatus {
        let decision = track.decision
        return VIPStatus(
            name: track.name(address),
            address: "\(address)",
            state: track.state,
            since: frame.time(of: track.stateSince),
            isWanted: decision.map { $0.verdict == .announce },
            reason: reason(against: track),
            advertisedTo: peerNames(track.sight.sentTo, of: track.speaker),
            softenedTo: track.sight.softPeers.isEmpty
                ? nil : peerNames(track.sight.softPeers, of: track.speaker),
            announcement: track.sight.slice.announcement.map(AnnouncementStatus.init),
            wantedAnnouncement: decision?.wanted.announcement.map(AnnouncementStatus.init),
            speaker: intent.bgp.speakers.count > 1 ? track.speaker.text : nil,
            drain: drainStatus(of: track, at: address, frame),
            otherPath: track.sight.hasOtherPath,
            damping: dampingStatus(of: track, frame),
            waitingSeconds: ration.queue.waitingSince(address).map { (frame.now - $0).seconds },
            peers: peers(for: address, of: track.speaker).count,
            packetsPerSecond: track.meter.rate,
            services: (track.vip?.services ?? []).map { service in
                status(
                    of: service,
                    at: ServiceKey(address, service.id),
                    standing: decision?.services.first { $0.id == service.id },
                    track,
                    frame
                )
            },
            gates: gates(of: track, at: address, frame),
            path: track.sight.evidence.isEmpty ? nil : track.sight.evidence.map(GateStatus.init),
            counts: track.counts.isEmpty ? nil : track.counts
        )
    }

    private func reason(against track: Track) -> ReasonStatus? {
        if let reason = track.decision?.verdict.reason {
            return ReasonStatus(code: reason.code, text: "\(reason)", fix: reason.fix)
        }
        guard track.state == .blocked else { return nil }
        guard let obstacle = track.sight.obstacle else {
            return ReasonStatus(
                code: "not-sent",
                text: "configured in bgpd and sent to \(track.sight.sentTo.count) peers, "
                    + "needs \(intent.bgp.minimumPeers)",
                fix: "vtysh -c 'show bgp summary'"
            )
        }
        return ReasonStatus(code: obstacle.code, text: obstacle.summary, fix: obstacle.fix)
    }

    private func status(
        of service: VirtualService,
        at key: ServiceKey,
        standing: ServiceStanding?,
        _ track: Track,
        _ frame: Frame
    ) -> ServiceStatus {
        ServiceStatus(
            name: service.name.text,
            listen: "\(service.id)",
            state: (standing?.state ?? .undetermined).rawValue,
            gates: service.gates,
            forwarding: service.forwarding.rawValue,
            scheduler: "\(service.scheduling)",
            liveWeight: standing?.live ?? 0,
            configuredWeight: standing?.configured ?? 0,
            neededWeight: standing.map { $0.counted.unit == .weight ? $0.needed : 0 } ?? 0,
            quorumServers: standing.flatMap(ServerQuorumStatus.init),
            minHealthy: minHealthyStatus(of: service, track.decision),
            backends: service.backends.map { backend in
                var status = status(of: backend, in: service, sight: track.sight)
                describeOrders(for: BackendKey(key, backend.endpoint), in: &status, frame)
                status.nominalWeight = backend.weight
                status.observed = observed(of: backend, in: service)
                status.results = lastResults(of: backend, in: service)
                status.turns = track.turns[BackendKey(key, backend.endpoint)].map {
                    TurnStatus(up: $0.ups, down: $0.downs)
                }
                status.seenAt = track.sight.tableSeenAt.map(frame.time)
                status.sentinel = sentinelStatus(of: backend, in: service, frame)
                status.aside = track.asides[service.id]?.current[backend.endpoint].map {
                    AsideStatus(why: $0.word, text: $0.text(at: frame.now))
                }
                status.agent = agentStatus(of: backend, in: service, at: key.address, frame)
                status.waiting = waiting(for: backend, in: service, standing, track)
                return status
            },
            table: track.sight.slice.services[service.id].map { slice in
                TableStatus(slice) { endpoint in
                    service.backends.first { $0.endpoint == endpoint }?.weight
                }
            },
            traffic: track.sight.traffic[service.id]?.total
        )
    }

    private func status(
        of backend: Backend,
        in service: VirtualService,
        sight: Sight
    ) -> BackendStatus {
        let enforced = service.checks.filter(\.isEnforced)
        let machines = enforced.compactMap { health[service.target(of: $0.check, for: backend)] }
        let telling =
            switch service.passing {
            // The check that speaks against the server says more than those that do not.
            case .all: machines.first { $0.isUp != true } ?? machines.last
            case .any:
                machines.first { $0.isUp == true } ?? machines.first { $0.isUp == nil }
                    ?? machines.last
            }
        let seen = sight.slice.services[service.id]?.destinations[backend.endpoint]
        let share = seen.flatMap { _ in sight.traffic[service.id]?[backend.endpoint] }
        return BackendStatus(
            endpoint: "\(backend.endpoint)",
            admin: backend.admin.rawValue,
            health: enforced.isEmpty ? "up" : telling?.label ?? "unknown",
            weight: seen?.weight,
            check: telling?.last?.description ?? "",
            checkMilliseconds: telling?.last.map { $0.duration.seconds * 1000 },
            activeConnections: seen.map { _ in
                sight.activeConnections[service.id]?[backend.endpoint] ?? 0
            },
            inactiveConnections: share?.inactiveConnections,
            traffic: share?.counters,
            note: backend.note
        )
    }

    /// Every gate between the configuration and the routers, in the order traffic needs them.
    private func gates(of track: Track, at address: IPAddress, _ frame: Frame) -> [GateStatus] {
        guard let vip = track.vip, let decision = track.decision else {
            return [GateStatus(name: "config", standing: .closed, text: "\(Reason.notConfigured)")]
                + drainGates(of: track, at: address, frame)
        }
        var gates = [
            GateStatus(
                name: "config",
                standing: .open,
                text: "advertise when \(vip.conditionText), hold-up "
                    + "\(Reason.tenths(vip.holdUp)) s"
            ),
            nodeGate,
        ]
        gates += drainGates(of: track, at: address, frame)
        gates += brakeGates(frame.now)
        gates += decision.services.map(serviceGate)
        gates += panicGates(vip, decision)
        gates += vip.services.flatMap(observedGates)
        gates += asideGates(of: track, frame.now)
        gates += vip.services.compactMap(sentinelGate)
        gates += vip.services.compactMap { agentGate($0, at: address) }
        if let gate = probeWorkerGate(vip) { gates.append(gate) }
        gates += vip.services.compactMap(pathGate)
        gates += orderGates(at: address, frame)
        gates.append(holdGate(vip, track.memory, frame.now))
        gates += budgetGates(of: track, at: address, frame.now)
        gates.append(
            gate(
                "address",
                on: .link,
                isOpen: track.sight.slice.bound,
                "\(vip.prefix) on \(intent.ipvs.interface)",
                "\(vip.prefix) is not on \(intent.ipvs.interface), or that is down"
            )
        )
        gates += decision.services.filter(\.gates).map { standing in
            gate(
                "ipvs",
                on: .ipvs,
                isOpen: standing.isSeen,
                "\(standing.id) is in the table with a live quorum",
                "\(standing.id) is not in the table with a live quorum"
            )
        }
        gates += vip.services.filter(\.hasSourceNAT).map { service in
            gate(
                "snat",
                on: .link,
                isOpen: track.sight.slice.masqueraded.contains(service.id),
                "\(service.id) is masqueraded: replies return through this director",
                "\(service.id) is not masqueraded, so replies may pass this director by"
            )
        }
        gates += settingsGates
        gates += selfCheckGates(vip, isAnnounced: track.sight.slice.announced)
        gates.append(tableGate(vip, track))
        gates.append(peersGate(track, at: address, frame.now))
        return gates
    }

    private func peerNames(_ peers: Set<String>, of speaker: Name) -> [String] {
        peers.sorted().map { peerName($0, of: speaker) }
    }

    /// The peers of `speaker` that could be sent the route of `address`.
    private func peers(for address: IPAddress, of speaker: Name) -> [Peer] {
        (speakers[speaker]?.facts.peers ?? []).filter { $0.families.contains(address.family) }
    }

    private var nodeGate: GateStatus {
        switch node {
        case .active: GateStatus(name: "node", standing: .open, text: "active (not drained)")
        case .draining(let drain), .drained(let drain, _):
            GateStatus(name: "node", standing: .closed, text: "\(Reason.drained(drain.reason))")
        }
    }

    private func serviceGate(_ standing: ServiceStanding) -> GateStatus {
        let state: GateStatus.Standing =
            !standing.gates || standing.state == .undetermined
            ? .none : standing.state == .up ? .open : .closed
        let unjudged = standing.unjudged > 0 ? ", \(standing.unjudged) not judged yet" : ""
        let held = standing.held > 0 ? ", \(standing.held) of it only held" : ""
        let gating = "\(held)\(standing.gates ? "" : " (does not gate)")"
        return GateStatus(
            name: standing.name.text,
            standing: state,
            text: "\(standing.reckoning)\(unjudged)\(gating)"
        )
    }

    private func gate(
        _ name: String,
        on plane: PlaneName,
        isOpen: Bool,
        _ open: String,
        _ closed: String
    ) -> GateStatus {
        gate(name, on: plane, visibility(of: plane), isOpen: isOpen, open, closed)
    }

    private func gate(
        _ name: String,
        on plane: PlaneName,
        _ visibility: Scene.Visibility,
        isOpen: Bool,
        _ open: String,
        _ closed: String
    ) -> GateStatus {
        switch visibility {
        case .unseen: GateStatus(name: name, standing: .none, text: "\(Reason.unseen(plane))")
        case .blind(let fault):
            GateStatus(name: name, standing: .none, text: "\(Reason.blind(plane, fault))")
        case .seen:
            GateStatus(name: name, standing: isOpen ? .open : .closed, text: isOpen ? open : closed)
        }
    }

    private func tableGate(_ vip: VIP, _ track: Track) -> GateStatus {
        let sight = track.sight
        let see = "show bgp \(vip.address.family == .v4 ? "ipv4" : "ipv6") unicast \(vip.prefix)"
        let visibility = visibility(ofSpeaker: track.speaker)
        if let refusal = speakers[track.speaker]?.facts.refusal, visibility == .seen {
            return GateStatus(name: "FRR table", standing: .closed, text: "\(refusal)")
        }
        let obstacle = sight.obstacle.map { ": \($0)" } ?? ""
        let form = sight.slice.announcement.map { $0 == Announcement() ? "" : ", \($0)" } ?? ""
        let what =
            intent.bgp[track.speaker]?.method == .kernelRoute ? "kernel route" : "network statement"
        let isThere = sight.slice.announcement != nil
        return gate(
            "FRR table",
            on: .bgp,
            visibility,
            isOpen: isThere && sight.obstacle == nil,
            "\(what)\(form) (\(see))",
            isThere ? "\(what)\(form)\(obstacle)" : "no \(what) (\(see))"
        )
    }

    private func peersGate(_ track: Track, at address: IPAddress, _ now: Moment) -> GateStatus {
        let sight = track.sight
        let each = peers(for: address, of: track.speaker).map { peer in
            let kept = sight.lingering[peer.id].map {
                ", and may keep it for \(Reason.tenths($0 - now)) s (graceful restart)"
            }
            return "\(peerName(peer.id, of: track.speaker)) \(standing(of: peer, in: sight))"
                + (kept ?? "")
        }
        let rest = each.isEmpty ? "no peer has its family activated" : each.joined(separator: ", ")
        return gate(
            "peers",
            on: .bgp,
            visibility(ofSpeaker: track.speaker),
            isOpen: sight.sentTo.count >= intent.bgp.minimumPeers,
            rest,
            "\(rest); needs \(intent.bgp.minimumPeers)"
        )
    }

    /// What is known of one peer and one route.
    private func standing(of peer: Peer, in sight: Sight) -> String {
        guard sight.sentTo.contains(peer.id) else {
            let known = sight.withheld[peer.id] ?? peer.obstacle
            let why = known.map { " (\($0.code) \($0.summary))" } ?? ""
            return peer.isEstablished ? "is not sent it\(why)" : "is \(peer.state)\(why)"
        }
        guard let form = sight.sentForms[peer.id] else { return "is sent it" }
        return form == Announcement() ? "is sent it" : "is sent it \(form)"
    }
}

extension VIP {
    /// When it is announced, as an operator would say it.
    var conditionText: String {
        guard services.contains(where: { !$0.gates }) else { return condition.rawValue }
        let names = services.filter(\.gates).map(\.name.text).sorted().joined(separator: ", ")
        return condition == .allServices ? "all of \(names)" : "any of \(names)"
    }
}

extension ServiceStanding {
    /// Its quorum in numbers.
    var reckoning: String {
        let weight = "weight \(live) of \(configured) lives"
        switch counted.unit {
        case .weight: return "\(weight), needs \(needed)"
        case .servers:
            return "\(counted.live) of \(counted.configured) servers live (\(weight)), needs "
                + "\(needed) servers"
        }
    }
}

extension ServerQuorumStatus {
    /// That of a service whose quorum counts servers.
    init?(_ standing: ServiceStanding) {
        guard standing.counted.unit == .servers else { return nil }
        self.init(
            live: standing.counted.live,
            configured: standing.counted.configured,
            needed: standing.needed
        )
    }
}

extension HealthMachine {
    /// The opinion in a word, with the streak that may change it: `going-down 2/3`.
    package var label: String {
        switch isUp {
        case nil: streakCount > 0 && streakPassed ? "going-up \(streakCount)/\(rise)" : "unknown"
        case true?: streakCount > 0 && !streakPassed ? "going-down \(streakCount)/\(fall)" : "up"
        case false?: streakCount > 0 && streakPassed ? "going-up \(streakCount)/\(rise)" : "down"
        }
    }
}

extension Reason {
    /// What to do next, where that is known.
    package var fix: String {
        switch self {
        case .notConfigured, .notChecked, .holdUp, .loading, .unseen, .addressMissing,
            .servicesMissing:
            ""
        case .drainFileUnknown: "have drain.file where it can be looked at, or wait"
        case .suspect: "look at this director's own uplink"
        case .damped: "look at the checks of its real servers; advertise.damping: off"
        case .contested: Fault.contested(.usual).fix
        case .drained: "penstock undrain"
        case .vipDrained: "penstock undrain VIP"
        case .noQuorum: "look at the checks of its real servers"
        case .blind(_, let fault), .refused(let fault): fault.fix
        case .selfCheck: "look at its self-check in `penstock explain`; advertise.self-check: false"
        case .settingsWrong: "set ipvs.sysctl: apply, or set them where the container is configured"
        }
    }
}
