import Core
import Net

// How a service spreads flows, and how much of it must live.
//
// Both are what directors of one fabric must agree on: with other flags they send one flow to
// different servers, with other watermarks they announce an address at different times.

extension Reading {
    /// Reads `scheduler` and `flags` of a service, or of the defaults of all.
    ///
    /// The flags of the defaults belong to their scheduler: a service with another one starts
    /// without flags, or `scheduler: wrr` would need a `flags: []` beside it everywhere.
    mutating func scheduling(
        _ fields: Fields,
        listen: ServiceID?,
        defaults: Scheduling,
        isDefaults: Bool = false
    ) -> Scheduling {
        var result = defaults
        if let node = fields["scheduler"],
            let scheduler = word(node, "scheduler", as: Scheduling.Scheduler.self),
            scheduler != defaults.scheduler
        {
            // Without `mh-port` and `mh-fallback` directors would disagree about a flow.
            result = scheduler == .mh ? Scheduling() : Scheduling(scheduler: scheduler, flags: [])
        }
        guard let node = fields["flags"],
            let items = items(node, what: "`flags`", limit: Scheduling.Flag.allCases.count)
        else { return result }
        result.flags = []
        for item in items {
            guard let flag = word(item, "flags", as: Scheduling.Flag.self) else { continue }
            if let owner = flag.scheduler, owner != result.scheduler {
                refuse(
                    .foreignFlag,
                    at: item.span,
                    "the flag `\(flag.rawValue)` belongs to the scheduler `\(owner.rawValue)`, "
                        + "not to `\(result.scheduler.rawValue)`"
                )
            }
            if flag == .onePacket, isDefaults || listen.map({ $0.transport != .udp }) == true {
                let subject = listen.map { "\($0)" } ?? "the defaults of all services"
                refuse(
                    .onePacket,
                    at: item.span,
                    "the flag `ops` is for udp services, not for \(subject)",
                    help: "it schedules every packet anew, which would tear a connection apart"
                )
            }
            result.flags.insert(flag)
        }
        return result
    }

    /// Reads `quorum` of a service with these real servers; `nil` when not all could be read.
    mutating func quorum(_ node: YAMLNode, over backends: [BackendDraft]?) -> Quorum? {
        guard let fields = fields(node, of: .quorum) else { return nil }
        guard let upNode = required("up", of: fields, what: "`quorum`"),
            let up = threshold(upNode, "quorum.up")
        else {
            _ = fields["down"].flatMap { threshold($0, "quorum.down") }
            return nil
        }
        // Without a gap of its own a service goes down where it came up.
        var down = up
        if let node = fields["down"] {
            guard let threshold = threshold(node, "quorum.down") else { return nil }
            down = threshold
        }
        guard let backends, !backends.isEmpty else { return nil }
        guard up.unit == down.unit else {
            refuse(
                .quorumOrder,
                at: (fields["down"] ?? upNode).span,
                "quorum.down (\(down.written)) and quorum.up (\(up.written)) count different "
                    + "things",
                help: "count servers in both, or weight in both"
            )
            return nil
        }
        let unit = up.unit
        let all = backends.reduce(0) { $0 + unit.amount(of: $1.weight) }
        let ready = backends.reduce(0) {
            $0 + ($1.admin == .ready ? unit.amount(of: $1.weight) : 0)
        }
        // Shares are compared as shares; unlike units by what they come to here.
        let isUpsideDown =
            switch (up, down) {
            case (.weight(let up), .weight(let down)), (.percent(let up), .percent(let down)),
                (.servers(let up), .servers(let down)):
                down > up
            default: down.least(ofConfigured: ready) > up.least(ofConfigured: ready)
            }
        if isUpsideDown {
            refuse(
                .quorumOrder,
                at: (fields["down"] ?? upNode).span,
                "quorum.down (\(down.written)) must not be above quorum.up (\(up.written))",
                help:
                    "a service comes up at `up` and goes down below `down`; the gap stops flapping"
            )
        }
        // All servers together are what the file can ever offer; those that are `ready` are what
        // it offers today, and draining one must not make a file invalid.
        if up.least(ofConfigured: all) > all {
            refuse(
                .quorumUnreachable,
                at: upNode.span,
                "quorum.up (\(up.written)) can never be met: all backends together "
                    + (unit == .weight ? "weigh \(all)" : "are \(all)")
            )
        } else if up.least(ofConfigured: ready) > ready {
            warn(
                .quorumDrained,
                at: upNode.span,
                "quorum.up (\(up.written)) is not met by the backends in state `ready`, "
                    + "which \(unit == .weight ? "weigh" : "are") \(ready): the service stays down"
            )
        }
        return Quorum(up: up, down: down)
    }

