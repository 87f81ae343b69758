import IPVS
import Net

/// Which destinations each service has, in a few bytes for each: enough to tell that some are
/// missing or have come, and not which.
struct Census {
    /// The destinations of one service.
    struct Roll: Equatable {
        private var count = 0
        /// The hashes of all of them taken together, in whichever order.
        private var mix = 0

        /// No destination.
        init() {}

        /// Those of `entry`.
        init(_ entry: IPVS.Table.Entry) {
            for seen in entry.destinations { toggle(seen.destination.endpoint, by: 1) }
        }

        /// One more, or one less.
        mutating func toggle(_ endpoint: Endpoint, by change: Int) {
            count += change
            mix ^= endpoint.hashValue
        }
    }

    private var rolls: [IPVS.ServiceIdentity: Roll]
    /// The services of which something failed, so that nobody knows what they hold.
    private var doubtful: Set<IPVS.ServiceIdentity> = []

    /// What `table` holds.
    init(of table: IPVS.Table) {
        rolls = Dictionary(
            table.entries.map { ($0.service.service.identity, Roll($0)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Keeps up with what we do ourselves.
    ///
    /// What failed makes a service one to be read again.
    mutating func record(_ operation: IPVS.Operation, failed: Bool) {
        guard let identity = operation.service else { return }
        if failed {
            doubtful.insert(identity)
            return
        }
        switch operation {
        case .newService:
            rolls[identity] = Roll()
            doubtful.remove(identity)
        case .deleteService:
            rolls[identity] = nil
            doubtful.remove(identity)
        case .newDestination(let destination, _):
            rolls[identity]?.toggle(destination.endpoint, by: 1)
        case .deleteDestination(let endpoint, _): rolls[identity]?.toggle(endpoint, by: -1)
        default: break
        }
    }

    /// The services of which `table` shows something else than was counted, or of which nobody
    /// knows what to expect.
    func suspects(in table: IPVS.Table) -> [IPVS.ServiceIdentity] {
        let seen = Census(of: table).rolls
        return Set(seen.keys).union(rolls.keys).union(doubtful).filter {
            doubtful.contains($0) || seen[$0] != rolls[$0]
        }
    }
}
