@testable import API
import Core
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Answers whatever it is sent with the same bytes.
private final class Parrot: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: String
    private let hangsUp: Bool

    init(bytes: String, hangsUp: Bool) {
        self.bytes = bytes
        self.hangsUp = hangsUp
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: bytes)), promise: nil)
        if hangsUp { context.close(promise: nil) }
    }
}

struct ControlClientTests {
    /// What a client meets that talks to something which answers `bytes`, and then hangs up or
    /// stays silent.
    private func failure(
        from bytes: String,
        hangsUp: Bool,
        timeout: Duration = TestDirectory.hang
    ) async throws -> ControlFailure {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Parrot(bytes: bytes, hangsUp: hangsUp)
                    )
                }
            }
            .bind(unixDomainSocketPath: directory.socket).get()
        let client = ControlClient(socket: directory.socket, timeout: timeout)
        let failure = try await client.failure(.get, "/v1/status")
        try await listener.close()
        return failure
    }

    @Test func saysThatNobodyListens() async throws {
        let directory = try TestDirectory()
        defer { directory.remove() }
        let client = ControlClient(socket: directory.socket, timeout: TestDirectory.hang)
        let missing = try await client.failure(.get, "/v1/status")
        #expect(missing.kind == .unreachable)
        #expect(missing.fault.code == "D402")
        #expect(missing.fault.because.hasSuffix("there is no such socket"))
        try await leaveSocket(at: directory.socket)
        let leftOver = try await client.failure(.get, "/v1/status")
        #expect(leftOver.kind == .unreachable)
        #expect(leftOver.fault.because.hasSuffix("the socket is left over, nobody listens"))
    }

    @Test(arguments: [EACCES, EPERM])
    func saysThatItIsNotAllowed(code: CInt) {
        // Root is never refused, so the kernel's answer is made here.
        let failure = ControlClient(socket: "/run/x", timeout: .seconds(1))
            .failure(IOError(errnoCode: code, reason: "connect"))
        #expect(failure == ControlFailure(.forbidden, .socketForbidden("/run/x")))
    }

    @Test func doesNotWaitForEver() async throws {
        let failure = try await failure(from: "", hangsUp: false, timeout: .milliseconds(50))
        #expect(failure.kind == .late)
        #expect(failure.fault.code == "D413")
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}", "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\ncontent-type: application/problem+json\r\n"
            + "content-length: 2\r\n\r\n{}",
    ])
    func saysThatAnAnswerMakesNoSense(bytes: String) async throws {
        let failure = try await failure(from: bytes, hangsUp: true)
        #expect(failure.fault.code == "D414")
        #expect(failure.kind == .notUnderstood || failure.kind == .refused)
    }

    @Test func saysThatADocumentIsNotTheOneAskedFor() {
        let answer = ControlClient.Answer(status: 200, body: #"{"version": 1}"#)
        #expect {
            try answer.decoded(as: VersionReport.self)
        } throws: { error in
            (error as? ControlFailure)?.kind == .notUnderstood
        }
    }

    @Test(arguments: [
        ("web-v6", "web-v6"), ("a b/c", "a%20b%2Fc"), ("2001:db8::1", "2001%3Adb8%3A%3A1"),
        ("é\r\n", "%C3%A9%0D%0A"), ("..", ".."), ("a?b#c%", "a%3Fb%23c%25"), ("~_A9", "~_A9"),
    ])
    func encodesAnyTextAsOneSegment(text: String, segment: String) {
        #expect(ControlClient.segment(text) == segment)
    }
}
