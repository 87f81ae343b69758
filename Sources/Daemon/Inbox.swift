package import Core
import Synchronization

/// What has been reported to the round and not yet been taken: only the latest of each.
///
/// It is bounded by construction: one outcome per target, one report per plane, and the commands
/// of people. A slow round finds fewer, newer things, never a longer queue.
package final class Inbox: Sendable {
    /// What a plane answered to its assignment.
    package enum Report: Sendable {
        case link(LinkFacts)
        case ipvs(IPVSFacts)
        case bgp(RoutingFacts)
        case unseen(PlaneName, Fault)
        case felt(Name, Fault?)
        case listed(TableListing)
        case unlisted(Fault)
        case applied(PlaneName, [(change: Change, result: Result<Void, Fault>)])
    }

    /// Everything that waits.
    package struct Contents: Sendable {
        /// The latest outcome of each target.
        package var outcomes: [ProbeTarget: Outcome] = [:]
        /// At most one per plane, because a plane has one assignment at a time.
        package var reports: [Report] = []
        /// Planes of which something may have changed.
        package var stirred: Set<PlaneName> = []
        /// What operators asked for, in their order.
        package var commands: [Command] = []
    }

    /// The most commands that wait; people do not type faster than a round.
    package static let mostCommands = 64

    private let contents = Mutex(Contents())
    private let wake: @Sendable () -> Void

    /// An empty inbox that calls `wake` when something comes in.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// A probe ended.
    package func put(_ outcome: Outcome, of target: ProbeTarget) {
        contents.withLock { $0.outcomes[target] = outcome }
        wake()
    }

    /// A plane answered.
    package func put(_ report: Report) {
        contents.withLock { $0.reports.append(report) }
        wake()
    }

    /// Something of a plane may have changed.
    package func stirred(_ plane: PlaneName) {
        contents.withLock { _ = $0.stirred.insert(plane) }
        wake()
    }

    /// Someone asked for something; `false` when too much is waiting.
    package func put(_ command: Command) -> Bool {
        defer { wake() }
        return contents.withLock { contents in
            guard contents.commands.count < Self.mostCommands else { return false }
            contents.commands.append(command)
            return true
        }
    }

    /// Takes everything that waits.
    package func takeAll() -> Contents {
        contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }
}
