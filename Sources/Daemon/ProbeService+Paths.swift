package import Core
package import Net
package import Probes
import Synchronization

/// Probes that go to a VIP: with the mark that leads to their real server, from the address that
/// a probe of that server itself would come from.
extension ProbeService {
    /// Says where packets for a real server would come from.
    package typealias Source = @Sendable (_ server: IPAddress) -> ProbeSource

    /// What becomes of a probe that is due.
    package enum Passage: Equatable {
        /// It is sent like this.
        case sent(ProbeTarget)
        /// It cannot be sent, which says this.
        case none(Outcome)
    }

    /// Takes the ways that are open now.
    package func update(paths: [ProbePath: UInt32]) {
        mail.withLock { $0.paths = paths }
        wakeup.wake()
    }

    /// How the probe of `target` goes out, as far as `paths` are open.
    ///
    /// A packet with a mark that has no service is passed on by that of the VIP, to whichever
    /// server that chooses (`ip_vs_service_find`, net/netfilter/ipvs/ip_vs_ctl.c). So without a way
    /// nothing is sent, and nothing is said of the server.
    package func passage(of target: ProbeTarget, _ paths: [ProbePath: UInt32]) -> Passage {
        // By its case: what has a text is compared by that, and this is asked for every probe.
        switch target.check.via {
        case .direct: return .sent(target)
        case .vip: break
        }
        var origin = target.check.origin
        if let path = target.path {
            guard let mark = paths[path] else {
                let detail = "not sent: IPVS has no path of checks to \(path) yet"
                return .none(Outcome(.socketError, detail: detail))
            }
            origin.mark = mark
        }
        guard origin.source(for: target.endpoint.address.family) == nil else {
            return .sent(target.sent(from: origin))
        }
        switch source(target.host) {
        case .none(let outcome): return .none(outcome)
        case .address(target.endpoint.address):
            let detail =
                "not sent: packets to \(target.host) would come from the VIP itself; give the "
                + "check a `source`"
            return .none(Outcome(.socketError, detail: detail))
        case .address(let address):
            switch address.family {
            case .v4: origin.v4 = address
            case .v6: origin.v6 = address
            }
            return .sent(target.sent(from: origin))
        }
    }
}

/// Says when the probes are to be told of the ways through IPVS: whenever those change.
final class PathNews: Sendable {
    private let generation = Atomic(0)

    /// Whether the ways of `director` are others than at the last call.
    func isDue(_ director: borrowing Director) -> Bool {
        let latest = director.openPathsGeneration
        return generation.exchange(latest, ordering: .relaxed) != latest
    }
}
