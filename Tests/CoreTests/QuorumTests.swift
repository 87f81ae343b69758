import Core
import Testing
import TestSupport

/// The two watermarks of a service.
@Suite struct QuorumTests {
    @Test(arguments: [
        (Quorum.Threshold.weight(3), 100, 3),
        (.weight(0), 100, 1),  // Nothing is not a quorum.
        (.percent(50), 3, 2),  // Rounded up.
        (.percent(50), 4, 2),
        (.percent(1), 3, 1),
        (.percent(100), 3, 3),
        (.percent(50), 0, 1),  // No backend at all: never met.
        (.servers(2), 100, 2),
        (.servers(0), 100, 1),
    ])
    func leastWeight(threshold: Quorum.Threshold, configured: Int, least: Int) {
        #expect(threshold.least(ofConfigured: configured) == least)
    }

    @Test(arguments: [
        (2, false, false), (2, true, true), (3, false, true), (3, true, true),
        (1, true, false), (1, false, false), (0, true, false),
    ])
    func keepsUpBetweenTheWatermarks(live: Int, whileUp: Bool, met: Bool) {
        let quorum = Quorum(up: .weight(3), down: .weight(2))
        #expect(quorum.isMet(live: live, configured: 5, whileUp: whileUp) == met)
    }

    /// More live weight never makes it worse, none is never enough, and all of it always is.
    @Test(arguments: UInt64(0)..<50)
    func isMonotone(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let configured = Int.random(in: 1...200, using: &generator)
            let quorum = Quorum(
                up: .percent(.random(in: 1...100, using: &generator)),
                down: .percent(.random(in: 1...100, using: &generator))
            )
            for whileUp in [false, true] {
                let met = (0...configured).map {
                    quorum.isMet(live: $0, configured: configured, whileUp: whileUp)
                }
                #expect(met.first == false)
                #expect(met.last == true)
                #expect(zip(met, met.dropFirst()).allSatisfy { !$0 || $1 })
            }
        }
    }
}
