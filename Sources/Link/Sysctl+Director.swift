import Net
import Netlink

extension Sysctl {
    /// What a director needs that forwards by direct routing or tunnels, one of several among
    /// which the routers spread the traffic (ECMP).
    ///
    /// The settings of IPVS exist once its module is loaded.
    ///
    /// - Parameters:
    ///   - ingress: The links on which packets come in, for the check of their return path.
    ///   - root: Where the files are; another folder than the kernel's is for tests.
    /// - Returns: The needed ones, then the advised ones.
    package static func director(
        ingress: [LinkName],
        root: String = "/proc/sys"
    ) -> [Sysctl] {
        needed(root) + returnPaths(of: ingress, root) + advised(root)
    }

    private static func needed(_ root: String) -> [Sysctl] {
        [
            ipvs(
                "expire_nodest_conn",
                1,
                needed: true,
                root,
                "flows of a real server that was removed vanish for up to a quarter of an hour "
                    + "instead of being told to connect again"
            ),
            ipvs(
                "schedule_icmp",
                1,
                needed: true,
                root,
                "word of a smaller path MTU comes from a router, so it may reach a director that "
                    + "does not know the flow, and is lost there"
            ),
            ipvs(
                "sloppy_tcp",
                1,
                needed: true,
                root,
                "when the routers move an established TCP flow to this director it is reset "
                    + "instead of being carried on"
            ),
        ]
    }

    private static func advised(_ root: String) -> [Sysctl] {
        [
            ipvs(
                "backup_only",
                0,
                needed: false,
                root,
                "as long as a backup synchronisation daemon runs, this director does not balance"
            ),
            ipvs(
                "conntrack",
                0,
                needed: false,
                root,
                "every packet is tracked twice, and clients that reuse a port too soon are dropped"
            ),
            ipvs(
                "expire_quiescent_template",
                1,
                needed: false,
                root,
                "clients of a persistent service keep being sent to a real server of weight 0"
            ),
            ipvs(
                "sloppy_sctp",
                1,
                needed: false,
                root,
                "when the routers move an SCTP association to this director it is not carried on"
            ),
        ]
    }

    private static func ipvs(
        _ leaf: String,
        _ value: Int,
        needed: Bool,
        _ root: String,
        _ reason: String
    ) -> Sysctl {
        Sysctl(
            "net.ipv4.vs.\(leaf)",
            files: [KernelFile("\(root)/net/ipv4/vs/\(leaf)")],
            accepted: [value],
            isNeeded: needed,
            reason: reason
        )
    }

    /// The check of the return path is strict only where the greater of the two numbers, for all
    /// links and for this one, is 1; so 2 on the link makes it loose whatever the other says.
    private static func returnPaths(of links: [LinkName], _ root: String) -> [Sysctl] {
        links.sorted { $0.text < $1.text }.map { link in
            Sysctl(
                "net.ipv4.conf.\(link.sysctlLabel).rp_filter",
                files: ["all", link.text].map {
                    KernelFile("\(root)/net/ipv4/conf/\($0)/rp_filter")
                },
                accepted: [2, 0],
                isNeeded: true,
                families: [.v4],
                reason: "packets of clients whose way back leads over another link are dropped, "
                    + "which in a fabric with several equal paths is any of them"
            )
        }
    }
}
