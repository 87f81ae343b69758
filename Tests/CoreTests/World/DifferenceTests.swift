import Core
import Net
import TestSupport
import Testing

/// The steps from one slice to another: which, in which order, and no more than that.
@Suite struct DifferenceTests {
    private static let address = IPAddress(v4: 0xcb00_710a)
    private static let id = ServiceID(.tcp, 443)
    private static let key = ServiceKey(address, id)

    private static func endpoint(_ index: Int) -> Endpoint {
        Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(index)), 443)
    }

    private static func slice(
        _ order: [Int],
        weight: Int = 1,
        scheduling: Scheduling? = Scheduling()
    ) -> Slice {
        let destinations = DestinationList(
            inOrder: order.map {
                (endpoint($0), DestinationSlice(forwarding: .directRouting, weight: weight))
            }
        )
        return Slice(services: [
            id: ServiceSlice(scheduling: scheduling, destinations: destinations)
        ])
    }

    private func steps(
        _ seen: Slice,
        _ wanted: Slice,
        earlier: [Int: Change.Attempt] = [:]
    ) -> [String] {
        let changes = seen.changes(
            to: wanted,
            at: Self.address,
            by: Speaker.usualName,
            nominal: { _, _ in 5 }
        ) {
            subject in
            let index = earlier.keys.first { Self.endpoint($0) == subject.endpoint }
            return index.flatMap { earlier[$0] } ?? .none
        }
        return changes.map { change in
            let index = (0..<10).first { Self.endpoint($0) == change.subject.endpoint }
            let name = index.map { " \($0)" } ?? ""
            switch change {
            case .addService: return "new service"
            case .updateService: return "update service"
            case .removeService: return "remove service"
            case .addDestination: return "add\(name)"
            case .updateDestination: return "update\(name)"
            case .moveDestination: return "move\(name)"
            case .removeDestination: return "remove\(name)"
            default: return "\(change)"
            }
        }
    }

    /// The list fills from its end, because what is added comes to its front.
    @Test func aNewServiceIsFilledFromTheEnd() {
        #expect(
            steps(Slice(), Self.slice([1, 2, 3])) == ["new service", "add 3", "add 2", "add 1"]
        )
    }

    @Test func oneAddedInTheMiddleHasThoseBeforeItMoved() {
        #expect(steps(Self.slice([1, 3]), Self.slice([1, 2, 3])) == ["add 2"])
        #expect(steps(Self.slice([2, 1, 3]), Self.slice([1, 2, 3])) == ["move 1"])
    }

    /// A destination that is moved may be lost on the way; whatever else is wanted comes first.
    @Test func nothingIsMovedWhileAnythingElseIsToBeDone() {
        #expect(steps(Self.slice([2, 1, 4]), Self.slice([1, 2])) == ["remove 4"])
        var wanted = Self.slice([1, 2])
        wanted.services[Self.id]?.destinations[Self.endpoint(2)]?.weight = 0
        #expect(steps(Self.slice([2, 1]), wanted) == ["update 2"])
        #expect(
            steps(Self.slice([2, 1], scheduling: nil), Self.slice([1, 2])) == ["update service"]
        )
    }

    @Test func aTableIsBuiltWhenAllOfItIsThere() {
        let rr = Scheduling(scheduler: .rr, flags: [])
        #expect(
            steps(Self.slice([2], scheduling: nil), Self.slice([1, 2]))
                == ["add 1", "update service"]
        )
        #expect(
            steps(Self.slice([2]), Self.slice([1, 2], scheduling: rr))
                == ["update service", "add 1"]
        )
    }

    /// What cannot be done now is not waited for, and moves nobody in vain.
    @Test func whatIsHeldIsLeftOutOfTheOrder() {
        #expect(steps(Self.slice([2, 1, 3]), Self.slice([1, 2, 3]), earlier: [1: .held]) == [])
        #expect(
            steps(Self.slice([3, 2, 1]), Self.slice([1, 2, 3]), earlier: [2: .held]) == ["move 1"]
        )
        #expect(
            steps(Self.slice([1, 3, 2]), Self.slice([1, 2, 3]), earlier: [2: .held]) == []
        )
        #expect(
            steps(Self.slice([1, 3]), Self.slice([1, 2, 3]), earlier: [2: .held]) == []
        )
    }

    @Test func whatFailedIsTriedByItself() {
        #expect(
            steps(Self.slice([3, 2, 1]), Self.slice([1, 2, 3]), earlier: [2: .failed])
                == ["move 2"]
        )
    }

    /// Done one after the other, and the order after all else, the steps lead where they should.
    @Test(arguments: UInt64(0)..<128) func theStepsLeadThere(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let orders = (0..<2).map { _ in
            let count = Int.random(in: 0...9, using: &generator)
            return Array(Array(0..<10).shuffled(using: &generator).prefix(count))
        }
        var slice = Self.slice(orders[0], weight: 2)
        let wanted = Self.slice(orders[1], weight: 1)
        for _ in 0..<2 {
            let changes = slice.changes(
                to: wanted,
                at: Self.address,
                by: Speaker.usualName,
                nominal: { _, _ in 5 }
            )
            for change in changes { slice.apply(change, by: Speaker.usualName) }
        }
        #expect(slice == wanted)
        #expect(
            slice.changes(
                to: wanted,
                at: Self.address,
                by: Speaker.usualName,
                nominal: { _, _ in 5 }
            ).isEmpty
        )
    }
}
