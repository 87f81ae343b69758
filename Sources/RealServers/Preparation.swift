package import Core
package import Link
package import Net

/// What a machine is to be prepared for: to answer for these VIPs as one of their real servers.
package struct Preparation: Hashable, Sendable {
    /// The VIPs, sorted, each once.
    package let vips: [IPAddress]
    /// How the directors hand packets on; with `masquerade` a real server needs no preparation.
    package let forwarding: Forwarding
    /// The link that is to hold the VIPs; `nil` for the usual one.
    package let link: LinkName?

    /// A preparation for `vips`.
    package init(_ vips: [IPAddress], forwarding: Forwarding, link: LinkName? = nil) {
        self.vips = Set(vips).sorted()
        self.forwarding = forwarding
        self.link = link
    }

    /// The link that is to hold `vip`: the loopback, or the one its tunnel ends at.
    func holder(of vip: IPAddress) -> LinkName {
        link ?? (forwarding == .tunnel ? Tunnel(vip.family).link : Tunnel.loopback)
    }

    /// The tunnels whose packets must be unwrapped.
    var tunnels: [Tunnel] {
        guard forwarding == .tunnel else { return [] }
        let families = Set(vips.map(\.family))
        return AddressFamily.allCases.filter(families.contains).map { Tunnel($0) }
    }
}

/// The end of the directors' tunnels for the VIPs of one address family.
///
/// IPVS wraps a packet into another of the real server's own family, so IPv4 comes in IPv4
/// (protocol 4) and IPv6 in IPv6 (protocol 41). The link of the tunnel's module that takes what no
/// other tunnel takes receives it, whichever director sent it.
struct Tunnel: Hashable, Sendable {
    /// The name of the loopback.
    static let loopback = name("lo")

    let family: AddressFamily

    init(_ family: AddressFamily) { self.family = family }

    /// The link's name, which its module gives it.
    var link: LinkName { Self.name(family == .v4 ? "tunl0" : "ip6tnl0") }

    /// The kind of the link, which is also what loads the module.
    var kind: String { family == .v4 ? "ipip" : "ip6tnl" }

    /// What goes around each packet, in bytes.
    var overhead: Int { family == .v4 ? 20 : 40 }

    private static func name(_ text: String) -> LinkName {
        guard let name = LinkName(text) else { preconditionFailure("\(text) is a link's name") }
        return name
    }
}
