import CNetlink

/// The numbers of rtnetlink, taken from the kernel's headers so that no other target needs them.
package enum RouteNumber {
    /// Message types.
    package static let newLink = UInt16(RTM_NEWLINK)
    package static let getLink = UInt16(RTM_GETLINK)
    package static let deleteLink = UInt16(RTM_DELLINK)
    package static let newAddress = UInt16(RTM_NEWADDR)
    package static let deleteAddress = UInt16(RTM_DELADDR)
    package static let getAddress = UInt16(RTM_GETADDR)
    package static let newRoute = UInt16(RTM_NEWROUTE)
    package static let deleteRoute = UInt16(RTM_DELROUTE)
    package static let getRoute = UInt16(RTM_GETROUTE)

    /// A neighbour came, or changed its state.
    package static let newNeighbor = UInt16(RTM_NEWNEIGH)
    /// `NUD_FAILED`: nobody answers for the neighbour's address.
    package static let neighborFailed = UInt16(NUD_FAILED)
    /// The address of a neighbour.
    package static let neighborAddress = UInt16(NDA_DST)

    /// Attributes of a link, and of its nested `linkInfo`.
    package static let linkName = UInt16(IFLA_IFNAME)
    package static let linkInfo = UInt16(IFLA_LINKINFO)
    package static let linkInfoKind = UInt16(IFLA_INFO_KIND)

    /// Attributes of an address.
    ///
    /// For IPv4 `local` is the address itself and `address` the peer's,
    /// which is the same unless the link is point to point; IPv6 has `address` alone then.
    package static let address = UInt16(IFA_ADDRESS)
    package static let localAddress = UInt16(IFA_LOCAL)
    /// The name under which older tools show an IPv4 address; IPv6 has none.
    package static let addressLabel = UInt16(IFA_LABEL)
    /// `struct ifa_cacheinfo`: how long the address is preferred and valid, and two times.
    package static let addressLifetimes = UInt16(IFA_CACHEINFO)
    /// Who put the address there (`IFA_PROTO`).
    ///
    /// Since Linux 5.18, and not in every header.
    package static let addressProtocol: UInt16 = 11

    /// `RT_SCOPE_UNIVERSE`: an address that is valid everywhere.
    package static let globalScope = UInt8(RT_SCOPE_UNIVERSE.rawValue)
    /// `RT_SCOPE_HOST`: an address that is nothing to anybody but this machine.
    package static let hostScope = UInt8(RT_SCOPE_HOST.rawValue)
    /// `IFA_F_NODAD`: do not look for somebody else with this IPv6 address.
    package static let noDuplicateDetection = UInt8(IFA_F_NODAD)

    /// Attributes of a route: where it leads, over which link, how much it is preferred, and in
    /// which table it is.
    package static let routeDestination = UInt16(RTA_DST.rawValue)
    package static let routeLink = UInt16(RTA_OIF.rawValue)
    package static let routeGateway = UInt16(RTA_GATEWAY.rawValue)
    package static let routeMetric = UInt16(RTA_PRIORITY.rawValue)
    package static let routeTable = UInt16(RTA_TABLE.rawValue)
    /// The table that packets for elsewhere are looked up in, and the one before it with what is
    /// delivered here.
    package static let mainTable = UInt32(RT_TABLE_MAIN.rawValue)
    package static let localTable = UInt32(RT_TABLE_LOCAL.rawValue)
    /// What becomes of a packet: delivered here, or dropped without a word.
    package static let localRoute = UInt8(RTN_LOCAL)
    package static let blackholeRoute = UInt8(RTN_BLACKHOLE)
    /// `RTPROT_STATIC`: up to this number, protocols mean something to the kernel.
    package static let lastKernelProtocol = UInt8(RTPROT_STATIC)

    /// The families of a socket address, in the width that rtnetlink uses.
    package static let inet = UInt8(AF_INET)
    package static let inet6 = UInt8(AF_INET6)
}

/// Flags of a request, beyond those that an exchange sets itself (linux/netlink.h).
package enum RequestFlag {
    /// List everything; for a request that gets.
    package static let dump = UInt16(NLM_F_DUMP)
    /// Make it if it does not exist.
    package static let create = UInt16(NLM_F_CREATE)
    /// Refuse if it does exist.
    package static let exclusive = UInt16(NLM_F_EXCL)
}
