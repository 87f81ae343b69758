import Core

// How packets reach the real servers, beyond the one word `forward`: `snat` of a service, and the
// kernel settings of `ipvs.sysctls`.

extension Reading {
    /// Reads `snat` of a service that forwards by `forwarding`.
    mutating func sourceNAT(
        _ fields: Fields,
        _ forwarding: Forwarding,
        _ scheduling: Scheduling,
        _ defaults: ServiceDefaults
    ) -> Bool {
        let own = flag(fields["snat"], "snat")
        // A default concerns the services it can; only what a service says itself can be wrong.
        guard own ?? defaults.hasSourceNAT else { return false }
        guard forwarding == .masquerade else {
            guard own == true else { return false }
            refuse(
                .together,
                at: fields.place(of: "snat"),
                "`snat` goes with `forward: nat` only, not with `\(forwarding.rawValue)`",
                help: "with `\(forwarding.rawValue)` real servers answer clients directly"
            )
            return false
        }
        guard !scheduling.flags.contains(.onePacket) else {
            refuse(
                .together,
                at: fields.place(of: own == nil ? "flags" : "snat"),
                "`snat` does not go with `ops`: IPVS tracks no connection of a single packet",
                help: "leave out `ops`, or give the real servers a route through the directors"
            )
            return false
        }
        return true
    }

    /// Reads `ipvs.sysctls`: kernel settings by their names.
    mutating func sysctls(_ node: YAMLNode) -> [String: Int] {
        guard let entries = entries(node, what: "`ipvs.sysctls`") else { return [:] }
        var result: [String: Int] = [:]
        for entry in entries {
            guard let range = IPVSPolicy.sysctlRanges[entry.key] else {
                refuse(
                    .unknownKey,
                    at: entry.keySpan,
                    "`ipvs.sysctls` does not take \(entry.key.ticked)",
                    help: "it takes "
                        + IPVSPolicy.sysctlRanges.keys.sorted().joined(separator: ", ")
                )
                continue
            }
            result[entry.key] = number(entry.value, entry.key, range)
        }
        return result
    }
}
