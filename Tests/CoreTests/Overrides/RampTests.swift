import Core
import TestSupport
import Testing

@testable import Core

/// Weights in steps: few of them, never nothing, and in the end all.
@Suite struct RampTests {
    private static let began = Moment(nanoseconds: 5_000_000_000)

    @Test func takesTenSteps() {
        let ramp = Ramp(began: Self.began, over: .seconds(10))
        let weights = (0...10).map { ramp.rising(to: 50, at: Self.began + .seconds($0)) }
        #expect(weights == [5, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50])
        let falling = (0...10).map { ramp.falling(from: 50, at: Self.began + .seconds($0)) }
        #expect(falling == [50, 45, 40, 35, 30, 25, 20, 15, 10, 5, 1])
    }

    @Test func saysWhenTheNextStepIsDue() {
        let ramp = Ramp(began: Self.began, over: .seconds(10))
        #expect(ramp.next(after: Self.began) == Self.began + .seconds(1))
        #expect(ramp.next(after: Self.began + .milliseconds(1500)) == Self.began + .seconds(2))
        #expect(ramp.next(after: Self.began + .milliseconds(9999)) == Self.began + .seconds(10))
        #expect(ramp.next(after: Self.began + .seconds(10)) == nil)
        // The clock of a run that begins may stand before what an earlier one wrote.
        #expect(ramp.step(at: .zero) == 0)
    }

    /// Whatever its length: it never goes back, wakes at most once per step, and ends.
    @Test func isMonotonicAndBounded() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let over = Duration.milliseconds(Int.random(in: 1...86_400_000, using: &generator))
            let full = Int.random(in: 1...Ramp.largestWeight, using: &generator)
            let ramp = Ramp(began: Self.began, over: over)
            var now = Self.began
            var weight = ramp.rising(to: full, at: now)
            var wakes = 0
            while let next = ramp.next(after: now) {
                #expect(next > now)
                now = next
                wakes += 1
                let then = ramp.rising(to: full, at: now)
                #expect(then >= weight && then <= full)
                #expect((1...full).contains(ramp.falling(from: full, at: now)))
                weight = then
                guard wakes <= Ramp.steps else { break }
            }
            #expect(wakes <= Ramp.steps && weight == full, "\(over) to \(full)")
        }
    }

    @Test func nothingStaysNothing() {
        let ramp = Ramp(began: Self.began, over: .seconds(10))
        #expect(ramp.rising(to: 0, at: Self.began) == 0)
        #expect(ramp.falling(from: 0, at: Self.began) == 0)
    }

    /// A restarted run finds the weight of a step, and goes on from that step.
    @Test(arguments: 1...10) func goesOnFromAStep(step: Int) {
        let now = Self.began
        let began = Ramp.beginning(of: step * 5, of: 50, over: .seconds(10), at: now)
        #expect(Ramp(began: began, over: .seconds(10)).rising(to: 50, at: now) == step * 5)
    }

    @Test(arguments: [
        ([1, 1, 1], 10), ([1, 2], 10), ([2, 2], 5), ([3], 4), ([10, 20], 1), ([100], 1),
        ([0, 1], 10), ([0, 0], 1), ([], 1), ([1, 65_535], 1), ([1, 10_000], 6),
    ])
    func makesRoomForSteps(weights: [Int], fineness: Int) {
        #expect(Ramp.fineness(of: weights) == fineness)
    }

    /// Only where a weight is a share of the new flows, and a step moves no other flow.
    @Test func goesWithSomeSchedulers() {
        let fit = Scheduling.Scheduler.allCases.filter { $0.obstacleToRamps == nil }
        #expect(fit == [.wrr, .wlc, .sed, .nq, .twos])
        #expect(Scheduling.Scheduler.ramping == "`wrr`, `wlc`, `sed`, `nq`, `twos`")
        #expect(Scheduling.Scheduler.mh.obstacleToRamps?.contains("other servers") == true)
    }
}
