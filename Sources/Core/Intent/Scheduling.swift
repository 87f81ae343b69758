/// How the kernel picks a real server for a new flow.
package struct Scheduling: Hashable, Sendable {
    /// The schedulers of `net/netfilter/ipvs`, by the names the kernel knows them under.
    package enum Scheduler: String, Hashable, Sendable, CaseIterable {
        case rr, wrr, lc, wlc, lblc, lblcr, dh, sh, mh, sed, nq, fo, ovf, twos
    }

    /// The options a scheduler or a service can carry, by their names in `ipvsadm`.
    package enum Flag: String, Hashable, Sendable, CaseIterable {
        /// Hash the source port too (`mh`).
        case mhPort = "mh-port"
        /// Look for another server when the hashed one has weight 0 (`mh`).
        case mhFallback = "mh-fallback"
        /// Hash the source port too (`sh`).
        case shPort = "sh-port"
        /// Look for another server when the hashed one has weight 0 (`sh`).
        case shFallback = "sh-fallback"
        /// Schedule every UDP packet on its own (one-packet scheduling).
        case onePacket = "ops"

        /// The scheduler it belongs to; `nil` when it goes with any.
        package var scheduler: Scheduler? {
            switch self {
            case .mhPort, .mhFallback: .mh
            case .shPort, .shFallback: .sh
            case .onePacket: nil
            }
        }
    }

    /// The scheduler.
    package var scheduler: Scheduler
    /// Its options.
    package var flags: Set<Flag>

    /// Maglev hashing over address and port with fallback: the one choice under which every
    /// director of an ECMP fabric sends the same flow to the same real server.
    package init(scheduler: Scheduler = .mh, flags: Set<Flag> = [.mhPort, .mhFallback]) {
        self.scheduler = scheduler
        self.flags = flags
    }
}
