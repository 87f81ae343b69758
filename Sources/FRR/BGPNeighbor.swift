package import Net

/// One peer as `show bgp neighbors json` shows it (bgpd/bgp_vty.c `bgp_show_peer`).
package struct BGPNeighbor: Hashable, Sendable {
    /// What is configured for the peer in one unicast family in which it is activated.
    package struct Family: Hashable, Sendable {
        /// bgpd discards everything for the peer, because eBGP needs a policy (RFC 8212).
        package let lacksOutboundPolicy: Bool
        /// The route-map that what is sent must pass.
        package let routeMap: String?
        /// The prefix-list that what is sent must pass.
        package let prefixList: String?
        /// The AS-path or access list that what is sent must pass.
        package let otherList: String?
        /// How many prefixes the peer is sent; `nil` while the session is down.
        package let sentPrefixes: Int?

        /// The names of every filter on what is sent, in the order in which bgpd applies them.
        package var filters: [String] { [prefixList, otherList, routeMap].compactMap(\.self) }
    }

    /// The peer's AS; 0 while it is not known.
    package let asn: ASN
    /// The state of the session in the words of RFC 4271 §8.2.2, such as `Established`.
    package let state: String
    /// How long the session has been up; `nil` while it is down.
    package let uptime: Duration?
    /// Why it was last reset or did not come up, in bgpd's words.
    package let lastReset: String?
    /// True when an operator shut the peer.
    package let isShut: Bool
    /// The unicast families in which the peer is activated.
    package let families: [AddressFamily: Family]

    /// True when routes can be exchanged.
    package var isEstablished: Bool { state == "Established" }
}

extension BGPNeighbor: Decodable {
    private enum Key: String, CodingKey {
        case remoteAs, bgpState, bgpTimerUpMsec, lastResetDueTo, lastNotificationReason
        case adminShutDown, addressFamilyInfo
    }

    private struct Row: Decodable {
        // Present only while it applies, with a sentence as its value.
        let outboundEbgpRequiresPolicy: String?
        let routeMapForOutgoingAdvertisements: String?
        let outgoingUpdatePrefixFilterList: String?
        let outgoingUpdateNetworkFilterList: String?
        let outgoingUpdateAsPathFilterList: String?
        let sentPrefixCounter: Int?
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        asn = try container.decode(ASNValue.self, forKey: .remoteAs).asn
        state = try container.decode(String.self, forKey: .bgpState)
        uptime = try container.decodeIfPresent(Int64.self, forKey: .bgpTimerUpMsec)
            .map { .milliseconds($0) }
        isShut = try container.decodeIfPresent(Bool.self, forKey: .adminShutDown) ?? false
        // The notification is the more precise of the two: "OPEN Message Error/Bad Peer AS".
        lastReset =
            try container.decodeIfPresent(String.self, forKey: .lastNotificationReason)
            ?? container.decodeIfPresent(String.self, forKey: .lastResetDueTo)
        let rows = try container.decode([String: Row].self, forKey: .addressFamilyInfo)
        var families: [AddressFamily: Family] = [:]
        for (key, row) in rows {
            guard let family = AddressFamily(json: key) else { continue }
            families[family] = Family(
                lacksOutboundPolicy: row.outboundEbgpRequiresPolicy != nil,
                routeMap: row.routeMapForOutgoingAdvertisements,
                prefixList: row.outgoingUpdatePrefixFilterList,
                otherList: row.outgoingUpdateAsPathFilterList
                    ?? row.outgoingUpdateNetworkFilterList,
                sentPrefixes: row.sentPrefixCounter
            )
        }
        self.families = families
    }
}

/// All peers of the default instance, by name.
struct BGPNeighbors: Decodable {
    let peers: [PeerName: BGPNeighbor]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        var peers: [PeerName: BGPNeighbor] = [:]
        for key in container.allKeys {
            let name = try PeerName(parsing: key.stringValue)
            peers[name] = try container.decode(BGPNeighbor.self, forKey: key)
        }
        self.peers = peers
    }
}
