package import Core
import FRR
package import Logging
import Net

/// The routing daemon as a plane: announcements are `network` statements, and what counts as seen
/// is what peers are really sent.
package struct BGPPlane: Plane {
    private let client: BGP
    private let policy: BGPPolicy

    /// The plane of the bgpd that `policy` names, not connected yet.
    package init(_ policy: BGPPolicy, logger: Logger) {
        self.policy = policy
        client = BGP(asn: policy.asn, socket: policy.vtySocket, logger: logger)
    }

    package func observe() async throws(Fault) -> RoutingFacts {
        do {
            let facts = facts(try await client.observe(owned: policy.ownedPrefixes))
            return RoutingFacts([policy.mainSpeaker.name: .success(facts)])
        } catch {
            throw Fault(error)
        }
    }

    package func apply(_ changes: [Change]) async -> [Result<Void, Fault>] {
        var announce: [BGPAnnouncement] = []
        var withdraw: [IPAddress] = []
        for change in changes {
            switch change {
            case .announce(let address, _, _): announce.append(BGPAnnouncement(address))
            case .withdraw(let address, _): withdraw.append(address)
            default: preconditionFailure("a change of another plane reached bgpd: \(change)")
            }
        }
        do {
            let outcomes = try await client.apply(
                BGPBatch(withdraw: withdraw, announce: announce)
            )
            let byAddress = Dictionary(
                outcomes.map { ($0.key.address, $0.value) },
                uniquingKeysWith: { first, _ in first }
            )
            return changes.map { result(of: byAddress[$0.address ?? IPAddress(v4: 0)]) }
        } catch {
            // Some of it may have been carried out: every change is unknown, and read back.
            return changes.map { _ in .failure(Fault(error)) }
        }
    }

    package func watch(reporting report: @escaping @Sendable () -> Void) async {
        await client.keep { _ in report() }
    }

    private func result(of outcome: BGPBatch.Outcome?) -> Result<Void, Fault> {
        switch outcome {
        case .accepted, .alreadyAbsent: .success(())
        case .refused(let error): .failure(Fault(error))
        case nil:
            .failure(
                Fault(code: "F112", summary: "bgpd was not told", because: "the batch was cut")
            )
        }
    }

    private func facts(_ seen: BGPObservation) -> BGPFacts {
        // Whoever reads it knows that it is FRR; Quagga is the surprise.
        let version = seen.version
        var facts = BGPFacts(version: version.product == .frr ? version.version : "\(version)")
        facts.peers = seen.peers.sorted { $0.key < $1.key }.map { name, peer in
            var found = Peer(
                id: "\(name)",
                asn: peer.asn,
                state: peer.state,
                families: Set(peer.families.keys),
                stateFor: peer.uptime
            )
            found.sentPrefixes = peer.families.compactMapValues(\.sentPrefixes)
            return found
        }
        guard let instance = seen.instance else {
            facts.refusal = Fault(.noInstance)
            return facts
        }
        if instance.asn != policy.asn {
            facts.refusal = Fault(.otherASN(configured: policy.asn, running: instance.asn))
        }
        for prefix in instance.networks.keys {
            if prefix.isHost, policy.ownedPrefixes.contains(where: { $0.contains(prefix) }) {
                facts.announced[prefix] = Announcement()
            } else {
                facts.foreignNetworks += 1
            }
        }
        for (address, peers) in seen.sent {
            facts.sentTo[Prefix(host: address)] = Set(peers.map(\.description))
        }
        for (address, obstacles) in seen.obstacles {
            facts.obstacles[Prefix(host: address)] = obstacles.first.map { obstacle in
                Fault(
                    code: obstacle.code,
                    summary: "\(Prefix(host: address)): \(obstacle)",
                    fix: obstacle.fix
                )
            }
        }
        return facts
    }
}

extension Fault {
    init(_ error: FRRError) {
        self.init(
            code: error.code,
            summary: error.summary,
            because: error.because,
            fix: error.fix
        )
    }
}
