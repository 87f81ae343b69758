import Core
import Net

// `services` of a VIP: ports, with the real servers behind them.
//
// A service is where the parts of the file meet, so most of what cannot work together shows here.
// It is read in two steps, because a pool's servers are known long before anyone knows the port
// they are to be reached at: first what the service says, then whether its servers fit that.

/// What the rest of the file has said by the time a service is read.
struct ServiceContext {
    /// The prefixes that VIPs must lie in; empty when they could not be read.
    let owned: [Prefix]
    /// What VIPs may say about their routes.
    let routing: RoutingContext
    /// What a service takes over unless it says otherwise.
    let defaults: ServiceDefaults
    /// The checks by name.
    var checks: Checks
    /// The pools by name.
    var pools: [String: PoolDraft]
    /// Whether the section of pools could be found, so that a missing name is missing.
    let knowsPools: Bool
    /// The VIPs so far, with their places.
    var addresses: [IPAddress: Span] = [:]
    /// Real servers that are written inside a service.
    var inline: [BackendDraft] = []
    /// Real servers of all services together.
    var backendCount = 0
    /// Whether there were more than are taken; services after that are not looked at, because
    /// few lines can ask for thousands of uses of a pool of thousands.
    var isFull = false
}

/// One service while it is read: what is known of it, and what it belongs to.
private struct ServiceDraft {
    var id: ServiceID?
    var vip: IPAddress?
    var forwarding: Forwarding
    var backends: [BackendDraft] = []
    var checks = CheckListDraft()
    var slowStart: Duration?
    /// Whether every real server could be read, so that their weight is known.
    var isComplete = false
    /// Where `pool` stands, when the real servers are those of a pool.
    var poolSpan: Span?
}

extension Reading {
    /// Reads the services of the VIP at `address`, at least one, and one that gates.
    mutating func services(
        _ node: YAMLNode,
        of address: IPAddress?,
        _ context: inout ServiceContext
    ) -> [VirtualService] {
        let limit = Limits.servicesPerVIP
        guard let items = items(node, what: "`services`", limit: limit) else { return [] }
        if items.isEmpty {
            refuse(.missing, at: node.span, "`services` is empty, so there is nothing to serve")
        }
        // A name is a part of metrics and commands, a listen the key of the kernel's table.
        var names: [Name: Span] = [:]
        var ids: [ServiceID: Span] = [:]
        var result: [VirtualService] = []
        for item in items {
            guard !context.isFull, let fields = fields(item, of: .service) else { continue }
            let nameNode = required("name", of: fields, what: "a service")
            let name = uniqueName(nameNode, "service of this VIP", among: &names)
            let id = uniqueListen(fields, &ids)
            if let service = service(fields, name, id, address, &context) { result.append(service) }
        }
        // Services that could not be read might be the ones that gate.
        if result.count == items.count, !result.isEmpty, !result.contains(where: \.gates) {
            refuse(
                .nothingGates,
                at: node.span,
                "no service of this VIP decides about its announcement",
                help: "remove `gate: false` from at least one"
            )
        }
        return result
    }

    private mutating func uniqueListen(
        _ fields: Fields,
        _ ids: inout [ServiceID: Span]
    ) -> ServiceID? {
        guard let node = required("listen", of: fields, what: "a service"),
            let text = text(node, "listen")
        else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let number = Digits.number(parts[0]),
            (1...65_535).contains(number), let transport = TransportProtocol(name: parts[1])
        else {
            refuse(
                .text,
                at: node.span,
                "`listen` cannot be \(text.ticked)",
                help: "write PORT/PROTOCOL with a port of 1-65535 and tcp, udp or sctp: 443/tcp"
            )
            return nil
        }
        let id = ServiceID(transport, Port(UInt16(truncatingIfNeeded: number)))
        if let other = ids[id] {
            let place = source.place(of: other)
            refuse(
                .duplicateListen,
                at: node.span,
                "another service of this VIP listens on \(id) at \(place)"
            )
        }
        ids[id] = ids[id] ?? node.span
        return id
    }

    private mutating func service(
        _ fields: Fields,
        _ name: Name?,
        _ id: ServiceID?,
        _ address: IPAddress?,
        _ context: inout ServiceContext
    ) -> VirtualService? {
        let forwarding = word(fields["forward"], "forward", as: Forwarding.self)
        let scheduling = scheduling(fields, listen: id, defaults: context.defaults.scheduling)
        let gates = flag(fields["gate"], "gate")
        var draft = ServiceDraft(
            id: id,
            vip: address,
            forwarding: forwarding ?? context.defaults.forwarding
        )
        let hasSourceNAT = sourceNAT(fields, draft.forwarding, scheduling, context.defaults)
        resolve(fields, scheduling.scheduler, &draft, &context)
        judge(draft, &context)
        judgeCheckPaths(draft.checks, draft.forwarding, at: draft.poolSpan)
        let known = draft.isComplete ? draft.backends : nil
        let quorum = fields["quorum"].flatMap { self.quorum($0, over: known) }
        let minHealthy = fields["min-healthy"].flatMap { self.minHealthy($0, over: known) }
        guard let name, let id else { return nil }
        return VirtualService(
            name: name,
            id: id,
            scheduling: scheduling,
            forwarding: draft.forwarding,
            hasSourceNAT: hasSourceNAT,
            quorum: quorum ?? Quorum(),
            minHealthy: minHealthy,
            gates: gates ?? true,
            slowStart: draft.slowStart,
            damping: damping(fields["damping"]) ?? nil,
            outliers: outliers(fields["outliers"]),
            checks: draft.checks.checks,
            passing: draft.checks.passing,
            backends: draft.backends.map { $0.backend(port: id.port) }
        )
    }

