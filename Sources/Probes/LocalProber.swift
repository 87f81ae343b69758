package import Core
import Synchronization

/// Carries out every kind of probe in this process.
package final class LocalProber: ProbeCarrier {
    private let streams: StreamProber
    private let programs: ProgramProber
    private let prober: Prober
    private let witness: ARPWitness
    private let report: @Sendable ([ProbeEnd]) -> Void
    private let isStopped = Atomic(false)

    /// Begins to wait for orders, until `stop`.
    ///
    /// - Parameters:
    ///   - prober: What carries out all that is no plain connection.
    ///   - userAgent: What HTTP servers are told; printable ASCII.
    ///   - isAlone: Whether this process does nothing else, and has no children of its own.
    ///   - report: Takes what has ended, on whatever thread; it must not hold that up.
    /// - Throws: The kernel's refusal, an `Errno`: no descriptor is left.
    package init(
        _ prober: Prober,
        userAgent: String = "penstock",
        isAlone: Bool = false,
        report: @escaping @Sendable ([ProbeEnd]) -> Void
    ) throws {
        let witness = try ARPWitness(report: report)
        self.witness = witness
        self.report = { witness.take($0) }
        streams = try StreamProber(userAgent: userAgent, report: self.report)
        programs = try ProgramProber(isAlone: isAlone, report: self.report)
        self.prober = prober
    }

    /// Whether it can: it can carry out all.
    package func carries(_ target: ProbeTarget) -> Bool { true }

    /// Begins them.
    package func start(_ orders: [ProbeOrder]) {
        witness.accompany(orders)
        var plain: [ProbeOrder] = []
        var running: [ProbeOrder] = []
        for order in orders {
            if programs.carries(order.target) {
                running.append(order)
                continue
            }
            if streams.carries(order.target) {
                plain.append(order)
                continue
            }
            Task {
                let outcome = await prober.probe(order.target)
                guard !isStopped.load(ordering: .acquiring) else { return }
                report([ProbeEnd(order, outcome)])
            }
        }
        if !plain.isEmpty { streams.start(plain) }
        if !running.isEmpty { programs.start(running) }
    }

    /// Drops what is under way.
    package func stop() {
        isStopped.store(true, ordering: .releasing)
        streams.stop()
        programs.stop()
        witness.stop()
    }
}
