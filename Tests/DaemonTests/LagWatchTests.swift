import Core
import Testing

@testable import Daemon

/// How late a loop is, as somebody who looks seldom sees it.
@Suite struct LagWatchTests {
    private func at(_ seconds: Double) -> Moment { .zero + .seconds(seconds) }

    @Test func theWorstIsShownForAWhile() {
        var watch = LagWatch(now: .zero)
        watch.sleeps(until: at(1))
        // Woken earlier: nothing is late.
        watch.came(at: at(0.5), next: at(1.5))
        #expect(watch.worst(at: at(0.5)) == .zero)
        watch.sleeps(until: at(1))
        watch.came(at: at(1.25), next: at(2.25))
        watch.sleeps(until: at(2))
        watch.came(at: at(2.001), next: at(3))
        #expect(watch.worst(at: at(2.5)) == .milliseconds(250))
        watch.sleeps(until: at(300))
        // It is there for anybody who looks within the span, and gone after two.
        #expect(watch.worst(at: at(2.5) + LagWatch.span) == .milliseconds(250))
        #expect(watch.worst(at: .zero + LagWatch.span * 2) == .zero)
        watch.came(at: at(61), next: at(62))
        #expect(watch.worst(at: at(61)) == .zero)
    }

    /// A loop that hangs is late while it does.
    @Test func whatHasNotComeIsLate() {
        var watch = LagWatch(now: .zero)
        watch.came(at: at(1), next: at(2))
        #expect(watch.worst(at: at(12)) == .seconds(10))
    }
}
