package import Core

// The documents about drains. Their keys, as spelt here, are what programs see.

/// What the director, or one VIP, is asked to be.
package struct NodeStateRequest: Codable, Equatable, Sendable {
    /// The states that can be asked for.
    package enum State: String, Codable, Equatable, Sendable, CaseIterable {
        /// Take part in the fabric.
        case active
        /// Leave it, and wait until it is quiet.
        case drained
    }

    /// The ways to leave.
    package enum Mode: String, Codable, Equatable, Sendable, CaseIterable {
        /// First a worse path, so that routers move while the old one still works.
        case soft
        /// Withdraw at once.
        case now
    }

    /// The wanted state.
    package var state: State
    /// How to get there; `soft` when absent.
    package var mode: Mode?
    /// Why, in the operator's words, and for how long.
    package var reason: String?
    package var `for`: String?
    /// Whether it may take away the last path that is known to a VIP.
    package var yes: Bool?
    /// Whether it is forgotten when the daemon starts anew, as befits a machine that stops.
    package var transient: Bool?

    /// A wish for `state`.
    package init(
        state: State,
        mode: Mode? = nil,
        reason: String? = nil,
        for term: String? = nil,
        yes: Bool? = nil,
        transient: Bool? = nil
    ) {
        self.state = state
        self.mode = mode
        self.reason = reason
        self.for = term
        self.yes = yes
        self.transient = transient
    }
}

/// How something that takes a while comes along.
package struct OperationReport: Codable, Equatable, Sendable {
    /// Where it stands.
    package enum State: String, Codable, Equatable, Sendable, CaseIterable {
        /// Under way.
        case running
        /// Over; `drain.ending` says how.
        case done
        /// Nobody wants it (any more).
        case none
    }

    /// What it goes by: `drain`, or `drain-VIP`.
    package var id: String
    /// The VIP it is about; absent for the whole director.
    package var vip: String?
    /// When this was so.
    package var takenAt: Timestamp
    /// Where it stands.
    package var state: State
    /// The drain, unless there is none.
    package var drain: DrainStatus?

    /// The drain of the director, or of `vip`.
    init(drain: DrainStatus?, vip: String? = nil, takenAt: Timestamp) {
        id = Self.id(vip)
        self.vip = vip
        self.takenAt = takenAt
        self.drain = drain
        state = drain.map { $0.step == .done ? .done : .running } ?? .none
    }

    private static let drainID = "drain"

    private static func id(_ vip: String?) -> String {
        vip.map { "\(drainID)-\($0)" } ?? drainID
    }

    /// Where the drain of the director, or of `vip`, is to be watched.
    package static func path(vip: String? = nil) -> String {
        "/v1/operations/" + ControlClient.segment(id(vip))
    }

    /// The operation called `id` in `snapshot`; `nil` when nothing can go by that.
    static func find(_ id: String, in snapshot: Snapshot) -> OperationReport? {
        let takenAt = snapshot.takenAt
        guard id != drainID else {
            return OperationReport(drain: snapshot.node.drain, takenAt: takenAt)
        }
        if let vip = snapshot.vips.first(where: { self.id($0.name) == id }) {
            return OperationReport(drain: vip.drain, vip: vip.name, takenAt: takenAt)
        }
        // Ordered, and nothing that it could be carried out on.
        return snapshot.keptDrains?.first { self.id($0.name) == id }.map {
            OperationReport(drain: nil, vip: $0.name, takenAt: takenAt)
        }
    }
}

/// What an operator wants of the director, or of VIPs, with everything read and understood.
package struct DrainRequest: Equatable, Sendable {
    /// What is to be drained, or not any more; all of it or, when any is refused, nothing.
    package let scopes: [DrainScope]
    /// How to drain; `nil` to end that.
    package let mode: DrainMode?
    /// Who wants it, why, and for how long unless for good.
    package let by: String
    package let reason: String
    package let term: Duration?
    /// Whether it may take away the last path that is known to a VIP.
    package let isLastPathWaived: Bool
    /// Whether it ends when the daemon does.
    package let isTransient: Bool

    /// A wish of these parts.
    package init(
        scopes: [DrainScope],
        mode: DrainMode?,
        by: String,
        reason: String = "",
        term: Duration? = nil,
        isLastPathWaived: Bool = false,
        isTransient: Bool = false
    ) {
        self.scopes = scopes
        self.mode = mode
        self.by = by
        self.reason = reason
        self.term = term
        self.isLastPathWaived = isLastPathWaived
        self.isTransient = isTransient
    }
}
