import Core
import Net
import TestSupport
import Testing

/// A list that behaves as the kernel's does, and the least work to put one in order.
@Suite struct DestinationListTests {
    private static func endpoint(_ index: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(index)), 80)
    }

    private static func slice(_ weight: Int) -> DestinationSlice {
        DestinationSlice(forwarding: .directRouting, weight: weight)
    }

    private static func list(_ indices: [Int]) -> DestinationList {
        DestinationList(inOrder: indices.map { (endpoint($0), slice($0)) })
    }

    @Test func whatIsNewComesFirstAndWhatIsUpdatedStays() {
        var list = DestinationList()
        for index in [2, 3, 1] { list[Self.endpoint(index)] = Self.slice(index) }
        #expect(list == Self.list([1, 3, 2]))
        list[Self.endpoint(3)]?.weight = 9
        #expect(list.values.map(\.weight) == [1, 9, 2])
        list.moveToFront(Self.endpoint(2), Self.slice(2))
        #expect(list.keys == [2, 1, 3].map(Self.endpoint))
        list[Self.endpoint(1)] = nil
        #expect(list.keys == [2, 3].map(Self.endpoint))
    }

    @Test func twoOfOneEndpointAreOne() {
        #expect(Self.list([2, 1, 2, 3]) == Self.list([2, 1, 3]))
        #expect(Self.list([1, 1]) == Self.list([1]))
    }

    /// Whatever is done to it, it holds what a plain array would, and knows whether it ascends.
    @Test(arguments: UInt64(0)..<64) func holdsWhatAnArrayWould(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var list = DestinationList()
        var model: [Int] = []
        for _ in 0..<200 {
            let index = Int.random(in: 0..<12, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                list[Self.endpoint(index)] = Self.slice(index)
                if !model.contains(index) { model.insert(index, at: 0) }
            case 2:
                list[Self.endpoint(index)] = nil
                model.removeAll { $0 == index }
            default:
                list.moveToFront(Self.endpoint(index), Self.slice(index))
                model.removeAll { $0 == index }
                model.insert(index, at: 0)
            }
            #expect(list == Self.list(model))
            #expect(list.isAscending == (model == model.sorted()))
            for index in 0..<12 {
                #expect((list[Self.endpoint(index)] != nil) == model.contains(index))
            }
        }
    }

    /// Every order of up to six destinations is put right by as few moves as any way would take.
    @Test(arguments: 1...6) func noFewerMovesWouldDo(count: Int) {
        let ordered = Array(0..<count)
        let goal = Self.list(ordered)
        // Backwards from the goal: the orders that one more move to the front leads away from.
        var distances = [ordered: 0]
        var frontier = [ordered]
        while !frontier.isEmpty {
            var next: [[Int]] = []
            for order in frontier {
                guard let first = order.first, let distance = distances[order] else { continue }
                for place in 1..<max(count, 1) {
                    var before = Array(order.dropFirst())
                    before.insert(first, at: place)
                    guard distances[before] == nil else { continue }
                    distances[before] = distance + 1
                    next.append(before)
                }
            }
            frontier = next
        }
        #expect(distances.count == ordered.reduce(1) { $0 * ($1 + 1) })
        for (order, distance) in distances {
            #expect(count - goal.unmovedCount(in: Self.list(order)) == distance, "\(order)")
        }
    }

    /// What is leaving is never moved, and what stays reads ascending around it.
    @Test(arguments: UInt64(0)..<64) func whatLeavesIsLeftInPeace(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let seen = Self.list(Array(0..<10).shuffled(using: &generator).dropLast(3))
        let staying = DestinationList(
            ascending: (0..<10).shuffled(using: &generator).prefix(6)
                .map { (Self.endpoint($0), Self.slice(100)) }
        )
        let leaving = seen.filter { staying[$0.key] == nil }
        let goal = DestinationList.arranged(staying: staying, leaving: leaving, from: seen)
        #expect(goal.filter { staying[$0.key] != nil } == staying)
        #expect(goal.filter { leaving[$0.key] != nil } == leaving)
        let moved = goal.prefix(goal.count - goal.unmovedCount(in: seen))
        #expect(moved.allSatisfy { leaving[$0.key] == nil })
        #expect(goal.unmovedCount(in: seen) >= leaving.count)
    }
}
