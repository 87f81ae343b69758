import Core
import Net
import TestSupport
import Testing

/// Who is set aside of a service: the restless and the slow, and never at the price of a quorum.
@Suite struct AsideRecordTests {
    /// Servers that are all up and answer within a millisecond; cases change one thing.
    struct Bench {
        var service: VirtualService
        var up: [Endpoint: Bool?] = [:]
        var latency: [Endpoint: Duration] = [:]
        /// Those that pass their checks and carry nothing all the same.
        var uncounted: Set<Endpoint> = []
        var now = Moment(nanoseconds: 1_000_000_000_000)
        var record = AsideRecord()

        init(
            _ count: Int,
            damping: DampingPolicy? = nil,
            outliers: OutlierPolicy? = nil,
            quorum: Quorum = Quorum(),
            minHealthy: Quorum.Threshold? = nil
        ) throws {
            service = VirtualService(
                name: try Name(parsing: "web"),
                id: ServiceID(.tcp, 80),
                quorum: quorum,
                minHealthy: minHealthy,
                damping: damping,
                outliers: outliers,
                checks: [NamedCheck(name: "tcp", Check(method: .tcp))],
                backends: (0..<count).map { Backend(Self.server($0)) }
            )
            for index in 0..<count {
                up[Self.server(index)] = true
                latency[Self.server(index)] = .milliseconds(1)
            }
        }

        static func server(_ index: Int) -> Endpoint {
            Endpoint(IPAddress(v4: 0x0a14_0000 + UInt32(index)), 80)
        }

        mutating func review() {
            let (up, latency, uncounted) = (up, latency, uncounted)
            record.review(
                service,
                isUp: { up[$0.endpoint] ?? nil },
                isCounted: { !uncounted.contains($0.endpoint) },
                latency: { latency[$0.endpoint] },
                at: now
            )
        }

        mutating func wait(_ duration: Duration) {
            now = now + duration
            review()
        }

        mutating func flap(_ index: Int, _ times: Int = 1) {
            for _ in 0..<times {
                up[Self.server(index)] = false
                wait(.seconds(1))
                up[Self.server(index)] = true
                wait(.seconds(1))
            }
        }

        var aside: [Int] {
            service.backends.indices.filter { record.current[Self.server($0)] != nil }
        }
    }

    @Test func nobodyIsSetAsideWithoutAPolicy() throws {
        var bench = try Bench(4)
        bench.latency[Bench.server(0)] = .seconds(2)
        bench.flap(1, 10)
        #expect(bench.aside == [])
        #expect(bench.record.nextReview == nil)
    }

    @Test func aServerThatComesAndGoesIsLeftOutUntilItHasBeenAtRest() throws {
        var bench = try Bench(3, damping: .usual)
        bench.review()
        bench.flap(0, 2)
        #expect(bench.aside == [])
        bench.flap(0)
        #expect(bench.aside == [0])
        guard case .restless(let until) = bench.record.current[Bench.server(0)] else {
            Issue.record("\(bench.record.current)")
            return
        }
        #expect(bench.record.nextReview == until)
        #expect(until - bench.now > .seconds(60) && until - bench.now < .seconds(120))
        bench.now = until + .nanoseconds(-1)
        bench.review()
        #expect(bench.aside == [0])
        bench.now = until
        bench.review()
        #expect(bench.aside == [])
    }

    /// A failure is no reason to be set aside: it is down, and that is all.
    @Test func whoIsDownIsNotAside() throws {
        var bench = try Bench(3, damping: .usual)
        bench.review()
        bench.flap(0, 3)
        bench.up[Bench.server(0)] = false
        bench.wait(.seconds(1))
        #expect(bench.aside == [])
        bench.up[Bench.server(0)] = true
        bench.wait(.seconds(1))
        #expect(bench.aside == [0])
    }

    /// That it is not known any more is no failure.
    @Test func unknownIsNoFlap() throws {
        var bench = try Bench(3, damping: .usual)
        bench.review()
        for _ in 0..<9 {
            bench.up[Bench.server(0)] = .some(nil)
            bench.wait(.seconds(1))
            bench.up[Bench.server(0)] = true
            bench.wait(.seconds(1))
        }
        #expect(bench.aside == [])
    }

    @Test func whoIsNeededIsPutBackAtOnceAndNotTakenAwayAgain() throws {
        var bench = try Bench(
            3,
            damping: .usual,
            quorum: Quorum(up: .servers(2), down: .servers(1))
        )
        bench.review()
        bench.flap(0, 3)
        #expect(bench.aside == [0])
        bench.up[Bench.server(1)] = false
        bench.wait(.seconds(1))
        #expect(bench.aside == [])
        bench.up[Bench.server(1)] = true
        bench.wait(.seconds(1))
        #expect(bench.aside == [])
    }

    @Test func aQuorumIsNeverThePrice() throws {
        var bench = try Bench(
            3,
            damping: .usual,
            outliers: OutlierPolicy(atMost: 50),
            quorum: Quorum(up: .servers(3), down: .servers(1))
        )
        bench.review()
        bench.flap(0, 4)
        bench.latency[Bench.server(1)] = .seconds(1)
        bench.wait(OutlierPolicy.reviewEvery)
        #expect(bench.aside == [])
    }

