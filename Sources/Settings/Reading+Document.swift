import Core
import Net

// The document as a whole: every section in an order in which each finds what it refers to.

extension Reading {
    /// Reads the document; `nil` when something that cannot be done without is missing.
    ///
    /// The result stands only if no error was recorded.
    mutating func document(
        _ root: YAMLNode,
        hostName: String
    ) -> (intent: Intent, control: ControlSettings)? {
        guard speaksOurVersion(root), let fields = fields(root, of: .root) else { return nil }
        _ = required("version", of: fields, what: "the configuration").flatMap {
            text($0, "version")
        }
        let node = node(fields["node"], hostName: hostName)
        let control = control(fields["control"])
        let bgp = required("bgp", of: fields, what: "the configuration").flatMap { self.bgp($0) }
        let ipvs = ipvs(fields["ipvs"])
        let drain = drain(fields["drain"])
        var checks = checks(fields["checks"])
        checks.areKnown = !fields.spoiled.contains("checks")
        let canaries = canaries(fields["canaries"], &checks)
        let brake = brake(fields["brake"], hasCanaries: !canaries.isEmpty)
        let pools = pools(fields["pools"], &checks)
        judge(drain, at: fields.place(of: "drain"), bgp)
        var context = ServiceContext(
            // Prefixes that could not all be read say nothing about which VIPs lie outside of them.
            owned: bgp?.areOwnedKnown == true ? bgp?.policy.ownedPrefixes ?? [] : [],
            routing: RoutingContext(bgp, drain),
            defaults: ipvs.defaults,
            checks: checks,
            pools: pools,
            knowsPools: !fields.spoiled.contains("pools")
        )
        guard let list = required("vips", of: fields, what: "the configuration") else { return nil }
        let vips = vips(list, &context)
        judge(context)
        judge(
            canaries,
            vips: context.addresses,
            pools.values.flatMap(\.backends) + context.inline
        )
        judgeCheckPaths(of: vips, ipvs.policy.checkMarks, context)
        guard let bgp else { return nil }
        let intent = Intent(
            node: node,
            bgp: bgp.policy,
            ipvs: ipvs.policy,
            drain: drain,
            brake: brake,
            canaries: canaries.map(\.canary),
            vips: vips
        )
        return (intent, control)
    }

    /// Looks at what can be said only once everything has been read.
    ///
    /// What is unused is a warning: a pool may be kept for the day its servers return, and an
    /// operator in a hurry must be able to take the last service away from it.
    private mutating func judge(_ context: ServiceContext) {
        let pools = context.pools.sorted { $0.value.span < $1.value.span }
        for (name, pool) in pools {
            if let slowStart = pool.slowStart, let scheduler = pool.obstacle {
                refuse(slowStart, with: scheduler)
            }
            if !pool.isUsed {
                let shown = name.ticked
                warn(.unused, at: pool.span, "no service uses the pool \(shown)")
            }
        }
        for check in context.checks.named.values.sorted(by: { $0.span < $1.span })
        where !check.isUsed {
            warn(.unused, at: check.span, "nothing uses the check `\(check.check.name)`")
        }
        for backend in pools.flatMap(\.value.backends) + context.inline {
            guard let vip = context.addresses[backend.address] else { continue }
            refuse(
                .backendIsVIP,
                at: backend.span,
                "the backend \(backend.address) is the VIP at \(source.place(of: vip))",
                help: "name the server's own address; a director would send the packets to itself"
            )
        }
    }
}
