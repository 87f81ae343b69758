import Core
import Glibc
import Net
import NIOCore
import NIOPosix
import NIOSSL

/// A server on the loopback that misbehaves as told.
enum LoopbackServer {
    /// What it does with every connection.
    enum Manner: Sendable {
        /// Answers the first bytes it gets with these, then closes or keeps the connection open.
        case answer([UInt8], thenCloses: Bool)
        /// Sends one byte each 10 ms, for ever.
        case drip([UInt8])
        /// Sends this, then the filler without end.
        case flood([UInt8], filler: [UInt8])
        /// Answers the first bytes with the address that they came from, then closes.
        case tellPeer
        /// Reads and says nothing.
        case mute
        /// Closes at once: with FIN, or with RST.
        case hangUp(reset: Bool)
        /// Answers the first bytes with these, then resets.
        case answerAndReset([UInt8])
        /// Answers the first bytes with these, then closes the connection below all that is
        /// spoken over it.
        case answerAndHangUp([UInt8])
    }

    /// Runs `body` with the endpoint of a server on `host`, and stops the server after.
    static func run<Result>(
        _ manner: Manner,
        on host: String = "127.0.0.1",
        inside layers: @escaping @Sendable () -> [any ChannelHandler] = { [] },
        _ body: (Endpoint) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = layers() + [MisbehavingConnection(manner)]
                    try channel.pipeline.syncOperations.addHandlers(handlers)
                }
            }
            .bind(host: host, port: 0)
            .get()
        return try await closing(channel) {
            try await body(try Endpoint(of: channel))
        }
    }

    /// Runs `body` with the endpoint of a server of datagrams that answers each with what `reply`
    /// makes of it and of where it came from.
    static func runDatagrams<Result>(
        on host: String = "127.0.0.1",
        port: Port? = nil,
        reply: @escaping @Sendable ([UInt8], SocketAddress) -> [[UInt8]],
        _ body: (Endpoint) async throws -> Result
    ) async throws -> Result {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramEcho(reply))
                }
            }
            .bind(host: host, port: port.map { Int($0.number) } ?? 0)
            .get()
        return try await closing(channel) { try await body(try Endpoint(of: channel)) }
    }

    /// Runs `body` with an endpoint whose listener never accepts and whose queue is full.
    ///
    /// Linux drops the SYN then, which looks from outside like a host that is gone.
    static func runDeaf<Result>(_ body: (Endpoint) async throws -> Result) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return try await closing(listener) {
            let endpoint = try Endpoint(of: listener)
            var fillers: [any Channel] = []
            // The queue is full with one more than its backlog (Linux sk_acceptq_is_full).
            for _ in 0..<2 {
                fillers.append(
                    try await ClientBootstrap(group: group)
                        .connect(host: "127.0.0.1", port: Int(endpoint.port.number))
                        .get()
                )
            }
            let result = try await body(endpoint)
            for filler in fillers { try await filler.close() }
            return result
        }
    }

    /// Runs `body` with an endpoint where nothing listens.
    ///
    /// The port is that of the client's side of a connection, so that no other test can take it.
    static func runAbsent<Result>(
        on host: String = "127.0.0.1",
        _ body: (Endpoint) async throws -> Result
    ) async throws -> Result {
        try await run(.mute, on: host) { server in
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: host, port: Int(server.port.number))
                .get()
            return try await closing(client) { try await body(try Endpoint(of: client)) }
        }
    }

    private static func closing<Result>(
        _ channel: any Channel,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }
}

/// Plays one `Manner` on one accepted connection.
private final class MisbehavingConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let manner: LoopbackServer.Manner
    private var hasAnswered = false

    init(_ manner: LoopbackServer.Manner) { self.manner = manner }

    func channelActive(context: ChannelHandlerContext) {
        switch manner {
        case .drip(let bytes): drip(bytes[...], context)
        case .flood(let start, let filler): flood(start, filler, context)
        case .hangUp(let reset):
            if reset { Self.resetOnClose(context.channel) }
            context.close(promise: nil)
        case .answer, .answerAndReset, .answerAndHangUp, .tellPeer, .mute: break
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        hasAnswered = true
        switch manner {
        case .answer(let bytes, let closes):
            let sent = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)))
            let channel = context.channel
            if closes { sent.whenComplete { _ in channel.close(promise: nil) } }
        case .answerAndReset(let bytes):
            Self.resetOnClose(context.channel)
            let sent = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)))
            let channel = context.channel
            sent.whenComplete { _ in channel.close(promise: nil) }
        case .answerAndHangUp(let bytes):
            let pipeline = context.pipeline
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes))).assumeIsolated()
                .whenSuccess {
                    do {
                        try pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
                            .close(promise: nil)
                    } catch {
                        pipeline.close(promise: nil)
                    }
                }
        case .tellPeer:
            let told = ByteBuffer(string: context.remoteAddress?.ipAddress ?? "nobody")
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(told)).whenComplete { _ in
                channel.close(promise: nil)
            }
        case .drip, .flood, .hangUp, .mute: break
        }
    }

    /// The probe resets its connections; that is no fault of the test.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func drip(_ rest: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
        guard let byte = rest.first, context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [byte])), promise: nil)
        let later = rest.dropFirst()
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(10)) {
            self.drip(later.isEmpty ? rest : later, context)
        }
    }

    private func flood(_ next: [UInt8], _ filler: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: next))).assumeIsolated()
            .whenSuccess {
                // Not at once: a write that succeeds at once would keep the loop from all else.
                context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) {
                    self.flood(filler, filler, context)
                }
            }
    }

    private static func resetOnClose(_ channel: any Channel) {
        (channel as? any SocketOptionProvider)?
            .setSoLinger(linger(l_onoff: 1, l_linger: 0))
            .whenFailure { _ in
                // Gone already.
            }
    }
}

/// Answers datagrams.
private final class DatagramEcho: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let reply: @Sendable ([UInt8], SocketAddress) -> [[UInt8]]

    init(_ reply: @escaping @Sendable ([UInt8], SocketAddress) -> [[UInt8]]) {
        self.reply = reply
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let asked = unwrapInboundIn(data)
        for bytes in reply(Array(buffer: asked.data), asked.remoteAddress) {
            let answer = AddressedEnvelope(
                remoteAddress: asked.remoteAddress,
                data: ByteBuffer(bytes: bytes)
            )
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }

    /// The probe may be gone when the answer comes; that is no fault of the test.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The socket goes on.
    }
}

extension Endpoint {
    /// Where `channel` listens.
    fileprivate init(of channel: any Channel) throws {
        let address = channel.localAddress
        try self.init(
            IPAddress(parsing: address?.ipAddress ?? "no address"),
            Port(parsing: "\(address?.port ?? 0)")
        )
    }
}
