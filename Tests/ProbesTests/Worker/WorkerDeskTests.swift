import Core
import Net
import Synchronization
import TestSupport
import Testing

@testable import Probes

/// What the director asks of its worker, what it is owed, and when it takes another one.
@Suite struct WorkerDeskTests {
    private static let endpoint = Endpoint(IPAddress(v4: 0x0a00_0001), 80)
    private static let dial = SentinelDial(
        endpoint: endpoint,
        timing: SentinelTiming(timeout: .seconds(1), keepalive: 1)
    )

    private static func target(
        _ number: UInt32,
        _ check: Check = Check(method: .tcp)
    )
        -> ProbeTarget
    {
        ProbeTarget(endpoint: Endpoint(IPAddress(v4: number), 80), check: check)
    }

    private static func order(_ target: ProbeTarget) -> ProbeOrder {
        ProbeOrder(ProbeSchedule.Run(target: target), started: .zero)
    }

    /// What the worker is told, read as it would.
    private static func told(_ desk: inout WorkerDesk) throws -> [WorkerOrder] {
        var reader = FrameReader()
        return try reader.take(desk.takeBytes()[...]).flatMap(WorkerOrder.all)
    }

    /// A tick, outside of a macro, which cannot change anything.
    private func elapse(_ desk: inout WorkerDesk) -> String? { desk.elapse() }

    /// A desk whose worker answers.
    private static func running(lastTicket: UInt32 = 0) throws -> WorkerDesk {
        var desk = WorkerDesk(userAgent: "test", lastTicket: lastTicket)
        desk.begin()
        guard case .ready = try desk.take(.greeting(version: WorkerOrder.version)) else {
            throw WireFault("not ready")
        }
        #expect(try told(&desk) == [.greeting(version: WorkerOrder.version, userAgent: "test")])
        return desk
    }

    @Test func whatIsOrderedBeforeThereIsAWorkerFollowsTheGreeting() throws {
        var desk = WorkerDesk(userAgent: "test")
        #expect(!desk.wantsWorker)
        let refused = desk.start([Self.order(Self.target(1))])
        #expect(refused.isEmpty)
        #expect(desk.wantsWorker)
        desk.begin()
        #expect(!desk.wantsWorker)
        let told = try Self.told(&desk)
        #expect(told.first == .greeting(version: WorkerOrder.version, userAgent: "test"))
        #expect(told.last == .probe(ticket: 1, target: 2))
        #expect(told.count == 4)
    }

    /// A check is told once, a target once, and a probe is a few bytes.
    @Test func definitionsAreToldOnce() throws {
        var desk = try Self.running()
        let targets = (1...100).map { Self.target($0) }
        _ = desk.start(targets.map(Self.order))
        #expect(try Self.told(&desk).count == 1 + 100 + 100)
        _ = desk.start(targets.map(Self.order))
        let bytes = desk.takeBytes()
        #expect(bytes.count == 4 + 100 * 9)
        desk.update(targets: Array(targets.dropFirst()))
        #expect(try Self.told(&desk) == [.forgetTarget(2)])
        desk.update(targets: [])
        let told = try Self.told(&desk)
        #expect(told.count == 100 && told.last == .forgetCheck(1))
        _ = desk.start([Self.order(targets[0])])
        #expect(try Self.told(&desk).count == 3)
    }

    /// Of direct routing over IPv4 the worker asks whether the real server answers ARP for the VIP.
    @Test func theServerThatIsToBeQuietIsTold() throws {
        var desk = try Self.running()
        let server = IPAddress(v4: 0x0a14_000b)
        let targets = Forwarding.allCases.map { forwarding in
            ProbeTarget(
                endpoint: Self.endpoint,
                check: Check(method: .tcp),
                path: ProbePath(to: server, port: 80, by: forwarding)
            )
        }
        _ = desk.start((targets + [Self.target(1)]).map(Self.order))
        var told: [IPAddress?] = []
        for case .target(_, _, _, let quiet) in try Self.told(&desk) { told.append(quiet) }
        #expect(told == [server, nil, nil, nil])
        #expect(targets[0].path?.forwarding == .directRouting)
    }

    @Test func aResultGoesToItsOrderOnce() throws {
        var desk = try Self.running()
        _ = desk.start([Self.order(Self.target(1)), Self.order(Self.target(2))])
        let outcome = Outcome(.l4ok, detail: "connected")
        guard case .ended(let end) = try desk.take(.end(ticket: 2, outcome)) else {
            Issue.record("not ended")
            return
        }
        #expect(end.order.run.target == Self.target(2) && end.outcome == outcome)
        #expect(desk.underWay == 1)
        guard case .none = try desk.take(.end(ticket: 2, outcome)) else {
            Issue.record("ended twice")
            return
        }
    }

