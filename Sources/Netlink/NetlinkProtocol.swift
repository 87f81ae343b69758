import CNetlink

/// Which part of the kernel a netlink socket talks to.
package enum NetlinkProtocol: Hashable, Sendable {
    /// Families looked up by name, such as IPVS.
    case generic
    /// Links, addresses and routes (rtnetlink).
    case route
    /// The packet filter and its tables (nfnetlink).
    case netfilter

    /// The number of linux/netlink.h.
    var number: Int32 {
        switch self {
        case .generic: NETLINK_GENERIC
        case .route: NETLINK_ROUTE
        case .netfilter: NETLINK_NETFILTER
        }
    }
}

extension NetlinkProtocol: CustomStringConvertible {
    package var description: String {
        switch self {
        case .generic: "generic netlink"
        case .route: "rtnetlink"
        case .netfilter: "nfnetlink"
        }
    }
}
