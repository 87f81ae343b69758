package import Core
import Glibc
package import NIOCore
import NIOPosix
package import Net

/// One idle connection of a sentinel on an event loop: says nothing, and tells how it ends.
///
/// Bound to its event loop: everything but `init` runs there.
final class SentinelConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The most bytes that a server may send unasked: a greeting of SMTP or SSH with room, and far
    /// below what reading them would cost.
    static let mostBytes = 16_384

    private let tell: @Sendable (SentinelNews) -> Void
    private var channel: (any Channel)?
    private var received = 0
    private var stands = false
    private var isOver = false

    /// A connection that tells what becomes of it: that it stands, and how it failed or ended.
    init(telling tell: @escaping @Sendable (SentinelNews) -> Void) { self.tell = tell }

    /// Makes the connection of `idle` on its event loop.
    static func open(
        _ idle: NIOLoopBoundBox<SentinelConnection>,
        to endpoint: SocketAddress,
        from source: SocketAddress?,
        _ timing: SentinelTiming,
        on loop: any EventLoop
    ) {
        let connection = idle.value
        guard !connection.isOver else { return }
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(timing.timeout))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcp(TCP_KEEPIDLE), value: timing.keepalive)
            .channelOption(.tcp(TCP_KEEPINTVL), value: timing.keepalive)
            .channelOption(.tcp(TCP_KEEPCNT), value: SentinelTiming.keepaliveCount)
            // Bounds what is not a keepalive as well, and decides for those (tcp(7)).
            .channelOption(
                .tcp(TCP_USER_TIMEOUT),
                value: Int(timing.silence.nanoseconds / 1_000_000)
            )
            // Or word of the path (ICMP) would wait for the keepalives to fail (ip(7)).
            .channelOption(.errors(of: endpoint), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    idle.value.channel = channel
                    try channel.pipeline.syncOperations.addHandler(idle.value)
                }
            }
        if let mark = timing.origin.mark {
            bootstrap = bootstrap.channelOption(.mark, value: Int(mark))
        }
        if let source {
            bootstrap = bootstrap.channelOption(.bindAddressNoPort, value: 1).bind(to: source)
        }
        bootstrap.connect(to: endpoint)
            .assumeIsolated()
            .whenFailure { connection.settle(.failed(SentinelEnd($0))) }
    }

    /// Ends it without a word.
    func close() {
        isOver = true
        channel?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        // A connection to a port from which nobody serves can meet itself, and would then keep the
        // server from starting.
        guard context.channel.localAddress != context.channel.remoteAddress else {
            return settle(.failed(.reset))
        }
        guard !isOver else { return close() }
        stands = true
        tell(.stands)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytes
        if received > Self.mostBytes { settle(.ended(.talkative)) }
    }

    func channelInactive(context: ChannelHandlerContext) { settle(.ended(.closed)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        settle(.ended(SentinelEnd(error)))
    }

    /// Closing ends in more events; the first word stands.
    private func settle(_ news: SentinelNews) {
        guard !isOver else { return }
        isOver = true
        channel?.close(promise: nil)
        switch news {
        // What fails before it stands has not ended.
        case .ended(let end) where !stands: tell(.failed(end == .closed ? .reset : end))
        case .stands, .failed, .ended: tell(news)
        }
    }
}

/// Keeps idle connections for sentinels.
package struct Sentry: Sendable {
    private let group: any EventLoopGroup

    /// Keeps them on the event loops of `group`, which must outlive every connection.
    package init(group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
        self.group = group
    }

    /// Makes a connection that tells what becomes of it, and answers with what ends it.
    package func open(
        _ endpoint: Endpoint,
        _ timing: SentinelTiming,
        telling tell: @escaping @Sendable (SentinelNews) -> Void
    ) -> @Sendable () -> Void {
        let address: SocketAddress
        let source: SocketAddress?
        do {
            address = try SocketAddress(endpoint)
            source = try timing.origin.source(for: endpoint.address.family).map {
                try SocketAddress(source: $0)
            }
        } catch {
            tell(.failed(.local))
            return {}
        }
        let loop = group.next()
        let idle = NIOLoopBoundBox.makeBoxSendingValue(
            SentinelConnection(telling: tell),
            eventLoop: loop
        )
        loop.execute {
            SentinelConnection.open(idle, to: address, from: source, timing, on: loop)
        }
        return { loop.execute { idle.value.close() } }
    }
}

extension SentinelEnd {
    /// What an error of a connection says.
    init(_ error: any Error) {
        switch error {
        case let error as IOError: self.init(errno: error.errnoCode)
        case ChannelError.connectTimeout: self = .silent
        default: self = .local
        }
    }

    /// What an error number of the kernel says about a connection.
    init(errno number: Int32) {
        switch (SocketFault(errno: number).meaning, number) {
        case (.local, _): self = .local
        case (.timeout, _): self = .silent
        case (.noConnection, ECONNREFUSED), (.noConnection, ECONNRESET),
            (.noConnection, ECONNABORTED), (.noConnection, EPIPE):
            self = .reset
        case (.noConnection, _): self = .unreachable
        }
    }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// An option of TCP.
    fileprivate static func tcp(_ name: CInt) -> Self {
        Self(level: .tcp, name: NIOBSDSocket.Option(rawValue: name))
    }

    /// Whether errors that the path reports are passed on at once.
    fileprivate static func errors(of address: SocketAddress) -> Self {
        address.protocol == .inet6
            ? Self(level: .ipv6, name: NIOBSDSocket.Option(rawValue: IPV6_RECVERR))
            : Self(level: .ip, name: NIOBSDSocket.Option(rawValue: IP_RECVERR))
    }
}
