/// The routing daemon in a snapshot, or all of them where there are several.
package struct FRRStatus: Codable, Equatable, Sendable {
    /// How well it can be seen; of several, the worst.
    package var visibility: VisibilityStatus
    /// What it says it is; of several, the main one.
    package var version: String
    /// The configured AS.
    package var asn: UInt32
    /// Why nothing is written to it although it can be seen.
    package var refusal: Fault?
    /// Its peers; of several, all of them.
    package var peers: [PeerStatus]
    /// How many networks it originates that are not ours.
    package var foreignNetworks: Int
    /// Whether it answers; of several, the worst.
    package var pulse: PulseStatus?
    /// True while it may not have read all of its configuration; absent otherwise.
    package var loading: Bool?
    /// Each by itself, in the order of the configuration.
    package var speakers: [SpeakerStatus]?

    /// Each by itself; in a picture of an older release, the only one there was.
    package var eachSpeaker: [SpeakerStatus] {
        let only = SpeakerStatus(
            name: Speaker.usualName.text,
            visibility: visibility,
            version: version,
            asn: asn,
            method: Speaker.Method.network.rawValue,
            refusal: refusal,
            foreignNetworks: foreignNetworks
        )
        return speakers ?? [only]
    }
}

/// A speaker in a snapshot.
package struct SpeakerStatus: Codable, Equatable, Sendable {
    /// Its name.
    package var name: String
    /// How well it can be seen.
    package var visibility: VisibilityStatus
    /// What it says it is.
    package var version: String
    /// The identifier of its instance, where it is known.
    package var routerID: String?
    /// The configured AS, and the VRF unless that is the default one.
    package var asn: UInt32
    package var vrf: String?
    /// How VIPs are announced through it: `network` or `kernel-route`.
    package var method: String
    /// Why nothing is written to it although it can be seen.
    package var refusal: Fault?
    /// How many networks it originates that are not ours.
    package var foreignNetworks: Int
    /// Whether it answers.
    package var pulse: PulseStatus?
    /// `true` for one that has left the configuration, until nothing of ours is left there.
    package var former: Bool?
}

/// A peer in a snapshot.
package struct PeerStatus: Codable, Equatable, Sendable {
    /// Its address or interface, behind the name of its speaker where there are several; its AS
    /// where that is known, and its session in bgpd's words.
    package var id: String
    package var asn: UInt32?
    package var state: String
    package var established: Bool
    /// The families that are activated for it: `ipv4`, `ipv6`.
    package var families: [String]?
    /// How many prefixes bgpd counts as sent to it, ours or not, and how many of its it has taken,
    /// by family; absent where it does not say.
    package var prefixesSent: [String: Int]?
    package var prefixesAccepted: [String: Int]?
    /// Where bgpd discards everything for want of a policy, as `ipv4/in`; absent where nowhere.
    package var policyMissing: [String]?
    /// Since when the session is so, where bgpd says it.
    package var since: Timestamp?
    /// Why it is not sent what it should be although it is there.
    package var obstacle: Fault?
}

/// What a route is announced as, in a snapshot.
package struct AnnouncementStatus: Codable, Equatable, Sendable {
    /// `normal`, `soft`, or `foreign` for one in a form that is not ours.
    package var level: String
    /// What goes with it: communities, then the rest, each absent when there is none.
    package var communities: [String]?
    package var largeCommunities: [String]?
    package var med: UInt32?
    package var prepend: Int?
    /// In Mbit/s.
    package var bandwidth: UInt32?
    /// The name of the form that is not ours.
    package var form: String?

    /// The status of `announcement`.
    package init(_ announcement: Announcement) {
        let attributes = announcement.attributes
        level = announcement.foreignForm == nil ? announcement.level.rawValue : "foreign"
        form = announcement.foreignForm
        if !attributes.communities.isEmpty {
            communities = attributes.communities.map(\.description)
        }
        if !attributes.largeCommunities.isEmpty {
            largeCommunities = attributes.largeCommunities.map(\.description)
        }
        med = attributes.med
        prepend = attributes.prepend == 0 ? nil : attributes.prepend
        bandwidth = attributes.bandwidth
    }
}
