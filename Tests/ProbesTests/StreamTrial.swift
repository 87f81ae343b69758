import Core
import Glibc
import Net
import Netlink
import Probes
import Synchronization
import Testing

/// Probes of a test over `StreamProber`.
enum StreamTrial {
    /// What was reported, and who waits for it.
    private final class Reports: Sendable {
        private struct State: Sendable {
            var ends: [ProbeEnd] = []
            var wanted = Int.max
            var waiting: CheckedContinuation<[ProbeEnd], Never>?
        }

        private let state = Mutex(State())

        /// Takes what has ended.
        func add(_ ends: [ProbeEnd]) {
            let waiting = state.withLock { state in
                state.ends += ends
                return Self.due(&state)
            }
            waiting?.0.resume(returning: waiting?.1 ?? [])
        }

        /// The first so many.
        func first(_ count: Int) async -> [ProbeEnd] {
            await withCheckedContinuation { continuation in
                let waiting = state.withLock { state in
                    state.wanted = count
                    state.waiting = continuation
                    return Self.due(&state)
                }
                waiting?.0.resume(returning: waiting?.1 ?? [])
            }
        }

        private static func due(
            _ state: inout State
        ) -> (CheckedContinuation<[ProbeEnd], Never>, [ProbeEnd])? {
            guard let waiting = state.waiting, state.ends.count >= state.wanted else { return nil }
            state.waiting = nil
            return (waiting, Array(state.ends.prefix(state.wanted)))
        }
    }

    /// One probe of each of `targets`, as a schedule orders them.
    static func orders(_ targets: [ProbeTarget]) -> [ProbeOrder] {
        var schedule = ProbeSchedule(concurrency: max(1, targets.count))
        var generator = SystemRandomNumberGenerator()
        schedule.update(targets: targets, now: .zero, using: &generator)
        let longest = targets.map(\.check.every).max() ?? .zero
        return schedule.due(now: .zero + longest).map { ProbeOrder($0, started: .zero) }
    }

    /// What comes of one probe of each of `targets`: of all, or of so many as are done first.
    static func ends(of targets: [ProbeTarget], first count: Int? = nil) async throws -> [ProbeEnd]
    {
        let reports = Reports()
        let prober = try StreamProber { reports.add($0) }
        prober.start(orders(targets))
        let ends = await reports.first(count ?? targets.count)
        prober.stop()
        return ends
    }

    /// What comes of one probe of each of `targets`, by one prober so many times in a row.
    static func rounds(_ count: Int, of targets: [ProbeTarget]) async throws -> [[ProbeEnd]] {
        let reports = Reports()
        let prober = try StreamProber { reports.add($0) }
        defer { prober.stop() }
        var rounds: [[ProbeEnd]] = []
        for number in 1...count {
            prober.start(orders(targets))
            let all = await reports.first(number * targets.count)
            rounds.append(Array(all.suffix(targets.count)))
        }
        return rounds
    }

    private static func isCarried(_ target: ProbeTarget) throws -> Bool {
        let prober = try StreamProber { _ in }
        defer { prober.stop() }
        return prober.carries(target)
    }

    /// Expects that `StreamProber`, where it carries `target`, comes to the same as `outcome`.
    ///
    /// Two probes of a server that behaves the same way each time are to tell the same; where
    /// either had too little CPU to judge, nothing is compared.
    static func expectTheSame(as outcome: Outcome, of target: ProbeTarget) async {
        guard !Task.isCancelled else { return }
        do {
            guard try isCarried(target), let other = try await ends(of: [target]).first?.outcome
            else { return }
            guard outcome.verdict != .unknown, other.verdict != .unknown else { return }
            // A machine with too little CPU makes one of two brief probes time out.
            let isBrief = target.check.timeout < Trial.patience
            guard !isBrief || isTimeout(outcome) == isTimeout(other) else { return }
            // On the loopback a RST may be there before the handshake was looked at, or after.
            let isReset = [outcome, other].contains { $0.detail.contains("reset") }
            guard !isReset else { return }
            #expect(other.code == outcome.code, "\(other) instead of \(outcome)")
            #expect(other.status == outcome.status)
            // How much of an answer came in a brief time is a matter of CPU, too.
            guard !isBrief || !isTimeout(other) else { return }
            #expect(other.detail == outcome.detail)
        } catch let error as Errno where error.number == EMFILE {
            // A test that takes all descriptors away runs beside this one.
        } catch {
            Issue.record(error)
        }
    }

    private static func isTimeout(_ outcome: Outcome) -> Bool {
        outcome.code == .l4timeout || outcome.code == .l7timeout
    }
}
