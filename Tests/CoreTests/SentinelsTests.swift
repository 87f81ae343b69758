import Core
import Net
import Testing
import TestSupport

/// The sentinels of many servers: one connection each, bounded, and word of the right one.
@Suite struct SentinelsTests {
    private static func target(_ number: Int, _ method: Check.Method = .tcp) -> ProbeTarget {
        ProbeTarget(
            endpoint: .numbered(number),
            check: Check(method: method, every: .seconds(5), rise: 1, fall: 2, hasSentinel: true)
        )
    }

    /// Sentinels with their time and chance.
    private struct Stage {
        var sentinels: Sentinels
        var now = Moment.zero + .seconds(100)
        var generator = SeededGenerator(seed: 9)

        init(limit: Int = 100) { sentinels = Sentinels(limit: limit) }

        mutating func probed(_ target: ProbeTarget, _ code: Outcome.Code) -> [Sentinels.Order] {
            sentinels.probed(target, Outcome(code), now: now, using: &generator)
        }

        mutating func pass(_ time: Duration) -> [Sentinels.Order] {
            now = now + time
            return sentinels.due(now: now, using: &generator)
        }

        mutating func heard(
            _ news: SentinelNews,
            _ number: Int,
            serial: Int
        ) -> [Sentinels.Order] {
            sentinels.heard(
                news,
                of: .numbered(number),
                serial: serial,
                now: now,
                using: &generator
            )
        }

        /// Makes these up, and answers the serials of their connections.
        mutating func bringUp(_ targets: [ProbeTarget]) -> [Endpoint: Int] {
            for target in targets { #expect(probed(target, .l4ok).isEmpty) }
            var serials: [Endpoint: Int] = [:]
            for order in pass(.seconds(1)) {
                guard case .open(let endpoint, let serial, _) = order else { continue }
                serials[endpoint] = serial
            }
            return serials
        }
    }

    @Test func onlyChecksThatWantOneHaveOne() {
        var stage = Stage()
        let plain = ProbeTarget.numbered(1)
        #expect(stage.sentinels.update(targets: [plain, Self.target(2)]).isEmpty)
        #expect(stage.probed(plain, .l4ok).isEmpty)
        #expect(stage.probed(Self.target(2), .l4ok).isEmpty)
        let orders = stage.pass(.seconds(1))
        #expect(orders.count == 1)
        guard case .open(let endpoint, _, let timing) = orders.first else {
            Issue.record("nothing is opened")
            return
        }
        #expect(endpoint == .numbered(2))
        #expect(timing.keepalive == 1)
        #expect(timing.silence == .seconds(3))
    }

    @Test func twoChecksOfOneServerShareItsConnection() throws {
        var stage = Stage()
        let http = Self.target(1, .http(HTTPExpectation()))
        let targets = [Self.target(1), http]
        _ = stage.sentinels.update(targets: targets)
        let serials = stage.bringUp(targets)
        let serial = try #require(serials[.numbered(1)])
        #expect(stage.sentinels.connections == 1)
        #expect(stage.heard(.stands, 1, serial: serial).isEmpty)
        let orders = stage.heard(.ended(.reset), 1, serial: serial)
        guard case .probe(let called, .reset) = orders.first, orders.count == 1 else {
            Issue.record("no probe is asked for: \(orders)")
            return
        }
        #expect(Set(called) == Set(targets))
    }

    @Test func aServerThatGoesDownLosesItsConnection() throws {
        var stage = Stage()
        _ = stage.sentinels.update(targets: [Self.target(1)])
        let serial = try #require(stage.bringUp([Self.target(1)])[.numbered(1)])
        _ = stage.heard(.stands, 1, serial: serial)
        #expect(stage.probed(Self.target(1), .l7status).isEmpty)
        let orders = stage.probed(Self.target(1), .l7status)
        #expect(orders == [.close(.numbered(1), serial: serial)])
        #expect(stage.sentinels.connections == 0)
        #expect(stage.pass(.seconds(60)).isEmpty)
    }

