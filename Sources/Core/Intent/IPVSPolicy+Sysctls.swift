extension IPVSPolicy {
    /// The kernel settings that the configuration may want otherwise, with the numbers that the
    /// kernel takes (Documentation/networking/ipvs-sysctl.rst).
    ///
    /// All of them belong to the network namespace alone. Those of the synchronisation daemon and
    /// of the estimator are not among them: nothing here depends on them.
    package static let sysctlRanges: [String: ClosedRange<Int>] = [
        "net.ipv4.ip_forward": 0...1,
        // 2 is 1 and, on a link that takes router advertisements, taking them all the same.
        "net.ipv6.conf.all.forwarding": 0...2,
        "net.ipv4.vs.am_droprate": 1...1_000_000,
        // In pages; 2^30 of them are 4 TiB.
        "net.ipv4.vs.amemthresh": 0...1_073_741_824,
        "net.ipv4.vs.backup_only": 0...1,
        "net.ipv4.vs.conn_reuse_mode": 0...3,
        "net.ipv4.vs.conntrack": 0...1,
        "net.ipv4.vs.drop_entry": 0...3,
        "net.ipv4.vs.drop_packet": 0...3,
        "net.ipv4.vs.expire_nodest_conn": 0...1,
        "net.ipv4.vs.expire_quiescent_template": 0...1,
        "net.ipv4.vs.ignore_tunneled": 0...1,
        "net.ipv4.vs.nat_icmp_send": 0...1,
        "net.ipv4.vs.pmtu_disc": 0...1,
        "net.ipv4.vs.schedule_icmp": 0...1,
        "net.ipv4.vs.secure_tcp": 0...3,
        "net.ipv4.vs.sloppy_sctp": 0...1,
        "net.ipv4.vs.sloppy_tcp": 0...1,
        "net.ipv4.vs.snat_reroute": 0...1,
    ]
}