    /// Whoever its agent drained, or is only held to be up, does not make up for another.
    @Test func whoCarriesNothingIsNoSpare() throws {
        var bench = try Bench(
            3,
            damping: .usual,
            quorum: Quorum(up: .servers(2), down: .servers(2))
        )
        bench.review()
        bench.flap(0, 3)
        #expect(bench.aside == [0])
        bench.uncounted = [Bench.server(2)]
        bench.wait(.seconds(1))
        #expect(bench.aside == [])
    }

    /// Where most come and go together, it is what they share that does.
    @Test func mostOfThemAreNotRestlessTogether() throws {
        var bench = try Bench(4, damping: .usual)
        bench.review()
        for index in 0..<2 { bench.flap(index, 3) }
        #expect(bench.aside == [0, 1])
        bench.flap(2, 3)
        #expect(bench.aside == [])
    }

    @Test func minHealthyIsNeverThePrice() throws {
        var bench = try Bench(3, damping: .usual, minHealthy: .servers(3))
        bench.review()
        bench.flap(0, 4)
        #expect(bench.aside == [])
    }

    @Test func theOnlyServerIsNeverLeftOut() throws {
        var bench = try Bench(
            1,
            damping: .usual,
            quorum: Quorum(up: .weight(1), down: .weight(1))
        )
        bench.review()
        bench.flap(0, 4)
        #expect(bench.aside == [])
    }

    @Test func theSlowestAreLeftOutUpToTheirShare() throws {
        var bench = try Bench(20, outliers: OutlierPolicy())
        for index in [3, 4, 5] {
            bench.latency[Bench.server(index)] = .milliseconds(100 + index)
        }
        bench.review()
        #expect(bench.aside == [4, 5])
        let known = bench.record.current[Bench.server(5)]
        #expect(known == .slow(.milliseconds(105), median: .milliseconds(1)))
        #expect(bench.record.nextReview == bench.now + OutlierPolicy.reviewEvery)
    }

    /// Three times the median, and 20 ms more than it: both.
    @Test(
        arguments: [
            (Duration.milliseconds(1), Duration.milliseconds(21), false),
            (.milliseconds(1), .milliseconds(22), true),
            (.milliseconds(100), .milliseconds(300), false),
            (.milliseconds(100), .milliseconds(301), true),
        ]
    )
    func theBar(usual: Duration, slow: Duration, isOut: Bool) throws {
        var bench = try Bench(5, outliers: OutlierPolicy())
        for index in 0..<5 { bench.latency[Bench.server(index)] = usual }
        bench.latency[Bench.server(2)] = slow
        bench.review()
        #expect(bench.aside == (isOut ? [2] : []))
    }

    @Test func ofTwoNobodyIsTheOddOne() throws {
        var bench = try Bench(2, outliers: OutlierPolicy(atMost: 50))
        bench.latency[Bench.server(0)] = .seconds(1)
        bench.review()
        #expect(bench.aside == [])
    }

    @Test func halfOfFewSlowIsNotTheMeasure() throws {
        var bench = try Bench(4, outliers: OutlierPolicy(atMost: 50))
        for index in [0, 1] { bench.latency[Bench.server(index)] = .seconds(1) }
        bench.review()
        #expect(bench.aside == [0, 1])
    }

    @Test func itRestsForItsTimeAndUntilItIsLikeTheOthers() throws {
        var bench = try Bench(10, outliers: OutlierPolicy(rest: .seconds(60)))
        bench.latency[Bench.server(7)] = .seconds(1)
        bench.review()
        #expect(bench.aside == [7])
        bench.latency[Bench.server(7)] = .milliseconds(1)
        bench.wait(.seconds(59))
        #expect(bench.aside == [7])
        bench.latency[Bench.server(7)] = .seconds(1)
        bench.wait(OutlierPolicy.reviewEvery)
        #expect(bench.aside == [7])
        bench.latency[Bench.server(7)] = .milliseconds(1)
        bench.wait(OutlierPolicy.reviewEvery)
        #expect(bench.aside == [])
    }

    /// One that is slower still has to wait for its turn: who is aside rests for its time.
    @Test func nobodyTakesThePlaceOfWhoIsAside() throws {
        var bench = try Bench(10, outliers: OutlierPolicy(rest: .seconds(60)))
        bench.latency[Bench.server(7)] = .milliseconds(100)
        bench.review()
        #expect(bench.aside == [7])
        bench.latency[Bench.server(8)] = .seconds(1)
        bench.wait(OutlierPolicy.reviewEvery)
        #expect(bench.aside == [7])
        bench.latency[Bench.server(7)] = .milliseconds(1)
        bench.wait(.seconds(60))
        #expect(bench.aside == [8])
    }

    /// Where servers leave, the share of those that stay is what counts, and at once.
    @Test func theShareIsOfThoseThatAreLeft() throws {
        var bench = try Bench(20, outliers: OutlierPolicy())
        for index in [3, 4] { bench.latency[Bench.server(index)] = .milliseconds(100 + index) }
        bench.review()
        #expect(bench.aside == [3, 4])
        for index in 10..<20 { bench.service.backends[index].admin = .drain }
        bench.review()
        #expect(bench.aside == [4])
    }

