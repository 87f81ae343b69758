import FRR
import Net

/// Why a kernel route of ours does not become an announcement, as far as that is not bgpd's own
/// reason for any route.
enum KernelRouteObstacle: Hashable, Sendable {
    /// Nothing in the instance takes kernel routes of the family.
    case notRedistributed(AddressFamily)
    /// They are taken through this route-map, which does not exist and so denies everything.
    case routeMapMissing(String)
    /// zebra has no such route: it was refused, or has not been noticed.
    case unknownToZebra
    /// zebra prefers this other route, and tells bgpd of that one.
    case outranked(by: ZebraRoute)
    /// zebra has selected it, and bgpd has made nothing of it.
    case notOriginated(routeMap: String?, metric: UInt32)
    /// Its route is gone from the kernel and from zebra, and bgpd still sends it.
    case stale

    /// The stable code of the reason, from the same list as those of bgpd's.
    var code: String {
        switch self {
        case .notRedistributed: "F130"
        case .routeMapMissing: "F116"
        case .unknownToZebra: "F131"
        case .outranked: "F132"
        case .notOriginated: "F133"
        case .stale: "F134"
        }
    }

    /// What to do, with lines to paste where there are any.
    var fix: String {
        switch self {
        case .notRedistributed(let family):
            "router bgp, address-family \(family.words) unicast, redistribute kernel route-map "
                + "NAME, with a route-map that permits the owned prefixes"
        case .routeMapMissing(let name): "create it: route-map \(name) permit 10"
        case .unknownToZebra:
            "is the protocol number one that zebra takes for its own (11, 42, 186 to 198)? Is the "
                + "address on a link? See vtysh -c 'show interface'"
        case .outranked(let route) where ["connected", "local"].contains(route.source):
            "take the address from the link: ip address del; it is delivered by a local route"
        case .outranked(let route): "remove that route, or raise its distance: it is \(route)"
        case .notOriginated(let name?, let metric):
            "let route-map \(name) permit it with `match metric \(metric)`; vtysh -c 'show "
                + "route-map \(name)'"
        case .notOriginated(nil, _): "vtysh -c 'show bgp PREFIX' and 'show ip route PREFIX'"
        case .stale:
            "if it stays so for more than a second, restart FRR as a whole: bgpd missed a "
                + "withdrawal, as it does when zebra alone is restarted"
        }
    }
}

extension KernelRouteObstacle: CustomStringConvertible {
    /// The reason in one sentence.
    var description: String {
        switch self {
        case .notRedistributed(let family):
            "bgpd does not redistribute kernel routes in \(family.words) unicast"
        case .routeMapMissing(let name):
            "kernel routes are redistributed through the route-map \(name), which does not exist, "
                + "and a missing route-map denies everything"
        case .unknownToZebra: "the route is in the kernel, and zebra does not have it"
        case .outranked(let route): "zebra prefers another route to it: \(route)"
        case .notOriginated(let name?, _):
            "zebra has selected the kernel route, and bgpd has no route from it: the route-map "
                + "\(name) denies it, or bgpd has not got to it yet"
        case .notOriginated(nil, _):
            "zebra has selected the kernel route, and bgpd has no route from it yet"
        case .stale: "its kernel route is gone, and bgpd still sends it"
        }
    }
}

extension AddressFamily {
    /// The family as FRR spells it.
    var words: String { self == .v4 ? "ipv4" : "ipv6" }
}
