import Net
import TestSupport
import Testing

@testable import Core

/// A result that waited for others is a word about the moment at which it came: `Director.probed`.
@Suite struct ResultAgeTests {
    private let far = ProbeTarget(endpoint: .numbered(1), check: Check(method: .tcp))

    private func director() throws -> Director {
        var intent = try DirectorBench.intent()
        intent.canaries = [Canary(name: try Name(parsing: "router"), target: far)]
        return Director(intent: intent, now: .zero)
    }

    /// Or one that passed just before a cut would stand for the uplink.
    @Test func aCanaryAnsweredWhenItDid() throws {
        var director = try director()
        let now = Moment.zero + .seconds(10)
        director.probed(far, Outcome(.l4ok), age: .milliseconds(150), at: now)
        let canary = director.canaries[0]
        #expect(canary.passedAt == .zero + .milliseconds(9_850))
        #expect(!canary.answers(since: now))
        director.probed(far, Outcome(.l4ok), at: now)
        #expect(director.canaries[0].answers(since: now))
    }

    /// Who was heard of before the others began to fail is none of those heard of since.
    @Test func whoWasHeardBeforeIsNotOfThoseHeardSince() throws {
        var director = try director()
        let now = Moment.zero + .seconds(10)
        let targets = Array(director.targets).filter { $0 != far }
        #expect(targets.count > 1)
        for target in targets.dropFirst() {
            director.probed(target, Outcome(.l4ok), count: 2, age: .milliseconds(150), at: now)
        }
        #expect(director.health.crowd(since: now).heard == 0)
        director.probed(targets[1], Outcome(.l4ok), at: now)
        #expect(director.health.crowd(since: now).heard == 1)
    }
    /// Of those that came together the first says since when: a canary that answered after it has
    /// answered since.
    @Test func whatCameTogetherBeganWithTheFirst() throws {
        var director = try director()
        let now = Moment.zero + .seconds(10)
        let target = try #require(director.targets.first { $0 != far })
        director.probed(target, Outcome(.l4ok), count: 5, at: .zero + .seconds(1))
        director.probed(
            target,
            Outcome(.l4connection),
            count: 2,
            age: .milliseconds(10),
            firstAge: .milliseconds(200),
            at: now
        )
        #expect(director.health.crowd(since: .zero + .milliseconds(9_800)).failing == 1)
        #expect(director.health.crowd(since: .zero + .milliseconds(9_801)).failing == 0)
    }
}
