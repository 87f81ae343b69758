import Core

// `route-changes`, `repairs` and `damping`: how many changes routers are given, and how a VIP that
// does not come to rest is held back.

extension Reading {
    /// Reads `bgp.route-changes`.
    mutating func routeChanges(_ node: YAMLNode?) -> RouteChangePolicy? {
        guard let node, let fields = fields(node, of: .routeChanges) else { return nil }
        var policy = RouteChangePolicy()
        let key = "bgp.route-changes."
        let range = 1...Limits.routeChanges
        if let rate = number(fields["per-second"], key + "per-second", range) {
            policy.perSecond = rate
        }
        if let burst = number(fields["burst"], key + "burst", range) { policy.burst = burst }
        return policy
    }

    /// Reads `bgp.repairs`.
    mutating func repairs(_ node: YAMLNode?) -> RepairPolicy? {
        guard let node, let fields = fields(node, of: .repairs) else { return nil }
        var policy = RepairPolicy.usual
        let key = "bgp.repairs."
        if let most = number(fields["at-most"], key + "at-most", 1...Limits.repairs) {
            policy.atMost = most
        }
        let range = Limits.auditEvery...Limits.duration
        if let within = duration(fields["within"], key + "within", range) {
            policy.within = within
        }
        return policy
    }

    /// Reads `on` or `off`; `nil` for anything else, which is refused.
    mutating func onOrOff<Policy>(
        _ node: YAMLNode,
        _ key: String,
        usual: Policy
    ) -> Policy?? {
        guard let text = text(node, key) else { return nil }
        switch text {
        case "on": return .some(usual)
        case "off": return .some(nil)
        default:
            refuse(word: text, at: node.span, key, allowed: ["on", "off"])
            return nil
        }
    }

    /// Reads `damping` of a VIP or of a service: `on`, `off`, or its numbers; `nil` for what is not
    /// said.
    mutating func damping(_ node: YAMLNode?) -> DampingPolicy?? {
        guard let node else { return nil }
        guard case .map = node.content else { return onOrOff(node, "damping", usual: .usual) }
        guard let fields = fields(node, of: .damping) else { return nil }
        var policy = DampingPolicy.usual
        let range = Limits.auditEvery...Limits.duration
        if let life = duration(fields["half-life"], "damping.half-life", range) {
            policy.halfLife = life
        }
        if let longest = duration(fields["longest"], "damping.longest", range) {
            policy.longest = longest
        }
        if let number = number(fields["suppress"], "damping.suppress", 1...Limits.penalty) {
            policy.suppress = Double(number)
        }
        if let number = number(fields["reuse"], "damping.reuse", 1...Limits.penalty) {
            policy.reuse = Double(number)
        }
        if policy.reuse >= policy.suppress {
            refuse(
                .damping,
                at: (fields["reuse"] ?? fields["suppress"] ?? node).span,
                "`reuse` (\(Int(policy.reuse))) must be below `suppress` "
                    + "(\(Int(policy.suppress))), or what is held back would return at once"
            )
        } else if policy.ceiling < policy.suppress {
            refuse(
                .damping,
                at: (fields["longest"] ?? fields["half-life"] ?? node).span,
                "no penalty reaches `suppress` (\(Int(policy.suppress))): after `longest` "
                    + "(\(policy.longest.written)) it would not be below `reuse`",
                help: "a longer `longest`, a shorter `half-life`, or `damping: off`"
            )
        }
        return .some(policy)
    }
}
