import Core
import Testing

/// Flapping servers, a second controller, and a bgpd that restarts, half loads and hangs.
@Suite struct RoutingSimulationTests {
    static let seeds = UInt64(0)..<40

    @Test(arguments: 0..<4) func keepsItsPromises(part: Int) async throws {
        var announcements = 0
        var repairs = 0
        for seed in Self.seeds where seed % 4 == UInt64(part) {
            var simulation = try RoutingSimulation(seed: seed)
            for _ in 0..<150 where simulation.violations.isEmpty { simulation.step() }
            #expect(simulation.violations == [], "seed \(seed)")
            guard simulation.violations.isEmpty else { continue }
            simulation.settle()
            #expect(simulation.violations == [], "seed \(seed) while settling")
            announcements += simulation.announcements
            repairs += simulation.repairsMade
            await Task.yield()
        }
        // One in which nothing happens would keep every promise.
        #expect(announcements > 10 * 5)
        #expect(repairs > 10)
    }
}