    /// Two that are about as slow do not take turns.
    @Test func whoIsAsideKeepsItsPlace() throws {
        var bench = try Bench(20, outliers: OutlierPolicy())
        for index in [3, 4] { bench.latency[Bench.server(index)] = .milliseconds(100 + index) }
        bench.review()
        for index in 10..<20 { bench.service.backends[index].admin = .drain }
        bench.review()
        #expect(bench.aside == [4])
        bench.latency[Bench.server(3)] = .milliseconds(110)
        bench.wait(OutlierPolicy.reviewEvery)
        #expect(bench.aside == [4])
    }

    /// There was no place for it while it was slow, and there is no reason once it is not.
    @Test func whoHadNoPlaceDoesNotRest() throws {
        var bench = try Bench(10, outliers: OutlierPolicy())
        bench.latency[Bench.server(4)] = .milliseconds(100)
        bench.review()
        bench.latency[Bench.server(3)] = .milliseconds(90)
        bench.wait(.seconds(30))
        #expect(bench.aside == [4])
        for index in [3, 4] { bench.latency[Bench.server(index)] = .milliseconds(1) }
        bench.wait(.seconds(31))
        #expect(bench.aside == [])
    }

    /// One that cannot be spared takes no place from one that can.
    @Test func whoCannotBeSparedTakesNoPlace() throws {
        var bench = try Bench(10, outliers: OutlierPolicy(atMost: 20))
        bench.service.backends[4].weight = 10
        bench.service.quorum = Quorum(up: .percent(60), down: .percent(60))
        for index in [3, 4] { bench.latency[Bench.server(index)] = .milliseconds(100 + index) }
        bench.review()
        #expect(bench.aside == [3])
        for index in 5..<10 { bench.service.backends[index].admin = .drain }
        bench.review()
        #expect(bench.aside == [3])
    }

    @Test func betweenReviewsNothingIsCompared() throws {
        var bench = try Bench(10, outliers: OutlierPolicy())
        bench.review()
        bench.latency[Bench.server(7)] = .seconds(1)
        bench.wait(OutlierPolicy.reviewEvery + .nanoseconds(-1))
        #expect(bench.aside == [])
        bench.wait(.nanoseconds(1))
        #expect(bench.aside == [7])
    }

    @Test func whoWasNotMeasuredIsNoMeasure() throws {
        var bench = try Bench(4, outliers: OutlierPolicy(atMost: 50))
        bench.latency = [Bench.server(0): .seconds(1), Bench.server(1): .milliseconds(1)]
        bench.review()
        #expect(bench.aside == [])
    }

    @Test func whoLeavesIsForgotten() throws {
        var bench = try Bench(10, damping: .usual, outliers: OutlierPolicy())
        bench.latency[Bench.server(7)] = .seconds(1)
        bench.review()
        bench.flap(6, 3)
        #expect(bench.aside == [6, 7])
        let backends = bench.service.backends
        bench.service.backends = Array(backends.prefix(6))
        bench.wait(.seconds(1))
        bench.service.backends = backends
        bench.wait(.seconds(1))
        #expect(bench.aside == [])
    }

    /// Whatever happens, what is left meets the quorum that brings a service up, or nobody is out.
    @Test(arguments: 0..<50) func theQuorumIsMetWhateverHappens(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let quorum = Quorum(
            up: .percent(Int.random(in: 1...100, using: &chance)),
            down: .percent(1)
        )
        var bench = try Bench(
            Int.random(in: 1...12, using: &chance),
            damping: .usual,
            outliers: OutlierPolicy(atMost: 50),
            quorum: quorum
        )
        for index in bench.service.backends.indices {
            bench.service.backends[index].weight = Int.random(in: 0...5, using: &chance)
        }
        var outs = 0
        for _ in 0..<300 {
            let index = Int.random(in: bench.service.backends.indices, using: &chance)
            let server = Bench.server(index)
            switch Int.random(in: 0..<3, using: &chance) {
            case 0: bench.up[server] = bench.up[server] != .some(true)
            case 1: bench.latency[server] = .milliseconds(Int.random(in: 1...200, using: &chance))
            default: break
            }
            bench.wait(.seconds(Int.random(in: 1...5, using: &chance)))
            let live = bench.service.backends.filter {
                bench.up[$0.endpoint] == .some(true) && bench.record.current[$0.endpoint] == nil
            }
            outs += bench.record.current.count
            guard !bench.record.current.isEmpty else { continue }
            let configured = bench.service.backends.reduce(0) { $0 + $1.weight }
            let weight = live.reduce(0) { $0 + $1.weight }
            #expect(weight >= max(1, quorum.up.least(ofConfigured: configured)), "seed \(seed)")
        }
        // In most runs somebody can be done without.
        if bench.service.backends.count > 6, quorum.up.least(ofConfigured: 100) < 50 {
            #expect(outs > 0, "seed \(seed)")
        }
    }
}
