import Core
import Glibc
import Net
import NIOCore
import NIOPosix
import Probes
import Testing
import TestSupport

/// Probes of real servers on the loopback, from healthy to hostile.
@Suite(.timeLimit(.minutes(10))) struct ProberTests {
    private static let brief = Trial.brevity

    private static func probe(_ endpoint: Endpoint, _ method: Check.Method) async -> Outcome {
        await Trial.patient(endpoint, method)
    }

    private static func judgement(_ endpoint: Endpoint, _ method: Check.Method) async -> Outcome {
        await Trial.brief(endpoint, method)
    }

    private static let get = Check.Method.http(HTTPExpectation(statuses: [200...299]))

    @Test(arguments: ["127.0.0.1", "::1"])
    func healthyOverTCP(host: String) async throws {
        let outcome = try await LoopbackServer.run(.mute, on: host) { await Self.probe($0, .tcp) }
        #expect(outcome.code == .l4ok)
        #expect(outcome.duration > .zero)
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func nobodyListens(host: String) async throws {
        for method in [.tcp, Self.get] {
            let outcome = try await LoopbackServer.runAbsent(on: host) {
                await Self.probe($0, method)
            }
            #expect(outcome.code == .l4connection)
            #expect(outcome.detail == "connection refused")
        }
    }

    @Test func aHostThatIsGone() async throws {
        for method in [.tcp, Self.get] {
            let outcome = try await LoopbackServer.runDeaf {
                await Self.judgement($0, method)
            }
            #expect(outcome.code == .l4timeout)
            #expect(outcome.detail == "no connection within 400ms")
            #expect(outcome.duration >= Self.brief)
        }
    }

    /// Answers that end the probe long before its deadline.
    struct Answer: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let manner: LoopbackServer.Manner
        let code: Outcome.Code
        let status: Int?
        let detail: String

        init(
            _ name: String,
            _ manner: LoopbackServer.Manner,
            _ code: Outcome.Code,
            _ status: Int?,
            _ detail: String
        ) {
            testDescription = name
            (self.manner, self.code, self.status) = (manner, code, status)
            self.detail = detail
        }
    }

    private static func text(_ text: String, closes: Bool = true) -> LoopbackServer.Manner {
        .answer(Array(text.utf8), thenCloses: closes)
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

    static let answers: [Answer] = [
        Answer("healthy", text(ok), .l7ok, 200, "200 OK"),
        Answer("healthy, keeps the connection", text(ok, closes: false), .l7ok, 200, "200 OK"),
        Answer("ends with the connection", text("HTTP/1.0 200 OK\r\n\r\nhi"), .l7ok, 200, "200 OK"),
        Answer(
            "interim first",
            text("HTTP/1.1 100 Continue\r\n\r\n" + ok),
            .l7ok,
            200,
            "200 OK"
        ),
        Answer(
            "wrong status",
            text("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\n", closes: false),
            .l7status,
            503,
            "503 Service Unavailable, expected 200-299"
        ),
        Answer(
            "redirect is not followed",
            text("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n"),
            .l7status,
            302,
            "302 Found, expected 200-299"
        ),
        Answer("empty close", text(""), .l7response, nil, "closed without an answer"),
        Answer("HTTP/0.9", text("<html>hi</html>"), .l7response, nil, "the answer is not HTTP/1"),
        Answer(
            "another protocol",
            text("\u{1b}]0;owned\u{7}", closes: false),
            .l7response,
            nil,
            "the answer is not HTTP/1"
        ),
        Answer(
            "short body",
            text("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"),
            .l7response,
            200,
            "closed in the middle of the body"
        ),
        Answer(
            "header bomb",
            .flood(Array("HTTP/1.1 200 OK\r\n".utf8), filler: Array("a: b\r\n".utf8)),
            .l7response,
            200,
            "more than 128 header fields"
        ),
        Answer(
            "endless header",
            .flood(
                Array("HTTP/1.1 200 OK\r\na: ".utf8),
                filler: [UInt8](repeating: 97, count: 4096)
            ),
            .l7response,
            200,
            "a header line above 8192 bytes"
        ),
        Answer(
            "endless body",
            .flood(
                Array("HTTP/1.1 200 OK\r\n\r\n".utf8),
                filler: [UInt8](repeating: 0, count: 65536)
            ),
            .l7ok,
            200,
            "200 OK"
        ),
        Answer(
            "endless chunks",
            .flood(
                Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8),
                filler: Array(String(repeating: "1\r\nx\r\n", count: 1000).utf8)
            ),
            .l7ok,
            200,
            "200 OK"
        ),
    ]

    @Test(arguments: Self.answers)
    func judges(_ answer: Answer) async throws {
        let outcome = try await LoopbackServer.run(answer.manner) {
            await Self.probe($0, Self.get)
        }
        #expect(outcome.code == answer.code)
        #expect(outcome.status == answer.status)
        #expect(outcome.detail == answer.detail)
    }

    @Test func healthyOverHTTPAndIPv6() async throws {
        let outcome = try await LoopbackServer.run(Self.text(Self.ok), on: "::1") {
            await Self.probe($0, Self.get)
        }
        #expect(outcome.code == .l7ok)
    }

    /// Reading one byte in time is not an answer in time: the deadline is for everything.
    @Test(arguments: [LoopbackServer.Manner.mute, .drip(Array("HTTP/1.1 200 OK\r\na: b\r\n".utf8))])
    func tooSlow(manner: LoopbackServer.Manner) async throws {
        let outcome = try await LoopbackServer.run(manner) {
            await Self.judgement($0, Self.get)
        }
        #expect(outcome.code == .l7timeout)
        #expect(outcome.duration >= Self.brief)
    }

    /// An event loop that was held up over the deadline did not listen, so it cannot blame.
    @Test(arguments: [true, false])
    func starvedOfItsLoop(beforeTheStart: Bool) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let hold: @Sendable () -> Void = {
            let end = NIODeadline.now() + .milliseconds(500)
            while NIODeadline.now() < end {}
        }
        let outcome = try await LoopbackServer.run(.mute) { endpoint in
            if beforeTheStart {
                group.next().execute(hold)
            } else {
                group.next().scheduleTask(in: .milliseconds(100), hold)
            }
            let check = Check(method: Self.get, timeout: Self.brief)
            return await Prober(group: group, civilNow: { Trial.now })
                .probe(ProbeTarget(endpoint: endpoint, check: check))
        }
        #expect(outcome.code == .socketError)
        try await group.shutdownGracefully()
    }

    /// A handshake is a handshake, whatever comes after; a request needs more.
    @Test(arguments: [true, false])
    func hangsUp(reset: Bool) async throws {
        try await LoopbackServer.run(.hangUp(reset: reset)) { endpoint in
            let tcp = await Self.probe(endpoint, .tcp)
            // On the loopback the RST may be there before the handshake was looked at.
            #expect(tcp.code == .l4ok || reset && tcp.code == .l4connection)
            let http = await Self.probe(endpoint, Self.get)
            #expect(http.code == .l7response || reset && http.code == .l4connection)
        }
    }

    @Test func resetsInTheMiddle() async throws {
        let start = Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".utf8)
        let outcome = try await LoopbackServer.run(.answerAndReset(start)) {
            await Self.probe($0, Self.get)
        }
        #expect(outcome.code == .l7response)
    }

    /// Bytes without sense, with and without a plausible start: always an outcome, in plain ASCII.
    @Test(arguments: UInt64(0)..<60)
    func randomBytes(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let starts = ["", "HTTP/1.1 ", "HTTP/1.1 200 OK\r\n", Self.ok]
        var bytes = Array((starts.randomElement(using: &generator) ?? "").utf8)
        for _ in 0..<Int.random(in: 0...2000, using: &generator) {
            bytes.append(.random(in: 0...255, using: &generator))
        }
        let closes = Bool.random(using: &generator)
        let outcome = try await LoopbackServer.run(.answer(bytes, thenCloses: closes)) {
            await Self.judgement($0, Self.get)
        }
        #expect(outcome.verdict != .unknown)
        #expect(outcome.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }

    @Test func aCancelledProbeSaysNothing() async throws {
        try await LoopbackServer.run(.mute) { endpoint in
            let outcome = await withTaskGroup(of: Outcome.self) { group in
                group.addTask { await Self.probe(endpoint, Self.get) }
                group.cancelAll()
                return await group.next()
            }
            #expect(outcome?.code == .socketError)
        }
    }

    /// Without a descriptor to spare, a healthy server must not look dead.
    @Test func outOfDescriptors() async {
        await #expect(processExitsWith: .success) {
            try await LoopbackServer.run(.mute) { endpoint in
                let before = await Self.probe(endpoint, .tcp)
                #expect(before.code == .l4ok)
                var limit = rlimit()
                #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                let kept = limit.rlim_cur
                limit.rlim_cur = 0
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                let during = await Self.probe(endpoint, .tcp)
                #expect(during.code == .socketError)
                #expect(during.verdict == .unknown)
                limit.rlim_cur = kept
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                let after = await Self.probe(endpoint, .tcp)
                #expect(after.code == .l4ok)
            }
        }
    }
}
