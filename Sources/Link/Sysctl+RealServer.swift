import Net
import Netlink

extension Sysctl {
    /// What keeps a real server silent about the IPv4 addresses it serves for the directors.
    ///
    /// The kernel goes by the greater of what is set for all links and for one; what is written is
    /// the number for all, so that a link that comes later is silent as well. IPv6 needs nothing
    /// of the kind: the kernel answers neighbour discovery only for addresses of the link that was
    /// asked (`ndisc_recv_ns` in `net/ipv6/ndisc.c`).
    ///
    /// - Parameters:
    ///   - wire: The links on which the kernel answers ARP.
    ///   - tunnels: The links out of which packets for the VIPs come unwrapped.
    ///   - root: Where the files are; another folder than the kernel's is for tests.
    /// - Returns: Those of each link on the wire, then those of the tunnels; all are needed.
    package static func realServer(
        wire: [LinkName],
        tunnels: [LinkName],
        root: String = "/proc/sys"
    ) -> [Sysctl] {
        wire.flatMap { link in
            [
                silence(
                    "arp_ignore",
                    accepted: [1, 2],
                    on: link,
                    root,
                    "this server answers ARP for the VIP, which pulls its traffic here, past "
                        + "every director"
                ),
                silence(
                    "arp_announce",
                    accepted: [2],
                    on: link,
                    root,
                    "this server names the VIP as the sender of its ARP requests, from which the "
                        + "neighbours learn it"
                ),
            ]
        } + tunnels.map { unwrapped($0, root) }
    }

    private static func silence(
        _ leaf: String,
        accepted: [Int],
        on link: LinkName,
        _ root: String,
        _ reason: String
    ) -> Sysctl {
        Sysctl(
            "net.ipv4.conf.\(link.sysctlLabel).\(leaf)",
            files: [link.text, "all"].map { KernelFile("\(root)/net/ipv4/conf/\($0)/\(leaf)") },
            accepted: accepted,
            isNeeded: true,
            families: [.v4],
            reason: reason
        )
    }

    private static func unwrapped(_ link: LinkName, _ root: String) -> Sysctl {
        Sysctl(
            "net.ipv4.conf.\(link.sysctlLabel).rp_filter",
            files: ["all", link.text].map {
                KernelFile("\(root)/net/ipv4/conf/\($0)/rp_filter")
            },
            accepted: [2, 0],
            isNeeded: true,
            families: [.v4],
            reason: "a packet that comes out of the tunnel is dropped, because the way back to "
                + "its client leads over another link"
        )
    }
}

extension LinkName {
    /// The name as a part of a sysctl's, where a dot stands as a slash (sysctl(8)).
    var sysctlLabel: String { String(text.map { $0 == "." ? "/" : $0 }) }
}
