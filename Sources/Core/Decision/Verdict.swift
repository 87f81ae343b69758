import Net

/// Whether a VIP should be announced, always with a reason when not.
package enum Verdict: Hashable, Sendable {
    case announce
    case withhold(Reason)

    /// The reason against; `nil` when there is none.
    package var reason: Reason? {
        switch self {
        case .announce: nil
        case .withhold(let reason): reason
        }
    }
}

/// Why a VIP is not announced: one word for programs, one sentence for people.
package enum Reason: Hashable, Sendable {
    /// It is not in the configuration (any more).
    case notConfigured
    /// The director is draining or drained, for this reason.
    case drained(String)
    /// The VIP alone is draining or drained, for this reason.
    case vipDrained(String)
    /// These services have backends that were never judged, and too few that were.
    case notChecked([Name])
    /// These services have less live weight than their quorum.
    case noQuorum([Shortfall])
    /// It has been healthy, but not yet for as long as configured.
    case holdUp(remaining: Duration)
    /// It would stand on servers that fail, and count as up only because nearly everything fails.
    case suspect(failing: Int, of: Int)
    /// It flapped, with this penalty, and returns when that has fallen far enough.
    case damped(penalty: Int, remaining: Duration)
    /// bgpd may not have read all of its configuration yet.
    case loading
    /// Whether the drain file exists could not be told yet; that is waited for so long.
    case drainFileUnknown(remaining: Duration)
    /// Someone else keeps removing its route, and is left alone for so long.
    case contested(remaining: Duration)
    /// A plane could not be looked at yet.
    case unseen(PlaneName)
    /// A plane could be looked at earlier and cannot now.
    case blind(PlaneName, Fault)
    /// Its address is not seen on our link.
    case addressMissing
    /// These services are not seen in IPVS with a live quorum.
    case servicesMissing([Name])
    /// These services were not seen to serve from here: some failed, of others nothing is known.
    case selfCheck(failed: [Name], waiting: [Name])
    /// These kernel settings are not seen in force.
    case settingsWrong([String])
    /// bgpd is not one that may be written to.
    case refused(Fault)

    /// A service that lacks live weight.
    package struct Shortfall: Hashable, Sendable {
        /// The service.
        package let service: Name
        /// What lives.
        package let live: Int
        /// What would do.
        package let needed: Int
        /// What both are counted in.
        package let unit: Quorum.Unit

        /// A service with so much that lives where so much is needed.
        package init(service: Name, live: Int, needed: Int, _ unit: Quorum.Unit = .weight) {
            self.service = service
            self.live = live
            self.needed = needed
            self.unit = unit
        }
    }

    /// The stable word for logs, metrics and the API.
    package var code: String {
        switch self {
        case .notConfigured: "not-configured"
        case .drained: "drained"
        case .vipDrained: "vip-drained"
        case .notChecked: "not-checked"
        case .noQuorum: "no-quorum"
        case .holdUp: "hold-up"
        case .damped: "damped"
        case .suspect: "suspect"
        case .loading: "loading"
        case .drainFileUnknown: "drain-file"
        case .contested: "contested"
        case .unseen: "unseen"
        case .blind: "blind"
        case .addressMissing: "address-missing"
        case .servicesMissing: "services-missing"
        case .selfCheck: "self-check"
        case .settingsWrong: "settings-wrong"
        case .refused: "refused"
        }
    }
}

extension Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notConfigured: return "not in the configuration"
        case .drained(let reason):
            return reason.isEmpty ? "the director is drained" : "the director is drained: \(reason)"
        case .vipDrained(let reason):
            return reason.isEmpty ? "the VIP is drained" : "the VIP is drained: \(reason)"
        case .notChecked(let names): return "no verdict yet on \(list(names))"
        case .noQuorum(let shortfalls):
            let parts = shortfalls.map {
                "\($0.service) has \($0.live) of \($0.needed)"
                    + ($0.unit == .servers ? " servers" : "")
            }
            return "quorum lost: \(parts.joined(separator: ", "))"
        case .holdUp(let remaining):
            return "healthy, announced in \(Self.tenths(remaining)) s (hold-up)"
        case .suspect(let failing, let all):
            return "\(failing) of \(all) targets fail at once: nothing new is announced meanwhile"
        case .damped(let penalty, let remaining):
            return "flapped, penalty \(penalty): announced in \(Self.tenths(remaining)) s (damping)"
        case .drainFileUnknown(let remaining):
            return "whether the drain file exists could not be told since the start: announced in "
                + "\(Self.tenths(remaining)) s all the same"
        case .loading: return "bgpd may not have read all of its configuration yet"
        case .contested(let remaining):
            return "someone else keeps removing its route: put back in "
                + "\(Self.tenths(remaining)) s"
        case .unseen(let plane): return "\(plane.label) has not been seen yet"
        case .blind(let plane, let fault): return "\(plane.label) cannot be seen: \(fault)"
        case .addressMissing: return "its address is not on our link"
        case .servicesMissing(let names): return "not in IPVS with a live quorum: \(list(names))"
        case .selfCheck(let failed, let waiting):
            let parts = [
                failed.isEmpty ? nil : "\(list(failed)) failed",
                waiting.isEmpty ? nil : "no result yet of \(list(waiting))",
            ]
            return "not seen to serve (self-check): "
                + parts.compactMap { $0 }.joined(separator: ", ")
        case .settingsWrong(let names):
            return "kernel settings: \(names.joined(separator: ", "))"
        case .refused(let fault): return "\(fault)"
        }
    }

    private func list(_ names: [Name]) -> String {
        names.map(\.text).joined(separator: ", ")
    }

    /// Seconds with one decimal, without Foundation.
    static func tenths(_ duration: Duration) -> String {
        let tenths = max(0, (duration.nanoseconds + 99_999_999) / 100_000_000)
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Milliseconds with one decimal, without Foundation.
    static func milliseconds(_ duration: Duration) -> String { tenths(duration * 1_000) }
}

extension PlaneName {
    /// The plane's name in a sentence.
    package var label: String {
        switch self {
        case .link: "the VIP link"
        case .ipvs: "IPVS"
        case .bgp: "bgpd"
        }
    }
}
