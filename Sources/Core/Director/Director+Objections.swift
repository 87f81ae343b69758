import Net

/// Why an operator should not get what was asked for.
package struct Objection: Equatable, Sendable {
    /// What is wrong with it, and what to do.
    package let fault: Fault
    /// The VIPs it is about, by name, sorted.
    package let vips: [String]
    /// Whether it may be carried out all the same, when the operator says so.
    package let isWaivable: Bool

    /// An objection of these parts.
    package init(_ fault: Fault, vips: [String] = [], isWaivable: Bool = false) {
        self.fault = fault
        self.vips = vips
        self.isWaivable = isWaivable
    }
}

extension Director {
    /// What speaks against `command`, to be asked before it is carried out; nothing for most.
    ///
    /// Only what people and programs ask for by a command is objected to: a drain file, a stop and
    /// failing health never wait for an answer.
    package func objections(to command: Command) -> [Objection] {
        switch command {
        case .drain(let order) where order.source == .command:
            unknownVIP(order.scope) ?? lastPaths(order)
        case .undrain(let scope, .command): unknownVIP(scope) ?? standing(against: scope)
        case .drain, .undrain, .order, .reload: []
        }
    }

    private func unknownVIP(_ scope: DrainScope) -> [Objection]? {
        guard case .vip(let address) = scope, tracks[address]?.vip == nil,
            overrides.drains[scope] == nil
        else { return nil }
        return [
            Objection(
                Fault(
                    code: "D452",
                    summary: "\(address) is not the address of a VIP",
                    because: "the configuration in force has none there",
                    fix: "penstock show vips"
                )
            )
        ]
    }

    /// The VIPs that nobody would announce any more, as far as bgpd knows.
    private func lastPaths(_ order: DrainOrder) -> [Objection] {
        guard !order.isLastPathWaived else { return [] }
        let lost = tracks.filter { address, track in
            guard track.vip != nil, track.sight.hasOtherPath == false else { return false }
            if case .vip(let only) = order.scope, only != address { return false }
            return track.sight.slice.announced || !track.sight.sentTo.isEmpty
        }
        guard !lost.isEmpty else { return [] }
        let names = lost.map { $0.value.name($0.key) }.sorted()
        let list = names.prefix(Self.vipsNamed).joined(separator: ", ")
        let more = names.count - Self.vipsNamed
        return [
            Objection(
                Fault(
                    code: "D450",
                    summary: "this takes away the last known path to \(list)"
                        + (more > 0 ? " and \(more) more" : ""),
                    because: "bgpd knows no other usable path, so nobody may be left to serve them",
                    fix: "look at the other directors, then ask again with --yes"
                ),
                vips: names,
                isWaivable: true
            )
        ]
    }

    /// The most VIPs that are named in a sentence.
    private static let vipsNamed = 8

    private func standing(against scope: DrainScope) -> [Objection] {
        guard scope == .node, standingDrains[.file] != nil else { return [] }
        let file = intent.drain.file ?? "the drain file"
        return [
            Objection(
                Fault(
                    code: "D451",
                    summary: "the director stays drained: \(file) asks for it",
                    because: "it drains for as long as that file exists",
                    fix: "rm \(file)"
                )
            )
        ]
    }
}
