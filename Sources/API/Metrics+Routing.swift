internal import Core

// Routing daemons, their peers, and drains.

extension Metrics {
    func addBGP(to page: inout MetricsText) {
        page.add(
            "penstock_frr_up",
            "1 if bgpd answers on its VTY; of several, if all do.",
            snapshot.frr.visibility.samples
        )
        addSpeakers(to: &page)
        addDrains(to: &page)
    }

    private func addSpeakers(to page: inout MetricsText) {
        let report = RoutingReport(snapshot)
        let seen = report.speakers.filter { $0.speaker.visibility.state == "seen" }
        // What cannot be seen has no series; the last that was seen would be a lie.
        guard !seen.isEmpty else { return }
        page.add(
            "penstock_frr_info",
            "What bgpd says it is, the configured AS, and the VRF; 1.",
            seen.map { entry in
                .init(
                    [
                        .init("version", entry.speaker.version),
                        .init("router_id", entry.speaker.routerID ?? ""),
                        .init("local_as", "\(entry.speaker.asn)"),
                        .init("vrf", entry.speaker.vrfName), .init("speaker", entry.speaker.name),
                    ],
                    1
                )
            }
        )
        let peers = seen.flatMap { entry in
            entry.peers.flatMap { peer in
                (peer.peer.families ?? []).map { (entry.speaker, peer.peer, $0) }
            }
        }
        page.add(
            "penstock_bgp_peer_up",
            "1 if the session is established, for each family activated.",
            peers.map { speaker, peer, family in
                .init(peer.labels(family, speaker), peer.established)
            }
        )
        page.add(
            "penstock_bgp_peer_prefixes_sent",
            "Prefixes that bgpd counts as sent to the peer, ours or not.",
            peers.compactMap { speaker, peer, family in
                peer.prefixesSent?[family].map { .init(peer.labels(family, speaker), $0) }
            }
        )
        page.add(
            "penstock_bgp_peer_policy_missing",
            "1 if FRR discards all of a direction for want of a policy (ebgp-requires-policy).",
            peers.flatMap { speaker, peer, family in
                Peer.PolicyGap.Direction.allCases.map { direction in
                    let word = direction.rawValue
                    return .init(
                        peer.labels(family, speaker) + [.init("direction", word)],
                        peer.policyMissing?.contains("\(family)/\(word)") == true
                    )
                }
            }
        )
        page.add(
            "penstock_bgp_peer_vips_sent",
            "VIPs that the peer is seen to be sent, of any family.",
            seen.flatMap { entry in
                entry.peers.map { peer in
                    .init(
                        [.init("peer", peer.peer.id), .init("vrf", entry.speaker.vrfName)],
                        peer.vips
                    )
                }
            }
        )
    }

    private func addDrains(to page: inout MetricsText) {
        let drained = snapshot.vips.compactMap { vip in vip.drain.map { (vip, $0) } }
        page.add(
            "penstock_vip_drain_step",
            "1 for the step of the drain of a VIP alone, 0 for the others.",
            drained.flatMap { vip, drain in
                DrainStatus.Step.allCases.map { step in
                    .init([.vip(vip), .init("step", step.rawValue)], step == drain.step)
                }
            }
        )
        page.add(
            "penstock_node_drain_step",
            "1 for the step of the drain of the director, 0 for the others.",
            snapshot.node.drain.map { drain in
                DrainStatus.Step.allCases.map { step in
                    .init([.init("step", step.rawValue)], step == drain.step)
                }
            } ?? []
        )
    }
}

extension SpeakerStatus {
    /// The VRF, by the name that FRR gives to none.
    fileprivate var vrfName: String { vrf ?? "default" }
}

extension PeerStatus {
    fileprivate func labels(_ family: String, _ speaker: SpeakerStatus) -> [MetricsText.Label] {
        let asn = asn.map { [MetricsText.Label("peer_as", "\($0)")] } ?? []
        return [.init("peer", id)] + asn
            + [.init("afi", family), .init("safi", "unicast"), .init("vrf", speaker.vrfName)]
    }
}
