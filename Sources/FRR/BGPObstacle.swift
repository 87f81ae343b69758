public import Net

/// A reason why a configured prefix does not reach a peer, or anyone.
public enum BGPObstacle: Hashable, Sendable {
    /// The instance has no peer.
    case noPeer
    /// The session with the peer is not up: its state, for how long, and bgpd's reason if it has
    /// one.
    case sessionDown(PeerName, state: String, since: Duration?, reason: String?)
    /// The peer sent more prefixes than it may (`maximum-prefix`), and bgpd keeps it down.
    case tooManyPrefixes(PeerName)
    /// A graceful restart of the peer or of bgpd itself is under way.
    case restarting(PeerName, BGPNeighbor.Restart)
    /// bgpd holds everything back until its peers have come up (`update-delay`).
    case delayed(AddressFamily)
    /// The peer is not activated in the family of the prefix.
    case familyInactive(PeerName, AddressFamily)
    /// eBGP needs an outbound policy (RFC 8212), and the peer has none in this family.
    case policyMissing(PeerName, AddressFamily)
    /// The peer is up and would be sent the prefix, had these filters not been there.
    case filtered(PeerName, by: [String])
    /// The peer is up, has no filter and has nothing left to be sent, and the prefix is kept from
    /// it all the same.
    case withheld(PeerName)
    /// The statement's route-map does not exist, which denies everything.
    case routeMapMissing(String)
    /// The statement is there and the table has no path from it: its route-map denies it, or bgpd
    /// has not got to it yet.
    case notOriginated
    /// The import check found no such route outside BGP.
    case notInRoutingTable
    /// Another path for the same prefix is better than the one from here.
    case outranked
    /// Nothing is in the way, and bgpd has not sent it yet: it gathers for 50 ms and more.
    case pending
}

extension BGPObstacle: CustomStringConvertible {
    /// The stable code of the reason, from the same list as those of `FRRError`.
    public var code: String {
        switch self {
        case .policyMissing: "F105"
        case .notInRoutingTable: "F106"
        case .notOriginated: "F107"
        case .sessionDown: "F110"
        case .filtered: "F111"
        case .routeMapMissing: "F116"
        case .familyInactive: "F117"
        case .noPeer: "F118"
        case .outranked: "F119"
        case .pending: "F120"
        case .tooManyPrefixes: "F123"
        case .restarting: "F124"
        case .delayed: "F125"
        case .withheld: "F128"
        }
    }

    /// The reason in one sentence.
    public var description: String {
        switch self {
        case .noPeer: "bgpd has no neighbor to send it to"
        case .sessionDown(let peer, let state, let since, let reason):
            "neighbor \(peer) is \(state)" + (since.map { " for \(Self.text($0))" } ?? "")
                + (reason.map { ": \($0)" } ?? "")
        case .tooManyPrefixes(let peer):
            "neighbor \(peer) is down: it sent more prefixes than maximum-prefix lets it"
        case .restarting(let peer, .helping(let left)):
            "neighbor \(peer) restarts gracefully and is waited for, \(Self.text(left)) at most"
        case .restarting(_, .restarting(let family, let left)):
            "bgpd has restarted gracefully and chooses no \(family.unicast) path yet, for "
                + "\(Self.text(left)) at most"
        case .delayed(let family):
            "bgpd sends no \(family.unicast) route before its peers have come up (update-delay)"
        case .familyInactive(let peer, let family):
            "neighbor \(peer) is not activated in \(family.unicast)"
        case .policyMissing(let peer, let family):
            "bgpd discards every \(family.unicast) route to \(peer): eBGP needs an outbound "
                + "policy (RFC 8212) and the neighbor has none"
        case .filtered(let peer, let names):
            "neighbor \(peer) does not get it: its outbound policy "
                + "\(names.joined(separator: ", ")) does not let it pass"
        case .withheld(let peer):
            "neighbor \(peer) does not get it, although it has no filter for what it is sent"
        case .routeMapMissing(let name):
            "its route-map \(name) does not exist, and a missing route-map denies everything"
        case .notOriginated:
            "its statement is in the configuration, and bgpd's table has no route from it"
        case .notInRoutingTable:
            "it is not in the routing table (bgp network import-check, on by default)"
        case .outranked: "bgpd has a better path for it from elsewhere"
        case .pending: "bgpd has not sent it yet"
        }
    }

