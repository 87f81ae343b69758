package import Net

// Whether a hand-over may begin.

extension Director {
    /// The hand-over from `from` to `to` that would begin at `now`.
    ///
    /// - Throws: `D430`, saying which of its conditions does not hold.
    package func handover(
        in key: ServiceKey,
        from: Endpoint,
        to: Endpoint,
        over: Duration,
        mandate: Mandate,
        at now: Moment
    ) throws(Fault) -> Handover {
        guard let service = effectiveService(key) else {
            throw .noHandover(from, to, because: "there is no service \(key)")
        }
        if let obstacle = service.scheduling.scheduler.obstacleToRamps {
            throw .noHandover(
                from,
                to,
                because: "the scheduler is \(service.scheduling.scheduler.rawValue): \(obstacle)",
                fix: "backend ready \(to), then backend drain \(from); or one of "
                    + Scheduling.Scheduler.ramping
            )
        }
        guard let giver = service.backends.first(where: { $0.endpoint == from }),
            let taker = service.backends.first(where: { $0.endpoint == to }), from != to
        else {
            throw .noHandover(from, to, because: "they are not two real servers of \(key)")
        }
        guard Handover.limits.contains(over) else {
            throw .noHandover(from, to, because: "it takes 10s to 24h, not \(over)")
        }
        guard giver.admin == .ready else {
            throw .noHandover(from, to, because: "\(from) is \(giver.admin.rawValue) already")
        }
        let configured = intent.vips.backend(BackendKey(key, to))?.weight ?? 0
        guard configured > 0 else {
            throw .noHandover(from, to, because: "\(to) has weight 0 in the configuration")
        }
        // One in maintenance is not checked, so nothing is known of it.
        guard service.health(of: taker, isUp: { health[$0]?.isUp }) == true,
            taker.admin != .maint
        else {
            throw .noHandover(
                from,
                to,
                because: "\(to) is not known to be up",
                fix: taker.admin == .maint
                    ? "backend drain \(to): it is checked then; hand over once it is up"
                    : "look at its checks: penstock status -o wide"
            )
        }
        let seen = tracks[key.address]?.sight.slice.services[key.id]?.destinations[to]?.weight ?? 0
        return Handover(
            service: key,
            from: from,
            to: to,
            over: over,
            began: now,
            raises: taker.admin != .ready || seen == 0,
            mandate: mandate
        )
    }
}

extension Fault {
    fileprivate static func noHandover(
        _ from: Endpoint,
        _ to: Endpoint,
        because: String,
        fix: String = ""
    ) -> Fault {
        Fault(
            code: "D430",
            summary: "cannot hand over from \(from) to \(to)",
            because: because,
            fix: fix
        )
    }
}
