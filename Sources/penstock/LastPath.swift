internal import API
package import Core
internal import Net

/// Which VIPs a drain would take out of the network, as far as bgpd knows.
///
/// bgpd knows only what it hears. Where no peer sends it anything, that it knows no other path says
/// nothing about the network, and a question that is always asked is soon answered unread.
package enum LastPath {
    /// The announced VIPs of `scope` to which bgpd knows no path but ours, by name.
    package static func vips(lostBy scope: DrainScope, in snapshot: Snapshot) -> [String] {
        snapshot.vips.filter { vip in
            guard isIn(scope, vip), vip.otherPath == false else { return false }
            return !vip.advertisedTo.isEmpty && isHearing(vip.speaker, in: snapshot.frr)
        }.map(\.name)
    }

    private static func isIn(_ scope: DrainScope, _ vip: VIPStatus) -> Bool {
        switch scope {
        case .node: true
        case .vip(let address): vip.address == "\(address)"
        }
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

    /// The refusal to lose `vips`.
    static func refusal(_ vips: [String]) -> Refusal {
        let shown = vips.prefix(10).joined(separator: ", ")
        let more = vips.count > 10 ? " and \(vips.count - 10) more" : ""
        return Refusal(
            .conflict,
            Fault(
                code: DrainCommand.lastPath,
                summary: "bgpd knows no other path to \(shown)\(more)",
                because: "a drain here would take \(vips.count == 1 ? "it" : "them") out of the "
                    + "network, unless others announce what bgpd does not hear of",
                fix: "bring another director back first; or say that it is meant: --yes"
            )
        )
    }
}
