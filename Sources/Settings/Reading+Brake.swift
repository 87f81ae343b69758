import Core
import Net

// `brake` and `canaries`: what a director does when nearly everything fails at once, and by what it
// tells that it is itself to blame.

/// A canary with its place, for what only the whole file can say of it.
struct CanaryDraft {
    let canary: Canary
    let span: Span
}

extension Reading {
    /// Reads `brake`; without it there is one where there are canaries.
    mutating func brake(_ node: YAMLNode?, hasCanaries: Bool) -> BrakePolicy? {
        guard let node else { return hasCanaries ? BrakePolicy() : nil }
        var policy = BrakePolicy()
        guard let fields = fields(node, of: .brake) else { return nil }
        if let action = word(fields["policy"], "brake.policy", as: BrakePolicy.Action.self) {
            policy.action = action
        }
        if let node = fields["share"],
            let share = share(
                node,
                "brake.share",
                1...100,
                help: "it is the share of the targets heard of that must fail at once"
            )
        {
            policy.share = share
        }
        if let targets = number(fields["targets"], "brake.targets", 2...Limits.backends) {
            policy.targets = targets
        }
        if let within = duration(fields["within"], "brake.within", Limits.brake) {
            policy.within = within
        }
        if let most = duration(fields["at-most"], "brake.at-most", Limits.brake) {
            policy.atMost = most
        }
        return policy
    }

    /// Reads a share of everything, such as `50%`.
    mutating func share(
        _ node: YAMLNode,
        _ key: String,
        _ range: ClosedRange<Int>,
        help: String
    ) -> Int? {
        guard let text = text(node, key) else { return nil }
        guard text.hasSuffix("%"), let share = Digits.number(String(text.dropLast())),
            range.contains(share)
        else {
            refuse(
                .number,
                at: node.span,
                "`\(key)` must be \(range.lowerBound)% to \(range.upperBound)%, not "
                    + "\(text.ticked)",
                help: help
            )
            return nil
        }
        return share
    }

    /// Reads `canaries`.
    mutating func canaries(_ node: YAMLNode?, _ checks: inout Checks) -> [CanaryDraft] {
        guard let node, let items = items(node, what: "`canaries`", limit: Limits.canaries) else {
            return []
        }
        var names: [Name: Span] = [:]
        return items.compactMap { canary($0, &names, &checks) }
    }

    private mutating func canary(
        _ node: YAMLNode,
        _ names: inout [Name: Span],
        _ checks: inout Checks
    ) -> CanaryDraft? {
        guard let fields = fields(node, of: .canary) else { return nil }
        let nameNode = required("name", of: fields, what: "a canary")
        let name = uniqueName(nameNode, "canary", among: &names)
        let addressNode = required("address", of: fields, what: "a canary")
        let address = addressNode.flatMap { canaryAddress($0) }
        guard let checkNode = required("check", of: fields, what: "a canary") else { return nil }
        let named = listed(checkNode, &checks)
        guard let name, let addressNode, let address, let check = named?.check else { return nil }
        return target(of: check, at: address, checkNode).map {
            CanaryDraft(canary: Canary(name: name, target: $0), span: addressNode.span)
        }
    }

    private mutating func canaryAddress(_ node: YAMLNode) -> IPAddress? {
        guard let text = text(node, "address") else { return nil }
        do throws(ParseError) {
            let address = try IPAddress(parsing: text)
            if let reason = Self.unusable(address) {
                refuse(.unusableAddress, at: node.span, "a canary cannot be \(address), \(reason)")
                return nil
            }
            return address
        } catch {
            refuse(.notAddress, at: node.span, error.message)
            return nil
        }
    }

    private mutating func target(
        of check: Check,
        at address: IPAddress,
        _ node: YAMLNode
    ) -> ProbeTarget? {
        var isEcho = false
        if case .icmp = check.method { isEcho = true }
        guard isEcho || check.port != nil else {
            refuse(
                .missing,
                at: node.span,
                "the check of a canary has no `port`, and there is no service to take it from"
            )
            return nil
        }
        guard !check.method.isAgent else {
            refuse(.together, at: node.span, "an agent speaks for one server, and is no canary")
            return nil
        }
        guard check.mode == .enforce else {
            refuse(.together, at: node.span, "a canary whose check is only observed says nothing")
            return nil
        }
        // An echo has no port; it is the same for every echo.
        let port = check.port ?? Port(0)
        return ProbeTarget(endpoint: Endpoint(address, port), check: check)
    }

    /// Refuses canaries that are VIPs or real servers.
    mutating func judge(
        _ canaries: [CanaryDraft],
        vips: [IPAddress: Span],
        _ backends: [BackendDraft]
    ) {
        guard !canaries.isEmpty else { return }
        let servers = Dictionary(backends.map { ($0.address, $0.span) }) { first, _ in first }
        for draft in canaries {
            let address = draft.canary.target.endpoint.address
            let help = "name the gateway, or a host that is there whatever becomes of the servers"
            if let vip = vips[address] {
                let place = source.place(of: vip)
                let message = "the canary \(address) is the VIP at \(place)"
                refuse(.canary, at: draft.span, message, help: help)
            } else if let server = servers[address] {
                let place = source.place(of: server)
                let message = "the canary \(address) is the backend at \(place)"
                refuse(.canary, at: draft.span, message, help: help)
            }
        }
    }
}
