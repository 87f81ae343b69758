// A few figures that are cheap to ask for after every turn.

extension Director {
    /// How many VIPs are seen advertised, of how many configured.
    package var advertised: (count: Int, of: Int) {
        (tracks.values.count { $0.state == .advertised }, intent.vips.count)
    }

    /// How many peers are established.
    package var establishedPeers: Int { allPeers.count { $0.isEstablished } }

    /// What the director is doing, in a word.
    package var nodeWord: String {
        switch node {
        case .active: isSettledIn ? "active" : "starting"
        case .draining: "draining"
        case .drained: "drained"
        }
    }

    /// What putting `intent` in force would change in the end, and which VIPs it would announce or
    /// withhold that stand otherwise now, and whose tables will be other ones.
    ///
    /// The order in which it would happen, and how long it would wait for traffic to end, is not
    /// part of it.
    package func prospect(
        of intent: Intent,
        at now: Moment
    ) -> (
        changes: [Change], turning: [Name], shifts: [TableShift]
    ) {
        var future = self
        future.asked(for: .reload(intent), at: now)
        let scene = future.scene
        for address in future.tracks.keys { future.decide(about: address, in: scene, at: now) }
        var changes: [Change] = []
        var turning: [Name] = []
        var shifts: [TableShift] = []
        for (address, track) in future.tracks.sorted(by: { $0.key < $1.key }) {
            let goal = track.goal
            var slice = track.sight.slice
            // What is to be done, and then the order of destinations.
            for _ in 0..<2 {
                let steps = slice.changes(to: goal, at: address, by: track.speaker) {
                    id,
                    endpoint in
                    goal.services[id]?.destinations[endpoint]?.weight ?? 0
                }
                for step in steps { slice.apply(step, by: track.speaker) }
                changes += steps
            }
            shifts += track.shifts(to: goal, from: tracks[address]?.vip)
            let before = tracks[address]?.decision?.verdict == .announce
            let after = track.decision?.verdict == .announce
            if let name = (track.vip ?? tracks[address]?.vip)?.name, before != after {
                turning.append(name)
            }
        }
        return (changes, turning.sorted(), shifts)
    }
}

extension Track {
    /// What is wanted once everything that leaves has left.
    fileprivate var goal: Slice {
        guard let vip, var goal = decision?.wanted else { return .empty }
        let services = Dictionary(uniqueKeysWithValues: vip.services.map { ($0.id, $0) })
        goal.services = goal.services.filter { services[$0.key] != nil }
        for (id, service) in services {
            // Order may keep a service out for now; in the end it is there, its servers with the
            // weight that their checks allow by then.
            var slice = goal.services[id] ?? ServiceSlice(scheduling: service.scheduling)
            let configured = Set(service.backends.map(\.endpoint))
            slice.destinations = slice.destinations.filter { configured.contains($0.key) }
            for backend in service.backends where slice.destinations[backend.endpoint] == nil {
                slice.destinations[backend.endpoint] = DestinationSlice(
                    forwarding: service.forwarding,
                    weight: 0
                )
            }
            slice.destinations = DestinationList(ascending: slice.destinations)
            goal.services[id] = slice
        }
        return goal
    }
}