    /// Finds the real servers and the checks of a service, its own or its pool's.
    private mutating func resolve(
        _ fields: Fields,
        _ scheduler: Scheduling.Scheduler,
        _ draft: inout ServiceDraft,
        _ context: inout ServiceContext
    ) {
        let ownSlowStart = slowStart(fields)
        if let ownSlowStart { refuse(ownSlowStart, with: scheduler) }
        draft.slowStart = ownSlowStart?.duration
        let ownChecks = fields["checks"].map { checkList($0, &context.checks) }
        draft.checks = ownChecks ?? CheckListDraft()
        switch (fields["pool"], fields["backends"]) {
        case (let pool?, nil):
            guard let name = text(pool, "pool") else { return }
            guard let found = context.pools[name] else {
                guard context.knowsPools else { return }
                refuse(
                    reference: name,
                    at: pool.span,
                    what: "pool",
                    known: Array(context.pools.keys)
                )
                return
            }
            context.pools[name]?.isUsed = true
            if ownSlowStart == nil {
                draft.slowStart = found.slowStart?.duration
                if scheduler.obstacleToRamps != nil, found.obstacle == nil {
                    context.pools[name]?.obstacle = scheduler
                }
            }
            draft.poolSpan = pool.span
            draft.backends = found.backends
            draft.isComplete = found.isComplete
            draft.checks = ownChecks ?? found.checks
        case (nil, let list?):
            let before = errorCount
            draft.backends = backends(list)
            draft.isComplete = errorCount == before
            context.inline += draft.backends
        case (.some, .some):
            refuse(
                .together,
                at: fields.place(of: "backends"),
                "a service has a `pool` or `backends` of its own, not both"
            )
            return
        case (nil, nil):
            let isNamed = fields.spoiled.contains("pool") || fields.spoiled.contains("backends")
            guard !isNamed else { return }
            refuse(.missing, at: fields.span, "a service has no `backends` and no `pool`")
            return
        }
        let isUnchecked = ownChecks == nil || fields["checks"]?.isEmptyList == true
        judge(draft.checks.checks, isSilent: !isUnchecked, of: fields)
    }

    /// Warns where no check takes a server of a service out of use.
    private mutating func judge(_ checks: [NamedCheck], isSilent: Bool, of fields: Fields) {
        if checks.isEmpty, !isSilent {
            warn(
                .noChecks,
                at: fields.span,
                "no check looks at the backends of this service; they count as up",
                help: "add `checks` to the service or to its pool"
            )
        }
        guard !checks.isEmpty, !checks.contains(where: \.isEnforced) else { return }
        warn(
            .noChecks,
            at: fields.place(of: "checks"),
            "every check of this service is only observed; its backends count as up",
            help: "add one with `mode: enforce`"
        )
    }
}

extension YAMLNode {
    fileprivate var isEmptyList: Bool {
        guard case .list(let items) = content else { return false }
        return items.isEmpty
    }
}

// MARK: - Real servers that do not fit

extension Reading {
    private mutating func judge(_ draft: ServiceDraft, _ context: inout ServiceContext) {
        context.backendCount += draft.backends.count
        if !context.isFull, context.backendCount > Limits.backends, let first = draft.backends.first
        {
            context.isFull = true
            refuse(
                .limit,
                at: draft.poolSpan ?? first.span,
                "all services together have more than \(Limits.backends) backends"
            )
        }
        // The kernel mixes families in tunnels only (`ip_vs_genl_set_cmd` in `ip_vs_ctl.c`), and
        // a backend that one forwarding method takes and the others do not is a trap.
        if let vip = draft.vip {
            let strangers = draft.backends.filter { $0.address.family != vip.family }
            refuse(.family, strangers, draft, help: "give each address family a VIP of its own") {
                "VIP \(vip) is IP\(vip.family), the backend \($0) is not"
            }
        }
        guard let id = draft.id else { return }
        if draft.forwarding.keepsPort {
            let strays = draft.backends.filter { $0.port != nil && $0.port != id.port }
            let help = "give the backend the port \(id.port), or the service `forward: nat`"
            refuse(.otherPort, strays, draft, help: help) {
                "`forward: \(draft.forwarding.rawValue)` keeps the port \(id.port) of a packet, "
                    + "the backend \($0) listens elsewhere"
            }
        }
        // `10.0.0.1` and `10.0.0.1:443` are one and the same behind 443/tcp.
        var seen: [Endpoint: Span] = [:]
        for backend in draft.backends {
            let endpoint = backend.backend(port: id.port).endpoint
            if let other = seen[endpoint] {
                let place = source.place(of: other)
                refuse(.duplicateBackend, [backend], draft) { _ in
                    "the backend \(endpoint) is already there at \(place)"
                }
            }
            seen[endpoint] = seen[endpoint] ?? backend.span
        }
    }

    /// Records what is wrong with `backends`: at each of them, or once where the pool is used.
    private mutating func refuse(
        _ code: Code,
        _ backends: [BackendDraft],
        _ draft: ServiceDraft,
        help: String = "",
        _ message: (String) -> String
    ) {
        guard let pool = draft.poolSpan else {
            for backend in backends {
                refuse(code, at: backend.span, message(backend.written), help: help)
            }
            return
        }
        // A pool can be right for one service and wrong for another, so the use is to blame.
        guard let first = backends.first else { return }
        let more = backends.count > 1 ? " (and \(backends.count - 1) more)" : ""
        let name = "\(first.written) at \(source.place(of: first.span))\(more)"
        refuse(code, at: pool, message(name), help: help)
    }
}