    /// Reads `min-healthy`, which all servers together must be able to reach.
    mutating func minHealthy(
        _ node: YAMLNode,
        over backends: [BackendDraft]?
    ) -> Quorum.Threshold? {
        guard let threshold = threshold(node, "min-healthy") else { return nil }
        guard let backends, !backends.isEmpty else { return threshold }
        let all = backends.reduce(0) { $0 + threshold.unit.amount(of: $1.weight) }
        if threshold.least(ofConfigured: all) > all {
            refuse(
                .quorumUnreachable,
                at: node.span,
                "min-healthy (\(threshold.written)) can never be met: all backends together "
                    + (threshold.unit == .weight ? "weigh \(all)" : "are \(all)"),
                help: "those that fail would have their weight back always"
            )
        }
        return threshold
    }

    /// Reads `outliers`: `on`, `off`, or its numbers.
    mutating func outliers(_ node: YAMLNode?) -> OutlierPolicy? {
        guard let node else { return nil }
        guard case .map = node.content else {
            return onOrOff(node, "outliers", usual: OutlierPolicy()) ?? nil
        }
        guard let fields = fields(node, of: .outliers) else { return nil }
        var policy = OutlierPolicy()
        if let times = number(fields["times"], "outliers.times", Limits.outlierTimes) {
            policy.times = times
        }
        let margins = Limits.outlierMargin...Limits.duration
        if let margin = duration(fields["margin"], "outliers.margin", margins) {
            policy.margin = margin
        }
        let help = "it is the share of the servers in state `ready` that may be out for it"
        if let node = fields["at-most"],
            let share = share(node, "outliers.at-most", Limits.outlierShare, help: help)
        {
            policy.atMost = share
        }
        let rests = Limits.auditEvery...Limits.duration
        if let rest = duration(fields["rest"], "outliers.rest", rests) { policy.rest = rest }
        return policy
    }

    /// Reads a watermark: a weight, a share of it, or a number of servers.
    mutating func threshold(_ node: YAMLNode, _ key: String) -> Quorum.Threshold? {
        guard let text = text(node, key) else { return nil }
        let help =
            "write a weight such as 2, a share of the configured weight such as 50%, or "
            + "`2 servers`"
        let units: [(suffix: String, make: (Int) -> Quorum.Threshold)] = [
            ("%", Quorum.Threshold.percent), (" servers", Quorum.Threshold.servers),
            (" server", Quorum.Threshold.servers), ("", Quorum.Threshold.weight),
        ]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Digits.number(String(text.dropLast(unit.suffix.count)))
        else {
            refuse(.number, at: node.span, "`\(key)` cannot be \(text.ticked)", help: help)
            return nil
        }
        guard number > 0 else {
            let reason = "a service with nothing alive would count as up"
            refuse(
                .quorumUnreachable,
                at: node.span,
                "`\(key)` cannot be \(text.ticked): \(reason)"
            )
            return nil
        }
        guard unit.suffix != "%" || number <= 100 else {
            let reason = "there is no more than 100%"
            refuse(
                .quorumUnreachable,
                at: node.span,
                "`\(key)` cannot be \(text.ticked): \(reason)"
            )
            return nil
        }
        return unit.make(number)
    }
}

extension Quorum.Threshold {
    /// This watermark as the file would say it.
    var written: String {
        switch self {
        case .weight(let weight): "\(weight)"
        case .percent(let percent): "\(percent)%"
        case .servers(let count): count == 1 ? "1 server" : "\(count) servers"
        }
    }
}
