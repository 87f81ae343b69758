import Core
import Net
import TestSupport
import Testing

@testable import Probes

/// The bytes between the director and its worker: what one side writes the other reads, and what
/// neither writes is refused without harm.
@Suite struct WireTests {
    private static let checks: [Check] = [
        Check(method: .tcp),
        Check(
            method: .conversation(Dialogue(sent: [1, 2, 0], expected: [3])),
            timeout: .milliseconds(10),
            origin: ProbeOrigin(v4: IPAddress(v4: 0x0a00_0001), v6: IPAddress(v6: 1), mark: 7)
        ),
        Check(method: .datagram(Dialogue(sent: Array("ping".utf8)))),
        Check(
            method: .tls(
                TLSTerms(
                    serverName: "www.example.org",
                    verifies: false,
                    authorities: "/etc/ca.pem",
                    warnDays: 398,
                    protocols: ["h2", "http/1.1"]
                )
            )
        ),
        Check(
            method: .http(
                HTTPExpectation(
                    method: .options,
                    path: "/ready?x=1",
                    host: "www.example.org:8443",
                    fields: [.init("X-Probe", "penstock")],
                    statuses: [200...299, 304...304],
                    body: .containing(Array("ready".utf8)),
                    tls: TLSTerms()
                )
            )
        ),
        Check(
            method: .http(HTTPExpectation(body: .sha256([UInt8](repeating: 7, count: 32))))
        ),
        Check(
            method: .dns(
                DNSExpectation(name: "", type: .soa, transport: .tcp, expected: ["7", "ü"])
            )
        ),
        Check(method: .icmp(size: 1400)), Check(method: .agent(sent: [1, 0])),
        Check(method: .grpc(GRPCExpectation(service: "a", host: "b", tls: TLSTerms()))),
        Check(method: .http(HTTPExpectation(version: .http2))),
        Check(
            method: .program(ProgramTerms(command: ["/bin/a", "b", ""], user: "c", megabytes: 16))
        ),
    ]

    private static let endpoints = [
        Endpoint(IPAddress(v4: 0xcb00_710a), 443), Endpoint(IPAddress(v6: 1 << 127 | 5), 1),
    ]

    static let orders: [WorkerOrder] =
        [.greeting(version: 1, userAgent: "penstock"), .forgetTarget(1), .forgetCheck(.max)]
        + checks.enumerated().map { .check(UInt32($0), $1) }
        + endpoints.map { .target(9, $0, check: 2, quiet: nil) }
        + endpoints.map { .target(10, $0, check: 2, quiet: $0.address) }
        + endpoints.map {
            .open(
                line: 3,
                SentinelDial(
                    endpoint: $0,
                    timing: SentinelTiming(
                        timeout: .seconds(1),
                        keepalive: 60,
                        origin: ProbeOrigin(v6: IPAddress(v6: 9), mark: 3)
                    )
                )
            )
        } + [.probe(ticket: 5, target: 9), .close(line: 3), .ping(77)]

    static let words: [WorkerWord] =
        [.greeting(version: 1), .pong(0)]
        + Outcome.Code.allCases.map { .end(ticket: 1, Outcome($0)) }
        + [
            .end(
                ticket: .max,
                Outcome(.l7status, status: 503, detail: "503 Busy – é", duration: .microseconds(7))
            ),
            .end(
                ticket: 2,
                Outcome(.l7ok, word: AgentWord(percent: 75, wish: .maint, health: .stopped))
            ), .end(ticket: 3, Outcome(.l7ok, word: AgentWord(wish: .ready))),
            .end(ticket: 4, Outcome(.l4connection, isDespiteConnection: true)),
            .news(line: 1, .stands),
        ]
        + [SentinelEnd.closed, .reset, .unreachable, .silent, .talkative, .local].flatMap {
            [.news(line: 2, .failed($0)), .news(line: 3, .ended($0))]
        }

    private static func frames(_ orders: [WorkerOrder]) -> [UInt8] {
        var writer = FrameWriter()
        for order in orders { writer.put { order.write(&$0) } }
        return writer.takeAll()
    }

    private static func frames(_ words: [WorkerWord]) -> [UInt8] {
        var writer = FrameWriter()
        for word in words { writer.put { word.write(&$0) } }
        return writer.takeAll()
    }

    /// In pieces of any size, as a socket gives them.
    @Test(arguments: [1, 2, 3, 7, 64, 1 << 20])
    func whatIsWrittenIsRead(piece: Int) throws {
        var reader = FrameReader()
        var orders: [WorkerOrder] = []
        var rest = Self.frames(Self.orders + Self.orders)[...]
        while !rest.isEmpty {
            for frame in try reader.take(rest.prefix(piece)) {
                orders += try WorkerOrder.all(in: frame)
            }
            rest = rest.dropFirst(piece)
        }
        #expect(orders == Self.orders + Self.orders)
        var words = FrameReader()
        let read = try words.take(Self.frames(Self.words)[...]).flatMap(WorkerWord.all)
        #expect(read == Self.words)
    }