    /// Evidence that is the same as before is told from evidence that is as long.
    @Test func eachResultHasItsOwnEvidence() throws {
        var desk = try Self.running()
        let details = ["200 OK", "200 OK", "200 KO", "", "", "é", "ab", "503 Service Unavailable"]
        _ = desk.start(details.indices.map { Self.order(Self.target(UInt32($0))) })
        var frame = WireWriter()
        for (index, detail) in details.enumerated() {
            WorkerWord.end(ticket: UInt32(index + 1), Outcome(.l7ok, detail: detail)).write(&frame)
        }
        let taken = desk.take(WireReader(frame.bytes[...]))
        #expect(taken.fault == nil)
        #expect(taken.ended.map(\.outcome.detail) == details)
        // What is cut off within evidence is refused, known or not.
        _ = desk.start([Self.order(Self.target(1))])
        let cut = frame.bytes.prefix(4 + 22)
        #expect(desk.take(WireReader(cut)).fault != nil)
    }

    /// What ends before a worker says what none would has ended, or it would be under way for ever.
    @Test func whatEndedBeforeAFaultHasEnded() throws {
        var desk = try Self.running()
        _ = desk.start((1...3).map { Self.order(Self.target($0)) })
        var frame = WireWriter()
        WorkerWord.end(ticket: 1, Outcome(.l4ok)).write(&frame)
        WorkerWord.end(ticket: 3, Outcome(.l4timeout)).write(&frame)
        WorkerWord.pong(7).write(&frame)
        WorkerWord.end(ticket: 2, Outcome(.l4ok)).write(&frame)
        let taken = desk.take(WireReader(frame.bytes[...]))
        #expect(taken.fault == WireFault("an answer to no ping"))
        #expect(taken.ended.map(\.order.run.target) == [Self.target(1), Self.target(3)])
        #expect(taken.ended.map(\.outcome) == [Outcome(.l4ok), Outcome(.l4timeout)])
        #expect(taken.others.isEmpty)
        let owed = desk.lose(because: "lied")
        #expect(owed.ends.map(\.order.run.target) == [Self.target(2)])
    }

    /// A director that runs for months comes to the last ticket there is, and goes on.
    @Test func ticketsBeginAgainAfterTheLast() throws {
        var desk = try Self.running(lastTicket: .max - 1)
        let targets = (1...4).map { Self.target($0) }
        _ = desk.start(targets.map(Self.order))
        let tickets = try Self.told(&desk).compactMap { order -> UInt32? in
            if case .probe(let ticket, _) = order { ticket } else { nil }
        }
        #expect(tickets == [.max, 0, 1, 2])
        #expect(throws: WireFault.self) { _ = try desk.take(.end(ticket: 3, Outcome(.l4ok))) }
        for (ticket, target) in zip(tickets, targets) {
            guard case .ended(let end) = try desk.take(.end(ticket: ticket, Outcome(.l4ok))) else {
                Issue.record("the end of \(ticket) was not taken")
                return
            }
            #expect(end.order.run.target == target)
        }
        #expect(desk.underWay == 0)
    }

    @Test(arguments: [
        WorkerWord.end(ticket: 2, Outcome(.l4ok)), .news(line: 1, .stands), .pong(0),
        .greeting(version: WorkerOrder.version),
    ])
    func whatNoWorkerWouldSayIsRefused(word: WorkerWord) throws {
        var desk = try Self.running()
        _ = desk.start([Self.order(Self.target(1))])
        #expect(throws: WireFault.self) { _ = try desk.take(word) }
    }

