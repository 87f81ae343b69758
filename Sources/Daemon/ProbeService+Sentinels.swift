import Core
import Logging
import Net

/// The sentinels of the service: their connections, and what an end of one leads to.
extension ProbeService {
    /// What the loop remembers of sentinels between two looks.
    struct SentinelRound {
        var sentinels: Sentinels
        /// What ends each connection.
        var lines: [Endpoint: @Sendable () -> Void] = [:]
        /// Why a probe of each target was summoned, until its results are in.
        var causes: [ProbeTarget: String] = [:]
        /// The ends since they were told, for one line about all of them.
        var calls: [(endpoint: Endpoint, end: SentinelEnd)] = []
        /// The servers of whom it has just become known that they close idle connections.
        var closers: [(endpoint: Endpoint, after: Duration)] = []
        /// After how long servers close idle connections, as it was told.
        var idleLimits: [Endpoint: Duration] = [:]
        var isCrowdTold = false
    }

    /// Word of one connection.
    struct SentinelWord: Sendable {
        let endpoint: Endpoint
        let serial: Int
        let news: SentinelNews
    }

    /// The most servers that one line names.
    private static var mostNamed: Int { 3 }

    /// A probe ended: what it says to the sentinel of its server, and that to it.
    func passOn(
        _ run: ProbeSchedule.Run,
        _ outcome: Outcome,
        _ round: inout Round,
        now: Moment
    ) -> Outcome {
        let target = run.target
        if target.check.hasSentinel {
            let orders = round.post.sentinels.probed(
                target,
                outcome,
                now: now,
                using: &round.generator
            )
            obey(orders, &round, now: now)
        }
        guard !round.post.causes.isEmpty else { return outcome }
        guard run.isSummoned, let cause = round.post.causes[target] else {
            round.post.causes[target] = nil
            return outcome
        }
        return outcome.adding("probed at once because \(cause)")
    }

    /// Takes what was heard of connections, and does what is due.
    func watch(_ words: [SentinelWord], _ round: inout Round, now: Moment) {
        for word in words {
            let orders = round.post.sentinels.heard(
                word.news,
                of: word.endpoint,
                serial: word.serial,
                now: now,
                using: &round.generator
            )
            obey(orders, &round, now: now)
        }
        obey(round.post.sentinels.due(now: now, using: &round.generator), &round, now: now)
        for (endpoint, sight) in round.post.sentinels.takeChanged() {
            if let limit = sight?.idleLimit, round.post.idleLimits[endpoint] == nil {
                round.post.closers.append((endpoint, limit))
            }
            round.post.idleLimits[endpoint] = sight?.idleLimit
            told(endpoint, sight)
        }
        tell(&round)
    }

    /// Does what is to be done about sentinels.
    func obey(_ orders: [Sentinels.Order], _ round: inout Round, now: Moment) {
        for order in orders {
            switch order {
            case .open(let endpoint, let serial, let timing):
                round.post.lines[endpoint] = open(endpoint, timing) { news in
                    self.hear(SentinelWord(endpoint: endpoint, serial: serial, news: news))
                }
            case .close(let endpoint, _):
                round.post.lines.removeValue(forKey: endpoint)?()
            case .probe(let targets, let end):
                for target in targets
                where round.schedule.summon(target, isSure: end.isServers, now: now) {
                    round.post.causes[target] = "the sentinel's connection ended: \(end)"
                }
                if let endpoint = targets.first?.endpoint {
                    round.post.calls.append((endpoint, end))
                }
            }
        }
    }

    /// The servers at these addresses are behind something that was lost: they are probed now, at
    /// the usual pace, for a path may be back in a moment.
    ///
    /// Only those that passed last: to a server that is gone, each probe makes its neighbour fail
    /// once more, and would ask for the next.
    func summon(_ cutOff: [IPAddress: String], _ round: inout Round, now: Moment) {
        var count = 0
        for target in round.schedule.scheduled {
            guard let cause = cutOff[target.host], round.schedule.hasPassed(target),
                round.schedule.summon(target, isSure: false, now: now)
            else { continue }
            round.post.causes[target] = cause
            count += 1
        }
        guard count > 0 else { return }
        let reasons = Set(cutOff.values).sorted().prefix(Self.mostNamed).joined(separator: ", ")
        logger.info(
            "the kernel tells of something lost; the servers behind it are probed now",
            metadata: ["checks": "\(count)", "lost": "\(reasons)"]
        )
    }

    /// This director suspects itself, or no longer does: whoever is concerned is asked anew, those
    /// that failed among them, and quickly until each has said one thing often enough.
    func recall(_ addresses: [IPAddress: String], _ round: inout Round, now: Moment) {
        for target in round.schedule.scheduled {
            guard let cause = addresses[target.host],
                round.schedule.summon(target, isSure: false, isAnew: true, now: now)
            else { continue }
            round.post.causes[target] = cause
        }
    }

    /// Ends all connections.
    func dismiss(_ round: inout Round) {
        for close in round.post.lines.values { close() }
        round.post.lines = [:]
    }

    /// One line for all that happened in a turn, however many servers it happened to.
    private func tell(_ round: inout Round) {
        let calls = round.post.calls
        if !calls.isEmpty {
            round.post.calls = []
            let names = calls.prefix(Self.mostNamed).map { "\($0.endpoint) \($0.end)" }
            logger.info(
                "connections of sentinels ended; their servers are probed now",
                metadata: [
                    "servers": "\(calls.count)", "first": "\(names.joined(separator: ", "))",
                ]
            )
        }
        let closers = round.post.closers
        if !closers.isEmpty {
            round.post.closers = []
            let names = closers.prefix(Self.mostNamed).map {
                "\($0.endpoint) after \(Double($0.after.nanoseconds / 1_000_000) / 1000) s"
            }
            logger.notice(
                "servers close connections that say nothing; such an end asks for no probe",
                metadata: [
                    "servers": "\(closers.count)", "first": "\(names.joined(separator: ", "))",
                ]
            )
        }
        guard round.post.sentinels.refusals > 0, !round.post.isCrowdTold else { return }
        round.post.isCrowdTold = true
        logger.warning(
            "some servers are checked without a sentinel; raise LimitNOFILE= of the service",
            metadata: ["at-most": "\(round.post.sentinels.limit)"]
        )
    }
}
