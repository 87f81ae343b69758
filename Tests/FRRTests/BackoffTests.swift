import FRR
import TestSupport
import Testing

/// Waits between dials.
@Suite struct BackoffTests {
    @Test(arguments: UInt64(0)..<50)
    func growsWithinItsBounds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(1))
        for failure in 0..<100 {
            let bound = min(.seconds(1), .milliseconds(50) * (1 << min(failure, 10)))
            let wait = backoff.failed(using: &random)
            #expect(wait >= bound * 0.499 && wait <= bound, "failure \(failure)")
        }
        backoff.succeeded()
        #expect(backoff.failed(using: &random) <= .milliseconds(50))
    }

    @Test func differsBetweenDirectors() {
        var random = SeededGenerator(seed: 1)
        let waits = (0..<20).map { _ in
            var backoff = Backoff()
            return backoff.failed(using: &random)
        }
        #expect(Set(waits).count > 10)
    }
}
