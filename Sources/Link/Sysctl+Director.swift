import Net
import Netlink

extension Sysctl {
    /// What a director needs, one of several among which the routers spread the traffic (ECMP).
    ///
    /// The settings of IPVS exist once its module is loaded, and some of them only in newer
    /// kernels. Which of these matter depends on what the director does (`use`): of two for one
    /// name, at most one does at a time.
    ///
    /// - Parameters:
    ///   - ingress: The links on which packets come in, for the check of their return path.
    ///   - root: Where the files are; another folder than the kernel's is for tests.
    /// - Returns: The needed ones, then the advised ones, then those that are only read.
    package static func director(
        ingress: [LinkName],
        root: String = "/proc/sys"
    ) -> [Sysctl] {
        needed(root) + checkPaths(root) + returnPaths(of: ingress, root)
            + ownAddresses(on: ingress, root) + advised(root) + free(root)
    }

    private static func needed(_ root: String) -> [Sysctl] {
        [
            ipvs(
                "expire_nodest_conn",
                [1],
                needed: true,
                root,
                "flows of a real server that was removed vanish for up to a quarter of an hour "
                    + "instead of being told to connect again"
            ),
            ipvs(
                "schedule_icmp",
                [1],
                needed: true,
                root,
                "word of a smaller path MTU comes from a router, so it may reach a director that "
                    + "does not know the flow, and is lost there"
            ),
            ipvs(
                "sloppy_tcp",
                [1],
                needed: true,
                root,
                "when the routers move an established TCP flow to this director it is reset "
                    + "instead of being carried on"
            ),
            ipvs(
                "conntrack",
                [1],
                needed: true,
                for: .sourceNAT,
                root,
                "connection tracking does not see the packets of IPVS, so their source is not "
                    + "translated, and replies of real servers pass this director by"
            ),
            ipvs(
                "nat_icmp_send",
                [0],
                needed: true,
                for: .masquerading,
                root,
                "IPVS drops what comes from a real server outside its connections, and with it "
                    + "every answer to this director's own checks of that server"
            ),
            forwarding(
                "net.ipv4.ip_forward",
                .v4,
                root,
                "replies of the real servers of a service with `forward: nat` come through this "
                    + "director, and are dropped here"
            ),
            forwarding(
                "net.ipv6.conf.all.forwarding",
                .v6,
                root,
                "replies of the real servers of a service with `forward: nat` come through this "
                    + "director, and are dropped here; a link configured by router advertisements "
                    + "then needs accept_ra = 2"
            ),
        ]
    }

    private static func advised(_ root: String) -> [Sysctl] {
        [
            ipvs(
                "backup_only",
                [0],
                needed: false,
                root,
                "as long as a backup synchronisation daemon runs, this director does not balance"
            ),
            ipvs(
                "conntrack",
                [0],
                needed: false,
                for: .noSourceNAT,
                root,
                "every packet is tracked twice, and clients that reuse a port too soon are dropped"
            ),
            ipvs(
                "expire_quiescent_template",
                [1],
                needed: false,
                root,
                "clients of a persistent service keep being sent to a real server of weight 0"
            ),
            ipvs(
                "pmtu_disc",
                [1],
                needed: false,
                for: .tunnelling,
                root,
                "a packet too large for the tunnel is broken up although its sender forbade it"
            ),
            ipvs(
                "sloppy_sctp",
                [1],
                needed: false,
                for: .sctp,
                root,
                "when the routers move an SCTP association to this director it is not carried on"
            ),
            ipvs(
                "snat_reroute",
                [1],
                needed: false,
                for: .masquerading,
                root,
                "replies leave by the route of the real server's address, not by that of the VIP"
            ),
        ]
    }

    /// Those on which opinions may differ: read, and changed only where the configuration says so.
    private static func free(_ root: String) -> [Sysctl] {
        [
            "am_droprate", "amemthresh", "drop_entry", "drop_packet", "ignore_tunneled",
            "secure_tcp",
        ].map { ipvs($0, [], needed: false, root, "") }
    }

    private static func ipvs(
        _ leaf: String,
        _ accepted: [Int],
        needed: Bool,
        for use: Use = .always,
        _ root: String,
        _ reason: String
    ) -> Sysctl {
        Sysctl(
            "net.ipv4.vs.\(leaf)",
            files: [KernelFile("\(root)/net/ipv4/vs/\(leaf)")],
            accepted: accepted,
            isNeeded: needed,
            use: use,
            reason: reason
        )
    }

    private static func forwarding(
        _ name: String,
        _ family: AddressFamily,
        _ root: String,
        _ reason: String
    ) -> Sysctl {
        let path = String(name.map { $0 == "." ? "/" : $0 })
        return Sysctl(
            name,
            files: [KernelFile("\(root)/\(path)")],
            accepted: family == .v4 ? [1] : [1, 2],
            isNeeded: true,
            families: [family],
            use: .masquerading,
            reason: reason
        )
    }

    /// What the checks by way of IPVS need, beside what answers them.
    private static func checkPaths(_ root: String) -> [Sysctl] {
        [
            ipvs(
                "conn_reuse_mode",
                [1, 2, 3],
                needed: true,
                for: .checkPaths,
                root,
                "a check with `via: vip` from a port that an earlier one used reaches the real "
                    + "server of that one instead of its own"
            )
        ]
    }

    /// A packet from one of our own addresses is a martian unless the greater of the two numbers,
    /// for all links and for this one, is 1 (`__fib_validate_source`, net/ipv4/fib_frontend.c).
    private static func ownAddresses(on links: [LinkName], _ root: String) -> [Sysctl] {
        links.sorted { $0.text < $1.text }.map { link in
            Sysctl(
                "net.ipv4.conf.\(link.sysctlLabel).accept_local",
                files: ["all", link.text].map {
                    KernelFile("\(root)/net/ipv4/conf/\($0)/accept_local")
                },
                accepted: [1],
                isNeeded: true,
                families: [.v4],
                use: .directCheckPaths,
                reason: "what a real server answers to a check with `via: vip` comes from the "
                    + "address of the VIP, which is this director's too, and is dropped"
            )
        }
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
