package import Core

// The document about routes: what is wanted, what bgpd has, and what peers were sent.

/// Every speaker with its peers, and every VIP with its route.
package struct RoutingReport: Codable, Equatable, Sendable {
    /// When the picture was taken.
    package var takenAt: Timestamp
    /// The speakers, in the order of the configuration.
    package var speakers: [SpeakerReport]
    /// The routes of VIPs, by name.
    package var routes: [RouteReport]
    /// What is wrong with any of it now.
    package var warnings: [WarningStatus]

    /// One routing daemon, or one instance of it.
    package struct SpeakerReport: Codable, Equatable, Sendable {
        /// What it is, and how well it can be seen.
        package var speaker: SpeakerStatus
        /// Its peers.
        package var peers: [PeerReport]
    }

    /// One peer.
    package struct PeerReport: Codable, Equatable, Sendable {
        /// Who it is, and how its session stands.
        package var peer: PeerStatus
        /// How many VIPs it was last seen to be sent, and how many of those with the worse path of
        /// a drain.
        package var vips: Int
        package var softened: Int
    }

    /// The route of one VIP.
    package struct RouteReport: Codable, Equatable, Sendable {
        /// The VIP, and its address.
        package var vip: String
        package var address: String
        /// The speaker that it is announced by; absent where there is one.
        package var speaker: String?
        /// How the VIP stands, and why it is not announced.
        package var state: VIPStatus.State
        package var reason: ReasonStatus?
        /// What should be announced, and what bgpd is seen to have; absent for nothing.
        package var wanted: AnnouncementStatus?
        package var announced: AnnouncementStatus?
        /// The peers it was last seen to be sent to, and those of them with the worse path.
        package var sentTo: [String]
        package var softenedTo: [String]
        /// How many peers could be sent it.
        package var peers: Int?
        /// Whether bgpd knows a path to it that is not ours; absent while that is not known.
        package var otherPath: Bool?
        /// Whether there is nothing to change, and every peer that could be is sent it.
        package var inStep: Bool

        init(_ vip: VIPStatus) {
            self.vip = vip.name
            address = vip.address
            speaker = vip.speaker
            state = vip.state
            reason = vip.reason
            wanted = vip.wantedAnnouncement
            announced = vip.announcement
            sentTo = vip.advertisedTo
            softenedTo = vip.softenedTo ?? []
            peers = vip.peers
            otherPath = vip.otherPath
            inStep =
                wanted == announced && (wanted != nil) == !sentTo.isEmpty
                && (wanted?.level != Announcement.Level.soft.rawValue || softenedTo == sentTo)
        }
    }

    /// The routes of `snapshot`; of those VIPs only that `names` names, by name or address.
    package init(_ snapshot: Snapshot, only names: [String] = []) {
        takenAt = snapshot.takenAt
        let vips = snapshot.vips.filter {
            names.isEmpty || names.contains($0.name) || names.contains($0.address)
        }
        routes = vips.map(RouteReport.init)
        let frr = snapshot.frr
        let all = frr.eachSpeaker
        speakers = all.map { speaker in
            // A peer's identifier leads with its speaker's name where there are several.
            let mark = all.count == 1 ? "" : "\(speaker.name)/"
            return SpeakerReport(
                speaker: speaker,
                peers: frr.peers.filter { $0.id.hasPrefix(mark) }.map { peer in
                    PeerReport(
                        peer: peer,
                        vips: snapshot.vips.count { $0.advertisedTo.contains(peer.id) },
                        softened: snapshot.vips.count {
                            $0.softenedTo?.contains(peer.id) ?? false
                        }
                    )
                }
            )
        }
        let shown = Set(vips.map(\.name))
        warnings = snapshot.warnings.filter { warning in
            warning.vip.map(shown.contains) ?? warning.code.hasPrefix("F")
        }
    }
}