    @Test func wordOfAnEarlierConnectionIsNotHeard() throws {
        var stage = Stage()
        _ = stage.sentinels.update(targets: [Self.target(1)])
        let first = try #require(stage.bringUp([Self.target(1)])[.numbered(1)])
        #expect(stage.heard(.stands, 1, serial: first).isEmpty)
        let closed = stage.sentinels.update(targets: [])
        #expect(closed == [.close(.numbered(1), serial: first)])
        #expect(stage.heard(.ended(.reset), 1, serial: first).isEmpty)
        _ = stage.sentinels.update(targets: [Self.target(1)])
        let second = try #require(stage.bringUp([Self.target(1)])[.numbered(1)])
        #expect(second != first)
        #expect(stage.heard(.ended(.reset), 1, serial: first).isEmpty)
        #expect(stage.heard(.stands, 1, serial: second).isEmpty)
        #expect(!stage.heard(.ended(.reset), 1, serial: second).isEmpty)
    }

    @Test func aReloadKeepsConnections() throws {
        var stage = Stage()
        _ = stage.sentinels.update(targets: [Self.target(1)])
        let serial = try #require(stage.bringUp([Self.target(1)])[.numbered(1)])
        #expect(stage.heard(.stands, 1, serial: serial).isEmpty)
        #expect(stage.sentinels.update(targets: [Self.target(1), Self.target(2)]).isEmpty)
        #expect(!stage.heard(.ended(.closed), 1, serial: serial).isEmpty)
    }

    @Test func thereAreNeverMoreThanAllowed() throws {
        var stage = Stage(limit: 3)
        let targets = (0..<10).map { Self.target($0) }
        _ = stage.sentinels.update(targets: targets)
        let serials = stage.bringUp(targets)
        #expect(serials.count == 3)
        #expect(stage.sentinels.connections == 3)
        #expect(stage.sentinels.refusals == 7)
        let crowded = stage.sentinels.takeChanged().filter { $0.sight?.phase == .crowdedOut }
        #expect(crowded.count == 7)
        // One that ends makes room for another.
        let (endpoint, serial) = try #require(serials.first)
        _ = stage.sentinels.heard(
            .failed(.silent),
            of: endpoint,
            serial: serial,
            now: stage.now,
            using: &stage.generator
        )
        #expect(stage.sentinels.connections == 2)
        _ = stage.pass(.seconds(10))
        #expect(stage.sentinels.connections == 3)
    }

    @Test func whatChangedIsToldOnce() throws {
        var stage = Stage()
        _ = stage.sentinels.update(targets: [Self.target(1)])
        #expect(stage.sentinels.takeChanged().map(\.sight) == [SentinelSight(phase: .off)])
        let serial = try #require(stage.bringUp([Self.target(1)])[.numbered(1)])
        _ = stage.heard(.stands, 1, serial: serial)
        #expect(stage.sentinels.takeChanged().map(\.sight) == [SentinelSight(phase: .watching)])
        #expect(stage.probed(Self.target(1), .l4ok).isEmpty)
        #expect(stage.sentinels.takeChanged().isEmpty)
        _ = stage.sentinels.update(targets: [])
        let left = stage.sentinels.takeChanged()
        #expect(left.map(\.endpoint) == [.numbered(1)])
        #expect(left.first?.sight == nil)
    }

    /// What watches the way of the probes must go that way.
    @Test func aConnectionComesFromWhereProbesDo() throws {
        var stage = Stage()
        let target = Self.target(1)
        _ = stage.sentinels.update(targets: [target])
        let serial = try #require(stage.bringUp([target])[.numbered(1)])
        _ = stage.heard(.stands, 1, serial: serial)
        var check = target.check
        check.origin = ProbeOrigin(v4: IPAddress(v4: 0x0a00_0007), mark: 7)
        let moved = ProbeTarget(endpoint: target.endpoint, check: check)
        #expect(
            stage.sentinels.update(targets: [moved]) == [.close(.numbered(1), serial: serial)]
        )
        #expect(stage.sentinels.connections == 0)
        #expect(stage.probed(moved, .l4ok).isEmpty)
        let orders = stage.pass(.seconds(1))
        guard case .open(_, _, let timing)? = orders.first else {
            Issue.record("it is not made anew: \(orders)")
            return
        }
        #expect(timing.origin == check.origin)
        // The same again changes nothing.
        #expect(stage.sentinels.update(targets: [moved]).isEmpty)
        #expect(stage.sentinels.connections == 1)
    }

    @Test(arguments: [(1, 1), (5, 1), (10, 2), (60, 12), (600, 60)])
    func keepalivesAreInSeconds(every: Int, keepalive: Int) {
        let timing = SentinelTiming(every: .seconds(every), timeout: .seconds(1))
        #expect(timing.keepalive == keepalive)
    }
}
