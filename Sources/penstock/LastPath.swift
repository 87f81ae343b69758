internal import API
package import Core
internal import Net

/// Which VIPs a drain would take out of the network, as far as bgpd knows.
///
/// No other path in bgpd's table is enough to ask. bgpd knows only what it is sent, so in a fabric
/// that hides other directors from this one it never knows of any; that is for the operator to say
/// (`drain.last-path: ignore`), and the refusal tells how to find out which of the two it is.
package struct LastPath: Equatable, Sendable {
    /// The VIPs of the scope that are announced, and to which bgpd knows no path but ours.
    package let vips: [String]
    /// Whether no peer has sent anything to the daemons that announce them.
    package let isDeaf: Bool
    /// Why those daemons could not be looked at just now; `nil` when they were.
    package let doubt: Fault?

    /// What a drain of `scopes` would take, going by `snapshot`.
    ///
    /// A VIP that is being drained already is none of its doing.
    package init(takenByDrainOf scopes: [DrainScope], in snapshot: Snapshot, isFresh: Bool) {
        let lost = Self.announced(scopes, in: snapshot).filter { $0.otherPath != true }
        vips = lost.map(\.name)
        let speakers = Set(lost.map(\.speaker))
        isDeaf = !speakers.contains { Self.isHearing($0, in: snapshot.frr) }
        doubt = Self.doubt(
            about: Set(Self.vips(of: scopes, in: snapshot).map(\.speaker)),
            in: snapshot.frr,
            isFresh: isFresh
        )
    }

    /// The VIPs of `scopes` that routers are sent, and that no drain takes away yet.
    static func announced(_ scopes: [DrainScope], in snapshot: Snapshot) -> [VIPStatus] {
        guard snapshot.node.drain == nil else { return [] }
        return vips(of: scopes, in: snapshot).filter { !$0.advertisedTo.isEmpty && $0.drain == nil }
    }

    private static func vips(of scopes: [DrainScope], in snapshot: Snapshot) -> [VIPStatus] {
        guard !scopes.contains(.node) else { return snapshot.vips }
        let meant = Set(
            scopes.compactMap { scope in
                if case .vip(let address) = scope { "\(address)" } else { nil }
            }
        )
        return snapshot.vips.filter { meant.contains($0.address) }
    }

    /// Whether a peer of the speaker has sent it anything that it took.
    private static func isHearing(_ speaker: String?, in frr: FRRStatus) -> Bool {
        // A peer's identifier leads with its speaker's name where there are several.
        let mark = speaker.map { "\($0)/" } ?? ""
        return frr.peers.contains { peer in
            peer.established && peer.id.hasPrefix(mark)
                && peer.prefixesAccepted?.contains { $0.value > 0 } == true
        }
    }

    private static func doubt(
        about speakers: Set<String?>,
        in frr: FRRStatus,
        isFresh: Bool
    ) -> Fault? {
        let blind = frr.eachSpeaker.first { speaker in
            speaker.visibility.fault != nil
                && (speakers.contains(nil) || speakers.contains(speaker.name))
        }
        return blind?.visibility.fault ?? (isFresh ? nil : .noFreshLook)
    }

    // MARK: In words

    /// The most VIPs that are named.
    private static let namedAtMost = 10

    /// The VIPs, as many as there is room for.
    private var names: String {
        let more = vips.count - Self.namedAtMost
        return vips.prefix(Self.namedAtMost).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }

    /// The refusal to take them.
    var refusal: Refusal {
        let them = vips.count == 1 ? "it" : "them"
        let heard =
            isDeaf
            ? "no peer has sent bgpd any prefix: either no other director announces, or bgpd "
                + "cannot hear of one, because inbound policy or the AS loop check drops what it "
                + "announces"
            : "a drain here would take \(them) out of the network, unless others announce what "
                + "bgpd is not sent"
        let unsure = doubt.map { "; bgpd was not looked at just now (\($0.code) \($0.summary)), " }
        let because = heard + (unsure.map { $0 + "and this is what it last showed" } ?? "")
        let hearing =
            isDeaf
            ? "; let bgpd hear of others: `allowas-in` and an inbound filter that takes the VIPs "
                + "here, `addpath-tx-all-paths` and `solo` on the router; where that cannot be, "
                + "`drain.last-path: ignore`" : ""
        return Refusal(
            .conflict,
            Fault(
                code: DrainCommand.lastPath,
                summary: "bgpd knows no other path to \(names)",
                because: because,
                fix: "bring another director back first\(hearing); or say that it is meant: --yes"
            )
        )
    }
}

extension Fault {
    /// bgpd was to be looked at, and was not in time.
    fileprivate static let noFreshLook = Fault(
        code: "F104",
        summary: "bgpd did not answer in time"
    )
}
