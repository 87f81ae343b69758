import Core
import Net
import TestSupport
import Testing

/// A bucket of route changes: never more than the rate and the burst, however often it is asked.
@Suite struct RouteBudgetTests {
    private func at(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func aFullBucketHoldsTheBurst() {
        var budget = RouteBudget(RouteChangePolicy(perSecond: 10, burst: 5))
        #expect(budget.room(at: at(0)) == 5)
        budget.spend(5, at: at(0))
        #expect(budget.room(at: at(0)) == 0)
        #expect(budget.room(at: at(99)) == 0)
        #expect(budget.room(at: at(100)) == 1)
        #expect(budget.room(at: at(60_000)) == 5)
    }

    @Test func whatNeverWaitsLeavesNoDebt() {
        var budget = RouteBudget(RouteChangePolicy(perSecond: 10, burst: 5))
        budget.spend(10_000, at: at(0))
        #expect(budget.room(at: at(0)) == 0)
        #expect(budget.room(at: at(100)) == 1)
        #expect(budget.room(at: at(500)) == 5)
    }

    @Test(arguments: [1, 7, 500]) func theNextBatchIsDueWhenThereIsRoomForIt(waiting: Int) {
        var budget = RouteBudget(RouteChangePolicy(perSecond: 70, burst: 20))
        budget.spend(20, at: at(1000))
        // Seven come in during a stride of 100 ms.
        let batch = min(waiting, 7)
        let due = budget.nextRoom(for: waiting)
        #expect(budget.room(at: due) == batch)
        #expect(budget.room(at: due + .nanoseconds(-1)) == batch - 1)
    }

    @Test func isExactWhateverTheStepsOfTime() {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            let policy = RouteChangePolicy(
                perSecond: Int.random(in: 1...3000, using: &generator),
                burst: Int.random(in: 1...500, using: &generator)
            )
            var budget = RouteBudget(policy)
            var now = Moment.zero
            var spent: [(at: Moment, changes: Int)] = []
            for _ in 0..<100 {
                now = now + .nanoseconds(Int64.random(in: 0...200_000_000, using: &generator))
                let room = budget.room(at: now)
                #expect(room >= 0 && room <= policy.burst, "seed \(seed)")
                let changes = Int.random(in: 0...room, using: &generator)
                budget.spend(changes, at: now)
                #expect(budget.room(at: now) == room - changes, "seed \(seed)")
                spent.append((now, changes))
            }
            for start in spent.indices {
                var sum = 0
                for end in start..<spent.endIndex {
                    sum += spent[end].changes
                    let span = (spent[end].at - spent[start].at).seconds
                    let most = Double(policy.burst) + span * Double(policy.perSecond)
                    #expect(Double(sum) <= most + 1e-6, "seed \(seed)")
                }
            }
        }
    }
}

/// A line of addresses: first come, first served, and nobody waits for ever.
@Suite struct RouteQueueTests {
    private func at(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    private func address(_ index: Int) -> IPAddress { IPAddress(v4: UInt32(index)) }

    @Test func goesByAgeAndLetsTheLuckyPass() {
        var queue = RouteQueue()
        queue.join(address(9), ready: at(50), at: at(0))
        queue.join(address(1), ready: at(0), at: at(0))
        queue.join(address(5), ready: at(0), at: at(10))
        #expect(queue.front(5, at: at(20)) == [address(1), address(5)])
        #expect(queue.front(5, at: at(50)) == [address(9), address(1), address(5)])
        #expect(queue.front(1, at: at(50)) == [address(9)])
        #expect(queue.front(0, at: at(50)).isEmpty)
        let ready = queue.ready(at: at(20)) { _ in true }
        #expect(ready.count == 2 && ready.next == at(50))
        #expect(queue.front(5, at: at(50)) { $0 != address(1) } == [address(9), address(5)])
        #expect(queue.ahead(of: address(5)) == 2)
        #expect(queue.waitingSince(address(5)) == at(10))
    }

    @Test func oneThatWaitsKeepsItsPlaceAndOneThatReturnsGetsANewOne() {
        var queue = RouteQueue()
        queue.join(address(1), ready: at(0), at: at(0))
        queue.join(address(2), ready: at(0), at: at(0))
        queue.join(address(1), ready: at(500), at: at(1))
        #expect(queue.front(2, at: at(1)) == [address(1), address(2)])
        queue.leave(address(1))
        #expect(queue.front(2, at: at(1)) == [address(2)])
        queue.join(address(1), ready: at(0), at: at(2))
        #expect(queue.front(2, at: at(2)) == [address(2), address(1)])
    }

    /// Whoever comes and goes, one that stays is served after those that were before it.
    @Test func nobodyWaitsForEver() {
        for seed in UInt64(0)..<100 {
            var generator = SeededGenerator(seed: seed)
            var queue = RouteQueue()
            for index in 0..<200 { queue.join(address(index), ready: at(0), at: at(0)) }
            let patient = address(100_000)
            queue.join(patient, ready: at(0), at: at(0))
            var turns = 0
            while queue.waitingSince(patient) != nil, turns < 1000 {
                turns += 1
                for served in queue.front(3, at: at(0)) { queue.leave(served) }
                for _ in 0..<5 {
                    let index = Int.random(in: 0..<200, using: &generator)
                    if Bool.random(using: &generator) { queue.leave(address(index)) }
                    queue.join(address(index), ready: at(0), at: at(0))
                }
            }
            #expect(turns <= 67, "seed \(seed)")
        }
    }
}
