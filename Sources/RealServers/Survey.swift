package import Link
import Net

/// What is there, held against what a preparation asks for: facts in, findings out.
package struct Survey: Sendable {
    /// What the machine is to be prepared for.
    package let preparation: Preparation
    /// Its links as seen.
    package let links: [Links.Seen]

    /// A survey of these parts.
    package init(_ preparation: Preparation, links: [Links.Seen]) {
        self.preparation = preparation
        self.links = links
    }

    /// The settings that matter here; none where no VIP is of IPv4.
    package func settings(root: String) -> [Sysctl] {
        guard preparation.vips.contains(where: { $0.family == .v4 }) else { return [] }
        return Sysctl.realServer(
            // Whether a link has an address of its own does not matter: the kernel answers for
            // every address of the machine on every link that is up.
            wire: links.filter { $0.isUp && !$0.isLoopback && $0.hasARP }
                .compactMap { LinkName($0.name) },
            tunnels: preparation.tunnels.filter { $0.family == .v4 && link($0.link) != nil }
                .map(\.link),
            root: root
        )
    }

    /// Everything there is to say, in the order in which it has to be put right.
    ///
    /// Silence comes before the address: for as long as it were the other way round, this server
    /// would claim the VIP on the wire.
    package func findings(_ readings: [Sysctl.Reading]) -> [Finding] {
        readings.map(finding) + linkFindings + preparation.vips.flatMap(findings)
    }

    private func link(_ name: LinkName) -> Links.Seen? { links.first { $0.name == name.text } }

    private func finding(_ reading: Sysctl.Reading) -> Finding {
        let setting = reading.setting
        let step = Step.set(setting)
        return Finding(
            setting.name,
            reading.isRight ? .right : .missing,
            found: reading.actual.map { "\($0)" } ?? "not in this kernel",
            wanted: setting.wanted,
            cost: setting.reason,
            fix: reading.isRight ? "" : "\(step)",
            step: reading.isRight ? nil : step
        )
    }

    // MARK: Links

    private var linkFindings: [Finding] {
        let tunnels = preparation.tunnels
        let ends = tunnels.map { finding(about: $0) }
        let names = Set(tunnels.map(\.link))
        let holders = Set(preparation.vips.map(preparation.holder)).subtracting(names)
        return ends + holders.sorted { $0.text < $1.text }.map { finding(aboutHolder: $0) }
    }

    private func finding(about tunnel: Tunnel) -> Finding {
        let name = tunnel.link
        let subject = "link \(name)"
        let wanted = "\(tunnel.kind), up"
        let cost =
            "packets that the directors wrap for this server are refused as an unknown protocol"
        guard let seen = link(name) else {
            let step = Step.make(name, kind: tunnel.kind)
            return Finding(
                subject,
                .missing,
                found: "absent",
                wanted: wanted,
                cost: cost,
                fix: "\(step)",
                step: step
            )
        }
        guard seen.kind == tunnel.kind else {
            return Finding(
                subject,
                .obstacle,
                found: seen.kind ?? "a network card",
                wanted: wanted,
                cost: cost,
                fix: "rename that link: ip link set \(name) name ..."
            )
        }
        return raised(seen, name, subject: subject, wanted: wanted, cost: cost)
    }

    private func finding(aboutHolder name: LinkName) -> Finding {
        let subject = "link \(name)"
        let cost = "an address on a link that is not there, or not up, serves nobody"
        guard let seen = link(name) else {
            return Finding(
                subject,
                .obstacle,
                found: "absent",
                wanted: "up",
                cost: cost,
                fix: "make it (ip link add \(name) type dummy), or leave out --link"
            )
        }
        guard seen.isLoopback || !seen.hasARP else {
            return Finding(
                subject,
                .obstacle,
                found: "a link with neighbours",
                wanted: "a link without",
                cost: "the kernel answers for its addresses on the wire, which pulls the VIP's "
                    + "traffic here, past every director",
                fix: "leave out --link: the loopback is right"
            )
        }
        return raised(seen, name, subject: subject, wanted: "up", cost: cost)
    }

    private func raised(
        _ seen: Links.Seen,
        _ name: LinkName,
        subject: String,
        wanted: String,
        cost: String
    ) -> Finding {
        let step = Step.raise(name)
        return Finding(
            subject,
            seen.isUp ? .right : .missing,
            found: seen.isUp ? wanted : "down",
            wanted: wanted,
            cost: cost,
            fix: seen.isUp ? "" : "\(step)",
            step: seen.isUp ? nil : step
        )
    }

    // MARK: Addresses

    private func findings(about vip: IPAddress) -> [Finding] {
        let wanted = Prefix(host: vip)
        let holder = preparation.holder(of: vip)
        var good: [String] = []
        var findings: [Finding] = []
        for link in links {
            for seen in link.addresses where seen.address == vip {
                let place = "\(vip)/\(seen.prefixLength) on \(link.name)"
                if !link.isLoopback, link.hasARP {
                    findings.append(
                        Finding(
                            place,
                            .obstacle,
                            found: "present",
                            wanted: "absent",
                            cost: "\(link.name) has neighbours, and the kernel tells them that "
                                + "the VIP is here, which pulls its traffic past every director",
                            fix: "ip address del \(vip)/\(seen.prefixLength) dev \(link.name)"
                        )
                    )
                } else if seen.prefixLength != wanted.length {
                    findings.append(
                        Finding(
                            place,
                            .obstacle,
                            found: "present",
                            wanted: "\(wanted)",
                            cost: "all of that network counts as this machine itself, so none of "
                                + "it can be reached from here",
                            fix: "ip address del \(vip)/\(seen.prefixLength) dev \(link.name)"
                        )
                    )
                } else {
                    good.append(link.name)
                }
            }
        }
        let place = "\(wanted) on \(holder)"
        let cost = "this server takes packets for the VIP for somebody else's, and drops them"
        if let first = good.first {
            let found = "on \(good.contains(holder.text) ? holder.text : first)"
            let right = Finding(place, .right, found: found, wanted: "present", cost: cost)
            return findings + [right]
        }
        let step = Step.add(vip, holder)
        let missing = Finding(
            place,
            .missing,
            found: "absent",
            wanted: "present",
            cost: cost,
            fix: "\(step)",
            step: step
        )
        return findings + [missing]
    }
}
