package import Core
package import Net
import Synchronization

/// What has been reported to the round and not yet been taken: only the latest of each.
///
/// It is bounded by construction: a few outcomes per target, one report per plane, and the commands
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
        case applied(Post, [(change: Change, result: Result<Void, Fault>)])
    }

    /// What came of the probes of one target that wait to be judged.
    ///
    /// Several may end before the loop comes to them, and each counts towards rise or fall.
    package struct Results: Hashable, Sendable {
        /// The results before those of `last`, in their order.
        package private(set) var earlier: [Row] = []
        /// The last ones.
        package private(set) var last: Row

        /// Results in a row that say the same.
        package struct Row: Hashable, Sendable {
            /// The last of them.
            package var outcome: Outcome
            /// How many they are.
            package var count: Int
            /// How long the last of them had waited when it was put here.
            package var age: Duration
            /// The same of the first of them.
            package var firstAge: Duration

            /// So many results that say the same, the last of them being `outcome`.
            package init(
                _ outcome: Outcome,
                count: Int = 1,
                age: Duration = .zero,
                firstAge: Duration? = nil
            ) {
                self.outcome = outcome
                self.count = count
                self.age = age
                self.firstAge = firstAge ?? age
            }
        }

        /// The most rows before the last: a server that changes its mind more often than this
        /// between two turns is as it was last seen.
        package static let mostEarlier = 3

        /// One result.
        package init(_ outcome: Outcome, age: Duration = .zero) { last = Row(outcome, age: age) }

        /// One more.
        package mutating func add(_ outcome: Outcome, age: Duration = .zero) {
            // What an agent said is not unsaid by what it says later of something else.
            let outcome = outcome.following(last.outcome)
            guard outcome.verdict != last.outcome.verdict else {
                last = Row(outcome, count: last.count + 1, age: age, firstAge: last.firstAge)
                return
            }
            if earlier.count == Self.mostEarlier { earlier.removeFirst() }
            earlier.append(last)
            last = Row(outcome, age: age)
        }
    }

    /// Everything that waits.
    package struct Contents: Sendable {
        /// The results of each target.
        package var outcomes: [ProbeTarget: Results] = [:]
        /// How the sentinel of each endpoint stands; `nil` for one that is no more.
        package var sentinels: [Endpoint: SentinelSight?] = [:]
        /// How the process stands that carries out the probes, when that has changed.
        package var worker: ProbeWorkerSight?
        /// At most one for each post, because it has one assignment at a time.
        package var reports: [Report] = []
        /// Planes of which something may have changed.
        package var stirred: Set<PlaneName> = []
        /// What operators asked for, in their order.
        package var commands: [Command] = []

        /// Whether there are results of probes and nothing else.
        var hasOnlyOutcomes: Bool {
            !outcomes.isEmpty && sentinels.isEmpty && worker == nil && reports.isEmpty
                && stirred.isEmpty && commands.isEmpty
        }
    }

    /// The most commands that wait; people do not type faster than a round.
    package static let mostCommands = 64

    private let contents = Mutex(Contents())
    private let wake: @Sendable () -> Void

    /// An empty inbox that calls `wake` when something comes in.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// Probes ended, in this order; what ended together is judged together.
    package func put(_ results: [(target: ProbeTarget, outcome: Outcome, age: Duration)]) {
        contents.withLock { contents in
            if contents.outcomes.isEmpty { contents.outcomes.reserveCapacity(results.count) }
            for (target, outcome, age) in results {
                // Mostly nothing waits for the target: so it is looked up once.
                let only = Results(outcome, age: age)
                guard var known = contents.outcomes.updateValue(only, forKey: target) else {
                    continue
                }
                known.add(outcome, age: age)
                contents.outcomes[target] = known
            }
        }
        wake()
    }

    /// A sentinel stands otherwise; `nil` when it is no more.
    package func put(_ sight: SentinelSight?, of endpoint: Endpoint) {
        contents.withLock { _ = $0.sentinels.updateValue(sight, forKey: endpoint) }
        wake()
    }

    /// The process that carries out the probes stands otherwise.
    package func put(_ sight: ProbeWorkerSight) {
        contents.withLock { $0.worker = sight }
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
