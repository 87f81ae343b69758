package import Net

/// What is believed about one address: seen by audits, kept up to date by acknowledged writes.
package struct Sight: Equatable, Sendable {
    /// What is there.
    package var slice: Slice = .empty
    /// Services whose removal was handed out and is neither acknowledged nor seen.
    ///
    /// They carry nothing any more, and may be there all the same.
    package var vanishing: Set<ServiceID> = []
    /// Established connections per destination, as last seen, where there are any.
    package var activeConnections: [ServiceID: [Endpoint: Int]] = [:]
    /// What was counted for each service, as last seen.
    package var traffic: [ServiceID: ServiceTraffic] = [:]
    /// When the table was last looked at.
    package var tableSeenAt: Moment?
    /// The peers of its speaker that were last seen to be sent the prefix.
    package var sentTo: Set<String> = []
    /// In which form they are known to have been sent it, as far as that is known.
    package var sentForms: [String: Announcement] = [:]
    /// Whether `sentTo` was read after the last write to bgpd.
    ///
    /// An acknowledged write proves neither that a route left the box nor that it came back.
    package var isRouteConfirmed = false
    /// Why the prefix is configured and yet sent to nobody.
    package var obstacle: Fault?
    /// Why single peers are not sent what others are, where that was found out.
    package var withheld: [String: Fault] = [:]
    /// Whether its speaker knows a usable path to it that is not ours; `nil` while nobody said.
    package var hasOtherPath: Bool?
    /// What is known of its path for people.
    package var evidence: [PathEvidence] = []
    /// The peers without a session that may have kept it, and until when.
    ///
    /// A router that helps a graceful restart (RFC 4724) goes on forwarding by what it was sent.
    package var lingering: [String: Moment] = [:]
    /// What is left of it at other speakers; nothing where it was seen gone.
    package var strays: [Name: Stray] = [:]

    /// A route at a speaker that it should not be at.
    package struct Stray: Equatable, Sendable {
        /// How that speaker originates it; `nil` when it does not any more.
        package var form: Announcement?
        /// The peers that were last seen to be sent it.
        package var sentTo: Set<String>
        /// Whether that was read after the last write.
        package var isConfirmed: Bool

        /// A route that these peers are sent.
        package init(form: Announcement?, sentTo: Set<String>, isConfirmed: Bool = true) {
            self.form = form
            self.sentTo = sentTo
            self.isConfirmed = isConfirmed
        }
    }

    /// An address never looked at.
    package init() {}

    /// True once the route is seen to be gone: not configured, sent to no peer, and kept by none
    /// that has lost its session.
    package var isRouteGone: Bool {
        isRouteConfirmed && !slice.announced && sentTo.isEmpty && strays.isEmpty
            && lingering.isEmpty
    }

    /// Forgets the peers that have given the route up by `now`.
    mutating func forgetLingering(at now: Moment) {
        guard !lingering.isEmpty else { return }
        lingering = lingering.filter { $0.value > now }
    }

    /// The peers known to have been sent the path as a soft one.
    package var softPeers: Set<String> {
        Set(sentForms.filter { $0.value.level == .soft }.keys)
    }
}
