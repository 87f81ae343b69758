import Net

// What an operator asks for, and the bookkeeping of what the configuration names.

extension Director {
    /// An operator asked for something.
    ///
    /// Asking for what is already so changes nothing.
    package mutating func asked(for command: Command, at now: Moment) {
        toldTime = now
        blameOperator(for: command)
        switch command {
        case .drain(let order):
            if order.source == .command { liftContention(order.scope, at: now) }
            take(order, at: now)
        case .undrain(let scope, let source):
            if source == .command { liftContention(scope, at: now) }
            end(drainOf: scope, wantedBy: source, at: now)
        case .order(let order): take(order, at: now)
        case .several(let commands): for command in commands { asked(for: command, at: now) }
        case .drainFileKnown: knowDrainFile()
        case .reload(let intent):
            liftContention(at: now)
            guard intent != self.intent else { return }
            if intent.bgp.routeChanges != self.intent.bgp.routeChanges {
                ration.budget = RouteBudget(intent.bgp.routeChanges)
            }
            self.intent = intent
            adopt(intent)
            blame(.config, for: Array(tracks.keys))
            commonCause = .config
            assumeHealth()
            for plane in PlaneName.allCases { lookNow(at: plane, now) }
            dirty.formUnion(tracks.keys)
            record(.node, "a new configuration is in force")
            reviewDrains(at: now)
            noteKeptDrains()
        }
    }

    /// Puts `intent` in force: tracks for its VIPs, opinions about its targets.
    ///
    /// What it no longer names stays tracked until nothing of it is left.
    mutating func adopt(_ intent: Intent) {
        overrides.forgetIdle(configured: intent.vips)
        let vips = overrides.applied(to: intent.vips)
        let configured = Dictionary(uniqueKeysWithValues: vips.map { ($0.address, $0) })
        for address in tracks.keys {
            tracks[address]?.vip = configured[address]
            tracks[address]?.forgetTurns()
            if let vip = configured[address] { tracks[address]?.move(to: vip.speaker) }
        }
        for vip in vips where tracks[vip.address] == nil {
            tracks[vip.address] = Track(vip: vip, speaker: vip.speaker, now: nodeSince)
            dirty.insert(vip.address)
        }
        for post in Self.posts(of: intent) where planes[post] == nil {
            planes[post] = PlaneState(nextLook: toldTime)
        }
        planes = planes.filter { Self.posts(of: intent).contains($0.key) }
        health.adopt(vips, intent.canaries)
        adoptCanaries(at: toldTime)
        forgetAgents()
        probePaths.adopt(Set(health.targets.compactMap(\.path)), range: intent.ipvs.checkMarks)
        targetsGeneration += 1
    }

    /// Begins to track an address that was found to be ours; everything about it is looked up.
    mutating func track(_ address: IPAddress, by speaker: Name, at now: Moment) {
        guard tracks[address] == nil else { return }
        tracks[address] = Track(vip: nil, speaker: speaker, now: now)
        dirty.insert(address)
        for plane in PlaneName.allCases { lookNow(at: plane, now) }
        record(.vip, level: .warning, address: address, "found and not configured: letting it go")
    }

    /// Takes over, for targets never judged, what the table says about their use.
    ///
    /// A restarted director does not begin by forgetting who was healthy, and a check that was
    /// edited does not begin by failing everybody. What has no weight may have been drained by
    /// an earlier configuration as well as failed, so nothing is assumed about it.
    mutating func assumeHealth() {
        guard planes[.ipvs]?.visibility == .seen else { return }
        for track in tracks.values {
            for service in track.vip?.services ?? [] {
                let seen = track.sight.slice.services[service.id]?.destinations ?? [:]
                // What has its weight back although it fails would pass for healthy.
                let standing = track.decision?.services.first { $0.id == service.id }
                guard service.minHealthy == nil, standing?.panic == nil else { continue }
                for backend in service.backends where backend.admin == .ready {
                    guard let weight = seen[backend.endpoint]?.weight, weight > 0 else { continue }
                    for named in service.checks {
                        health.foundInUse(service.target(of: named.check, for: backend))
                    }
                }
            }
        }
        dirty.formUnion(tracks.keys)
    }
}