    @Test func anotherVersionIsRefused() {
        var desk = WorkerDesk(userAgent: "test")
        desk.begin()
        #expect(throws: WireFault.self) {
            _ = try desk.take(.greeting(version: WorkerOrder.version + 1))
        }
    }

    /// Nothing that a worker owed says anything about a server, and another is told all anew.
    @Test func whatALostWorkerOwedIsUnknown() throws {
        var desk = try Self.running()
        let target = Self.target(1)
        _ = desk.start([Self.order(target)])
        let heard = Mutex<[SentinelNews]>([])
        let tell: WorkerDesk.Tell = { news in heard.withLock { $0.append(news) } }
        let standing = desk.open(Self.dial, telling: tell) ?? 0
        _ = desk.open(Self.dial, telling: tell)
        _ = try desk.take(.news(line: standing, .stands))
        let owed = desk.lose(because: "ended by signal 9")
        #expect(owed.ends.map(\.order.run.target) == [target])
        #expect(owed.ends.allSatisfy { $0.outcome.verdict == .unknown })
        #expect(owed.ends.first?.outcome.detail == "the probe worker ended by signal 9")
        for (tell, news) in owed.news { tell(news) }
        let news = heard.withLock { Set($0) }
        #expect(news == [.ended(.local), .failed(.local)])
        // Nobody is there for a while.
        let refused = desk.start([Self.order(target)])
        #expect(refused.map(\.outcome.verdict) == [.unknown])
        let line = desk.open(Self.dial, telling: tell)
        #expect(line == nil)
        let bytes = desk.takeBytes()
        #expect(desk.underWay == 0 && bytes.isEmpty)
        desk.begin()
        _ = desk.start([Self.order(target)])
        #expect(try Self.told(&desk).count == 4)
    }

    /// Five seconds of its own, however long this process stood still in between.
    @Test func oneThatDoesNotAnswerIsReplaced() throws {
        var desk = try Self.running()
        #expect(elapse(&desk) == nil)
        #expect(try Self.told(&desk) == [.ping(1)])
        for _ in 1..<WorkerDesk.silentTicks { #expect(elapse(&desk) == nil) }
        #expect(try Self.told(&desk) == [])
        #expect(elapse(&desk) == "it did not answer any more")
        _ = try desk.take(.pong(1))
        #expect(elapse(&desk) == nil)
        #expect(try Self.told(&desk) == [.ping(2)])
    }

    @Test func oneThatOwesAProbeTooLongIsReplaced() throws {
        var desk = try Self.running()
        let check = Check(method: .tcp, timeout: .seconds(1))
        _ = desk.start([Self.order(Self.target(0x0a00_0001, check))])
        for number in 1...UInt32(2 + WorkerDesk.lateTicks) {
            #expect(elapse(&desk) == nil)
            _ = try desk.take(.pong(number))
        }
        #expect(elapse(&desk) == "it did not answer for 10.0.0.1:80")
    }

    /// A worker that starts slowly is not blamed for what waited for it.
    @Test func oneThatDoesNotBeginIsReplaced() throws {
        var desk = WorkerDesk(userAgent: "test")
        _ = desk.start([Self.order(Self.target(1))])
        desk.begin()
        for _ in 1..<WorkerDesk.firstTicks { #expect(elapse(&desk) == nil) }
        var slow = desk
        #expect(elapse(&desk) == "it did not begin to work")
        _ = try slow.take(.greeting(version: WorkerOrder.version))
        #expect(elapse(&slow) == nil)
    }

    @Test func oneThatTakesNothingGetsNoMore() throws {
        var desk = try Self.running()
        var refused: [ProbeEnd] = []
        for number in UInt32(1)...3 {
            let orders = (0..<10_000).map { Self.order(Self.target(number << 16 | $0)) }
            refused += desk.start(orders)
        }
        #expect(desk.underWay == WorkerDesk.mostUnderWay)
        #expect(refused.count == 30_000 - WorkerDesk.mostUnderWay)
        #expect(refused.allSatisfy { $0.outcome.verdict == .unknown })
    }

    @Test func newsOfAConnectionAreToldInTheirOrder() throws {
        var desk = try Self.running()
        let line = desk.open(Self.dial) { _ in } ?? 0
        #expect(throws: WireFault.self) {
            var desk = desk
            _ = try desk.take(.news(line: line, .ended(.closed)))
        }
        _ = try desk.take(.news(line: line, .stands))
        #expect(throws: WireFault.self) {
            var desk = desk
            _ = try desk.take(.news(line: line, .stands))
        }
        desk.close(line)
        #expect(try Self.told(&desk) == [.open(line: 1, Self.dial), .close(line: 1)])
        // It had ended before it was closed; nobody wants to know.
        guard case .none = try desk.take(.news(line: line, .ended(.reset))) else {
            Issue.record("told of a connection that was closed")
            return
        }
    }

    /// Any words in any order: each order has at most one end, and nothing is kept beyond bounds.
    @Test(arguments: UInt64(0)..<60)
    func anyWordsAreTakenOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var desk = WorkerDesk(userAgent: "test")
        var ordered = 0
        var ended = 0
        for _ in 0..<400 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: desk.begin()
            case 1: ended += desk.lose(because: "test").ends.count
            case 2: _ = desk.elapse()
            case 3:
                let target = Self.target(.random(in: 0..<8, using: &generator))
                ordered += 1
                ended += desk.start([Self.order(target)]).count
            case 4: _ = desk.takeBytes()
            case 5: desk.update(targets: [Self.target(.random(in: 0..<8, using: &generator))])
            default:
                guard let word = WireTests.words.randomElement(using: &generator) else { continue }
                if case .ended? = try? desk.take(word) { ended += 1 }
            }
            #expect(ended + desk.underWay == ordered, "seed \(seed)")
        }
    }

    @Test func pausesGrowForWorkersThatDoNotLast() {
        var pause = RestartPause()
        let brief = (0..<9).map { _ in pause.ended(after: .milliseconds(1)) }
        #expect(
            brief
                == [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000].map { Duration.milliseconds($0) }
        )
        #expect(pause.ended(after: RestartPause.lasting) == .zero)
        #expect(pause.ended(after: .zero) == RestartPause.first)
    }
}
