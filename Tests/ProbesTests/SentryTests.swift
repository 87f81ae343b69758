import Core
import Foundation
import Glibc
import Net
import NIOCore
import NIOPosix
import Probes
import Synchronization
import Testing

/// Idle connections to real servers on the loopback, and how their ends are told.
@Suite(.timeLimit(.minutes(10))) struct SentryTests {
    private static let timing = SentinelTiming(every: .seconds(5), timeout: .seconds(20))

    /// What is heard of one connection, in order.
    private final class Ear: Sendable {
        let news: AsyncStream<SentinelNews>
        private let continuation: AsyncStream<SentinelNews>.Continuation
        private let close = Mutex<(@Sendable () -> Void)?>(nil)

        init(_ endpoint: Endpoint, _ timing: SentinelTiming = SentryTests.timing) {
            (news, continuation) = AsyncStream.makeStream()
            let continuation = continuation
            let end = Sentry().open(endpoint, timing) { continuation.yield($0) }
            close.withLock { $0 = end }
        }

        func end() { close.withLock { $0?() } }
        func finish() { continuation.finish() }
    }

    /// A server whose side of each connection is in the hands of the test.
    private static func serve<Result>(
        on host: String = "127.0.0.1",
        _ body: (Endpoint, inout AsyncStream<any Channel>.Iterator) async throws -> Result
    ) async throws -> Result {
        let (accepted, continuation) = AsyncStream.makeStream(of: (any Channel).self)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                continuation.yield(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: host, port: 0)
            .get()
        let endpoint = try Endpoint(
            IPAddress(parsing: server.localAddress?.ipAddress ?? ""),
            Port(parsing: "\(server.localAddress?.port ?? 0)")
        )
        var iterator = accepted.makeAsyncIterator()
        do {
            let result = try await body(endpoint, &iterator)
            try await server.close()
            return result
        } catch {
            try await server.close()
            throw error
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func aServerThatClosesIsHeard(host: String) async throws {
        try await Self.serve(on: host) { endpoint, accepted in
            let ear = Ear(endpoint)
            var news = ear.news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            let arrived = await accepted.next(isolation: #isolation)
            let connection = try #require(arrived)
            try await connection.close()
            #expect(await news.next(isolation: #isolation) == .ended(.closed))
        }
    }

    @Test func itComesFromTheSourceOfItsCheck() async throws {
        try await Self.serve { endpoint, accepted in
            let origin = ProbeOrigin(v4: IPAddress(v4: 0x7f00_0009))
            let timing = SentinelTiming(every: .seconds(5), timeout: .seconds(20), origin: origin)
            let ear = Ear(endpoint, timing)
            var news = ear.news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            let arrived = await accepted.next(isolation: #isolation)
            let connection = try #require(arrived)
            #expect(connection.remoteAddress?.ipAddress == "127.0.0.9")
            try await connection.close()
        }
    }

    /// A mark that may not be set, or a source that is not there, is no end of the server's.
    @Test func anOriginThatCannotBeHadIsNoNews() async throws {
        try await Self.serve { endpoint, _ in
            let origin = ProbeOrigin(v4: IPAddress(v4: 0xc000_0263))
            let timing = SentinelTiming(every: .seconds(5), timeout: .seconds(20), origin: origin)
            var news = Ear(endpoint, timing).news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .failed(.local))
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func aServerThatResetsIsHeard(host: String) async throws {
        try await Self.serve(on: host) { endpoint, accepted in
            let ear = Ear(endpoint)
            var news = ear.news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            let arrived = await accepted.next(isolation: #isolation)
            let connection = try #require(arrived)
            let socket = try #require(connection as? any SocketOptionProvider)
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await connection.close()
            #expect(await news.next(isolation: #isolation) == .ended(.reset))
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func whereNobodyListensIsNoConnection(host: String) async throws {
        try await LoopbackServer.runAbsent(on: host) { endpoint in
            var news = Ear(endpoint).news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .failed(.reset))
        }
    }

    @Test func whereNothingAnswersIsSilence() async throws {
        try await LoopbackServer.runDeaf { endpoint in
            let brief = SentinelTiming(every: .seconds(5), timeout: .milliseconds(200))
            var news = Ear(endpoint, brief).news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .failed(.silent))
        }
    }

    @Test func aServerThatTalksWithoutEndIsLeft() async throws {
        let bytes = [UInt8](repeating: 65, count: 8_000)
        try await LoopbackServer.run(.flood(bytes, filler: bytes)) { endpoint in
            var news = Ear(endpoint).news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            #expect(await news.next(isolation: #isolation) == .ended(.talkative))
        }
    }

    @Test func aGreetingIsRead() async throws {
        try await Self.serve { endpoint, accepted in
            let ear = Ear(endpoint)
            var news = ear.news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            let arrived = await accepted.next(isolation: #isolation)
            let connection = try #require(arrived)
            try await connection.writeAndFlush(ByteBuffer(string: "220 mail.example.org\r\n"))
            try await connection.close()
            #expect(await news.next(isolation: #isolation) == .ended(.closed))
        }
    }

    @Test func oneThatWeEndIsNotHeardOf() async throws {
        try await Self.serve { endpoint, accepted in
            let ear = Ear(endpoint)
            var news = ear.news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            let arrived = await accepted.next(isolation: #isolation)
            let connection = try #require(arrived)
            ear.end()
            // Our side is closed when the server sees it.
            try await connection.closeFuture.get()
            ear.finish()
            #expect(await news.next(isolation: #isolation) == nil)
        }
    }

    /// What the kernel was asked for, read back from the connection itself.
    @Test func theKernelKeepsWatchWithKeepalives() async throws {
        try await Self.serve { endpoint, accepted in
            let ear = Ear(endpoint)
            var news = ear.news.makeAsyncIterator()
            #expect(await news.next(isolation: #isolation) == .stands)
            let arrived = await accepted.next(isolation: #isolation)
            let connection = try #require(arrived)
            let port = try #require(connection.remoteAddress?.port)
            let timers = try KernelTimers.ofConnection(from: port, to: Int(endpoint.port.number))
            // 02 is the timer of keepalives (proc(5), /proc/net/tcp; `get_tcp4_sock`).
            #expect(timers == "02")
            ear.end()
        }
    }
}

/// What /proc/net/tcp says of connections.
private enum KernelTimers {
    static func ofConnection(from local: Int, to remote: Int) throws -> String? {
        // Its size is 0 by stat(2): whoever believes that reads one page of it.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/tcp"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let ends = [local, remote].map { number in
            let digits = String(number, radix: 16, uppercase: true)
            return ":" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, words[1].hasSuffix(ends[0]), words[2].hasSuffix(ends[1]) else {
                continue
            }
            return String(words[5].prefix(2))
        }
        return nil
    }
}
