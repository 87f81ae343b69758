import Core
import Net
import Synchronization
import Testing

/// The crown: seeded runs of the whole decision against a world that fails, is tampered with and
/// restarts, with the promises checked after every single change.
@Suite struct SimulationTests {
    /// Enough that every mutation of `integration/mutations` is caught, in seconds.
    static let seeds = UInt64(0)..<480
    static let steps = 400
    /// Whether a promise was broken: the other parts need not go on then.
    private static let isBroken = Atomic(false)

    @Test(arguments: 0..<8) func keepsItsPromises(part: Int) async {
        var changes = 0
        var lies = 0
        var masquerades = 0
        var panics = 0
        var held = 0
        var slow = 0
        for seed in Self.seeds where seed % 8 == UInt64(part) {
            guard !Self.isBroken.load(ordering: .relaxed) else { return }
            var simulation = Simulation(seed: seed)
            simulation.pump()
            for _ in 0..<Self.steps where simulation.violations.isEmpty { simulation.step() }
            #expect(simulation.violations.isEmpty, "seed \(seed)")
            guard simulation.violations.isEmpty else {
                return Self.isBroken.store(true, ordering: .relaxed)
            }
            simulation.settle()
            #expect(simulation.violations.isEmpty, "seed \(seed) while settling")
            let disorder = simulation.disorder()
            if !simulation.violations.isEmpty || !disorder.isEmpty {
                Self.isBroken.store(true, ordering: .relaxed)
            }
            #expect(
                disorder.isEmpty,
                "seed \(seed)\n\(simulation.history.suffix(60).joined(separator: "\n"))"
            )
            changes += simulation.changesCarriedOut
            lies += simulation.lies
            masquerades += simulation.world.masquerades.count
            panics += simulation.panics
            held += simulation.held
            slow += simulation.slowAsides
            // There are as many threads as cores, and tests with sockets wait for one of them.
            await Task.yield()
        }
        // A simulation in which nothing happens would keep every promise.
        #expect(changes > 60 * 20)
        #expect(lies > 60 && masquerades > 20, "\(lies) lies, \(masquerades) masquerades")
        #expect(panics > 20 && held > 20, "\(panics) panics, \(held) steps in suspicion")
        #expect(slow > 5, "\(slow) slow servers set aside")
    }

    /// A restart of a settled director, with health known or not, writes nothing at all.
    @Test(arguments: 0..<4) func adoptsWhatItFinds(part: Int) async {
        for seed in UInt64(0)..<160 where seed % 4 == UInt64(part) {
            var simulation = Simulation(seed: seed)
            simulation.pump()
            for _ in 0..<100 { simulation.step() }
            simulation.settle()
            guard simulation.violations.isEmpty, simulation.disorder().isEmpty else { continue }
            let before = simulation.changesCarriedOut
            simulation.restart()
            simulation.pump()
            await Task.yield()
            for _ in 0..<200 {
                simulation.now = simulation.now + .milliseconds(100)
                if simulation.operators.chance(50) {
                    for target in simulation.director.targets where simulation.operators.chance(50)
                    {
                        simulation.tell(target)
                    }
                }
                simulation.proceed()
                simulation.glance()
                simulation.pump()
            }
            #expect(
                simulation.changesCarriedOut == before,
                "seed \(seed)\n\(simulation.history.suffix(20).joined(separator: "\n"))"
            )
        }
    }
}
