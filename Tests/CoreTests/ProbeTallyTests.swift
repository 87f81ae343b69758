import Core
import Net
import TestSupport
import Testing

/// What comes of probes, by the names of their checks.
@Suite struct ProbeTallyTests {
    private static let alive = Check(method: .tcp)
    private static let page = Check(method: .icmp(size: 8))

    @Test func resultsAreCountedByCheckAndCode() throws {
        var tally = ProbeTally()
        tally.call(checks: [Self.alive: "alive", Self.page: "page"])
        for milliseconds in [1, 4, 6_000] {
            tally.ended(Self.alive, Outcome(.l4ok, duration: .milliseconds(milliseconds)))
        }
        tally.ended(Self.alive, Outcome(.l4timeout, duration: .seconds(1)))
        tally.ended(Self.page, Outcome(.socketError))
        tally.began(late: .milliseconds(10))
        tally.began(late: .nanoseconds(10_000_001))
        tally.began(late: .zero)
        let counts = tally.counts
        #expect(counts.checks.map(\.check) == ["alive", "page"])
        #expect(counts.checks.map(\.type) == ["tcp", "icmp"])
        #expect(counts.checks.map(\.results) == [["L4OK": 3, "L4TOUT": 1], ["SOCKERR": 1]])
        let took = counts.checks[0].took
        #expect(took.sum == 7.005)
        #expect(took.counts.first == 1 && took.counts.last == 1)
        // Ten milliseconds are within the bound of that name, and a little more is not.
        let bounds = counts.lateness.bounds
        let place = try #require(bounds.firstIndex(of: 0.01))
        #expect(bounds.first == 0.001 && bounds.last == 5)
        #expect(counts.lateness.counts[place] == 1 && counts.lateness.counts[place + 1] == 1)
        #expect(counts.lateness.counts.reduce(0, +) == 3)
    }

    /// An edited check goes on counting under its name, and what it was before still ends.
    @Test func aNameOutlivesWhatItStandsFor() {
        var tally = ProbeTally()
        let edited = Check(method: .tcp, every: .seconds(9))
        tally.call(checks: [Self.alive: "alive"])
        tally.ended(Self.alive, Outcome(.l4ok))
        tally.call(checks: [edited: "alive"])
        tally.ended(Self.alive, Outcome(.l4ok))
        tally.ended(edited, Outcome(.l4ok))
        #expect(tally.counts.checks.map(\.results) == [["L4OK": 3]])
    }

    /// However often configurations come and go, there are the names of two at most.
    @Test func namesThatHaveLeftAreForgotten() {
        var tally = ProbeTally()
        for number in 1...100 {
            tally.call(checks: [Check(method: .tcp, every: .seconds(number)): "check-\(number)"])
        }
        #expect(tally.counts.checks.map(\.check) == ["check-100", "check-99"])
        tally.ended(Check(method: .tcp, every: .seconds(1)), Outcome(.l4ok))
        let nameless = tally.counts.checks.first { $0.check == ProbeTally.nameless }
        #expect(nameless?.results == ["L4OK": 1])
    }

    @Test func checksGoByAllTheirNames() throws {
        var intent = try DirectorBench.intent()
        var service = intent.vips[0].services[0]
        var same = service.checks[0]
        same.name = "again"
        same.check.port = 8080
        service.checks.append(same)
        service.checks.append(NamedCheck(name: "ping", Self.page))
        intent.vips[0].services[0] = service
        let canary = try Name(parsing: "router")
        let far = Check(method: .tcp, every: .seconds(7))
        intent.canaries = [
            Canary(name: canary, target: ProbeTarget(endpoint: .numbered(1), check: far))
        ]
        let director = Director(intent: intent, now: .zero)
        var plain = service.checks[0].check
        plain.port = nil
        #expect(
            director.checkNames == [plain: "again,tcp", Self.page: "ping", far: "canary"]
        )
        // Every target there is has a name.
        #expect(director.targets.allSatisfy { director.checkNames[$0.check] != nil })
    }

    /// What an older release wrote has no scale, and what is usual is not written.
    @Test func scalesAreTheirOwn() {
        for scale in DurationCounts.Scale.allCases {
            let counts = DurationCounts(scale)
            #expect(counts.bounds == scale.bounds && counts.counts.count == scale.bounds.count + 1)
            #expect(zip(scale.bounds, scale.bounds.dropFirst()).allSatisfy(<))
        }
    }
}