    /// Many messages share a frame, and no frame grows beyond what is taken.
    @Test func manyMessagesAreFewFrames() throws {
        let many = [WorkerOrder](repeating: .probe(ticket: 1, target: 2), count: 20_000)
        var reader = FrameReader()
        let frames = try reader.take(Self.frames(many)[...])
        #expect(frames.count == 6)
        #expect(frames.allSatisfy { $0.count < WireLimits.frameBytes })
        // The largest check that a configuration can hold still fits behind a full frame.
        let field = HTTPExpectation.Field("X", String(repeating: "v", count: 2_000))
        let large = HTTPExpectation(
            path: String(repeating: "/", count: 2_048),
            fields: Array(repeating: field, count: 32)
        )
        let order = WorkerOrder.check(1, Check(method: .http(large)))
        let behind = Self.frames(
            [WorkerOrder](repeating: .ping(1), count: 6_553) + [order]
        )
        let last = try reader.take(behind[...]).flatMap(WorkerOrder.all).last
        #expect(last == order)
    }

    /// What an operator is shown has a bound and no control characters, whoever wrote it.
    @Test func evidenceIsBounded() throws {
        let long = Outcome(.l7ok, detail: String(repeating: "é", count: 5_000))
        var reader = FrameReader()
        let frames = try reader.take(Self.frames([WorkerWord.end(ticket: 1, long)])[...])
        guard case .end(_, let outcome)? = try frames.flatMap(WorkerWord.all).first else {
            Issue.record("no result")
            return
        }
        #expect(outcome.detail == String(repeating: "é", count: WireLimits.detailBytes / 2))
        let forged = Outcome(.l7ok, detail: "a\u{1b}[2Jb")
        let bytes = Self.frames([WorkerWord.end(ticket: 1, forged)])
        #expect(throws: WireFault("evidence with control characters")) {
            var reader = FrameReader()
            _ = try reader.take(bytes[...]).flatMap(WorkerWord.all)
        }
    }

    @Test(
        arguments: [
            [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0, 2, 0, 1], [0, 0, 0, 1, 99],
            [0, 0, 0, 1, 1],
            [0, 0, 0, 2, 3, 0],
            // A result: its ticket, then a code, a status or a length that none has.
            [0, 0, 0, 6, 2, 0, 0, 0, 1, 99], [0, 0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 7],
            [0, 0, 0, 20, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            // A connection all the same, and a code (L4OK) that says so itself.
            [0, 0, 0, 21, 2, 0, 0, 0, 1, 0x80] + [UInt8](repeating: 0, count: 15),
            // News of a kind that there is not.
            [0, 0, 0, 6, 3, 0, 0, 0, 1, 0x7f],
        ] as [[UInt8]]
    )
    func whatNobodyWritesIsRefused(bytes: [UInt8]) {
        #expect(throws: WireFault.self) {
            var reader = FrameReader()
            _ = try reader.take(bytes[...]).flatMap(WorkerWord.all)
        }
    }

    /// What would be taken for something else than was written is refused.
    @Test func ordersThatMeanNothingAreRefused() throws {
        let dial = SentinelDial(
            endpoint: Self.endpoints[0],
            timing: SentinelTiming(timeout: .seconds(1), keepalive: 60)
        )
        var writer = WireWriter()
        WorkerOrder.open(line: 3, dial).write(&writer)
        // The last bytes are two of the keepalive and three that say that nothing is said.
        var bytes = writer.bytes
        bytes[bytes.count - 5] = 1
        #expect(throws: WireFault("a keepalive of 316 seconds")) {
            try WorkerOrder.all(in: bytes)
        }
        let other = ProbeOrigin(v4: IPAddress(v6: 1))
        var check = WireWriter()
        WorkerOrder.check(1, Check(method: .tcp, origin: other)).write(&check)
        #expect(throws: WireFault("a source address of the other family")) {
            try WorkerOrder.all(in: check.bytes)
        }
    }

    /// Whatever arrives, each side takes it or says no, and keeps no more than a frame of it.
    @Test(arguments: UInt64(0)..<40)
    func anyBytesDoNoHarm(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            var bytes =
                Bool.random(using: &generator)
                ? Self.frames(Self.words.shuffled(using: &generator))
                : Self.frames(Self.orders.shuffled(using: &generator))
            for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[place], at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            let pieces = Int.random(in: 1...500, using: &generator)
            #expect(Self.isHarmless(bytes, in: pieces), "seed \(seed): \(bytes)")
        }
    }

    private static func isHarmless(_ bytes: [UInt8], in pieces: Int) -> Bool {
        var reader = FrameReader()
        var rest = bytes[...]
        do {
            while !rest.isEmpty {
                let frames = try reader.take(rest.prefix(pieces))
                guard reader.count <= WireLimits.frameBytes + 4 else { return false }
                rest = rest.dropFirst(pieces)
                for frame in frames {
                    // Both readers, whoever wrote it; either may refuse.
                    _ = try? WorkerOrder.all(in: frame)
                    for case .end(_, let outcome) in try WorkerWord.all(in: frame)
                    where outcome.detail.utf8.count > WireLimits.detailBytes {
                        return false
                    }
                }
            }
            return true
        } catch {
            return true
        }
    }
}