    /// Where it was seen: the command, and the key or the words of its answer.
    public var because: String {
        switch self {
        case .noPeer: "show bgp neighbors: there is none"
        case .sessionDown(let peer, let state, _, _):
            "show bgp neighbors \(peer): bgpState is \(state)"
        case .tooManyPrefixes: "show bgp summary: the state is Idle (PfxCt)"
        case .restarting(let peer, .helping):
            "show bgp neighbors \(peer): gracefulRestartInfo has restartTimerRemaining"
        case .restarting(let peer, .restarting):
            "show bgp neighbors \(peer): its timers have selectionDeferralTimerRemaining"
        case .delayed: "show bgp summary: updateDelayInProgress"
        case .familyInactive(let peer, let family):
            "show bgp neighbors \(peer): addressFamilyInfo has no \(family.unicast)"
        case .policyMissing(let peer, _):
            "show bgp neighbors \(peer): outboundEbgpRequiresPolicy"
        case .filtered(let peer, _):
            "show bgp PREFIX: the path is best, and advertisedTo does not list \(peer)"
        case .withheld(let peer):
            "show bgp PREFIX: advertisedTo does not list \(peer), and its update-group is done"
        case .routeMapMissing: "show running-config: network … route-map, and no such route-map"
        case .notOriginated: "show bgp PREFIX: no path is sourced here"
        case .notInRoutingTable: "show bgp PREFIX: the path is neither valid nor accessible"
        case .outranked: "show bgp PREFIX: the best path is not the one sourced here"
        case .pending: "show bgp neighbors … advertised-routes: it is not there yet"
        }
    }

    /// What to do, with lines to paste where there are any.
    public var fix: String {
        switch self {
        case .noPeer: "configure a neighbor: router bgp, neighbor ADDRESS remote-as ASN"
        case .sessionDown(let peer, _, _, _):
            "vtysh -c 'show bgp neighbors \(peer)'; is TCP port 179 open, and the AS right?"
        case .tooManyPrefixes(let peer):
            "find out what the router sends, then vtysh -c 'clear bgp \(peer)'; a director needs "
                + "no more than a default route"
        case .restarting: "wait; the session comes back, or the timer ends"
        case .delayed: "wait; or take update-delay out of router bgp"
        case .familyInactive(let peer, let family):
            "router bgp, address-family \(family.unicast), neighbor \(peer) activate"
        case .policyMissing(let peer, let family):
            "router bgp, address-family \(family.unicast), neighbor \(peer) route-map NAME out "
                + "with a route-map that permits the owned prefixes (or no bgp "
                + "ebgp-requires-policy, which removes the guard for every neighbor)"
        case .filtered(_, let names):
            "permit the prefix in \(names.joined(separator: " and ")); vtysh -c 'show "
                + "route-map' -c 'show ip prefix-list detail'"
        case .withheld(let peer):
            "does the route have a community such as no-export or no-advertise, or \(peer) a "
                + "filter of its own (ORF), an advertise-map or maximum-prefix-out? vtysh -c 'show "
                + "bgp neighbors \(peer)'"
        case .routeMapMissing(let name): "create it: route-map \(name) permit 10"
        case .notOriginated: "look at the route-map of its network statement"
        case .notInRoutingTable:
            "put the address on an interface, or say no bgp network import-check in router bgp"
        case .outranked: "vtysh -c 'show bgp PREFIX': where does the better path come from?"
        case .pending:
            "wait; if it stays so after a change of policy, vtysh -c 'clear bgp * soft out'"
        }
    }

    /// A time in its largest unit that says enough: `42s`, `7m`, `3h`, `12d`.
    private static func text(_ time: Duration) -> String {
        let seconds = time.components.seconds
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<7_200: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3_600)h"
        default: return "\(seconds / 86_400)d"
        }
    }
}
