import Core
import Net

// `vips`: the addresses that are announced.
//
// This is the part of the file that can hurt others: an address announced by mistake draws the
// traffic of whoever owns it. So an address is compared with the owned prefixes even when other
// things about the VIP are wrong already.

extension Reading {
    /// Reads `vips`, at least one.
    mutating func vips(_ node: YAMLNode, _ context: inout ServiceContext) -> [VIP] {
        guard let items = items(node, what: "`vips`", limit: Limits.vips) else { return [] }
        if items.isEmpty {
            refuse(
                .missing,
                at: node.span,
                "`vips` is empty, so there is nothing to announce",
                help: "to take this director out of service, drain it: penstock drain"
            )
        }
        var names: [Name: Span] = [:]
        var result: [VIP] = []
        for item in items {
            guard let vip = vip(item, &names, &context) else { continue }
            result.append(vip)
        }
        return result
    }

    private mutating func vip(
        _ node: YAMLNode,
        _ names: inout [Name: Span],
        _ context: inout ServiceContext
    ) -> VIP? {
        guard let fields = fields(node, of: .vip) else { return nil }
        let nameNode = required("name", of: fields, what: "a VIP")
        let name = uniqueName(nameNode, "VIP", among: &names)
        let addressNode = required("address", of: fields, what: "a VIP")
        let address = addressNode.flatMap { vipAddress($0) }
        var target: IPAddress?
        if let address, let addressNode, judge(address, at: addressNode.span, &context) {
            target = address
        }
        let advertise = self.advertise(fields["advertise"], context.routing)
        guard let list = required("services", of: fields, what: "a VIP") else { return nil }
        var services = self.services(list, of: target, &context)
        let areAllRead = (fields["services"]?.content).map { content in
            if case .list(let items) = content { items.count == services.count } else { false }
        }
        if areAllRead == true { decide(by: advertise, &services) }
        guard let name, let address, !services.isEmpty else { return nil }
        var vip = VIP(name: name, address: address, services: services)
        judge(advertise, services: services)
        vip.condition = advertise.condition ?? vip.condition
        vip.holdUp = advertise.holdUp ?? vip.holdUp
        vip.holdDown = advertise.holdDown ?? vip.holdDown
        if let damping = advertise.damping { vip.damping = damping }
        vip.hasSelfCheck = advertise.hasSelfCheck
        judgeSelfCheck(of: vip, at: advertise.selfCheckSpan)
        vip.speaker = advertise.speaker ?? context.routing.speakers.first?.name ?? vip.speaker
        vip.attributes = advertise.attributes
        vip.bandwidth = advertise.bandwidth
        return vip
    }

    /// Reads a VIP's address: one host, whether or not its prefix length is said.
    private mutating func vipAddress(_ node: YAMLNode) -> IPAddress? {
        guard let text = text(node, "address") else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        do throws(ParseError) {
            let address = try IPAddress(parsing: parts.first.map(String.init) ?? "")
            let length = address.family.bitWidth
            guard parts.count == 1 || parts[1] == "\(length)" else {
                refuse(
                    .notHost,
                    at: node.span,
                    "a VIP is one address, not \(text.ticked)",
                    help: "write \(address), which is announced as \(address)/\(length)"
                )
                return nil
            }
            return address
        } catch {
            refuse(.notAddress, at: node.span, "\(text.shown) \(error.reason.harmless)")
            return nil
        }
    }

    /// Refuses an address that cannot be announced or that another VIP has.
    ///
    /// False when the address itself is at fault, and says nothing about backends.
    private mutating func judge(
        _ address: IPAddress,
        at span: Span,
        _ context: inout ServiceContext
    ) -> Bool {
        if let other = context.addresses[address] {
            let place = source.place(of: other)
            refuse(.duplicateVIP, at: span, "VIP \(address) is already used at \(place)")
        }
        // The first place keeps the address, so that every later one names the same.
        context.addresses[address] = context.addresses[address] ?? span
        if let reason = Self.unusable(address) {
            refuse(.unusableAddress, at: span, "a VIP cannot be \(address), \(reason)")
            return false
        }
        if !context.owned.isEmpty, !context.owned.contains(where: { $0.contains(address) }) {
            let owned = context.owned.prefix(10).map { "\($0)" }.joined(separator: ", ")
            refuse(
                .notOwned,
                at: span,
                "\(Prefix(host: address)) is outside `bgp.owned-prefixes`",
                help: "owned: \(owned)\(context.owned.count > 10 ? ", …" : "")"
            )
        }
        return true
    }
}
