import Core
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Carries out one `Exchange` on an event loop: the sockets, the deadline, and nothing else.
///
/// Bound to its event loop: everything but `init` runs there.
final class ProbeAttempt {
    private let target: ProbeTarget
    private let started: NIODeadline
    private let tls: NIOSSLContext?
    private let civilNow: @Sendable () -> Timestamp
    private var exchange: Exchange
    /// What speaks TLS on the channel in use.
    private var secure: NIOSSLClientHandler?
    private var deadline: Scheduled<Void>?
    /// The channel in use; what an earlier one still says is not heard.
    private var channel: (any Channel)?
    /// This attempt, for what is asked to call it back; until it is over.
    private var own: NIOLoopBoundBox<ProbeAttempt>?
    private var report: CheckedContinuation<Outcome, Never>?
    private var isCancelled = false
    /// How long the event loop took to begin.
    private var delay = TimeAmount.zero

    /// A probe of `target` whose time runs from now; `tls` is there when its check has terms.
    init(
        _ target: ProbeTarget,
        tls: NIOSSLContext?,
        userAgent: String,
        civilNow: @escaping @Sendable () -> Timestamp
    ) {
        self.target = target
        self.tls = tls
        self.civilNow = civilNow
        started = .now()
        exchange = Exchange(target, chance: .random(in: .min ... .max), userAgent: userAgent)
    }

    /// Starts the probe of `attempt` on its event loop and resumes `report` when it is over.
    static func start(
        _ attempt: NIOLoopBoundBox<ProbeAttempt>,
        on loop: any EventLoop,
        reporting report: CheckedContinuation<Outcome, Never>
    ) {
        let probe = attempt.value
        probe.report = report
        guard !probe.isCancelled else { return probe.cancel() }
        probe.own = attempt
        probe.delay = .now() - probe.started
        let deadline = probe.started + TimeAmount(probe.target.check.timeout)
        probe.deadline = loop.assumeIsolated().scheduleTask(deadline: deadline) {
            probe.expire(noticedAfter: .now() - deadline)
        }
        probe.open()
    }

    /// Ends the probe early; nothing was learnt about the server.
    func cancel() {
        isCancelled = true
        perform(.settle(.init(code: .socketError, "the probe was cancelled")))
    }

    /// Makes the channel that the exchange asks for.
    private func open() {
        guard let own else { return }
        let loop = own.eventLoop
        switch exchange.carrier {
        case .stream:
            ProbeSocket.connect(target, on: loop) { try own.value.takeStream($0) }
                .assumeIsolated()
                .whenFailure { self.fail($0) }
        case .datagrams:
            hear(ProbeSocket.datagrams(target, on: loop) { try own.value.takeDatagrams($0) })
        case .echoes:
            hear(ProbeSocket.echoes(target, on: loop) { try own.value.takeDatagrams($0) })
        }
    }

    /// Goes on when there is a channel without a connection.
    private func hear(_ opening: EventLoopFuture<any Channel>) {
        let opening = opening.assumeIsolated()
        opening.whenSuccess { channel in
            guard self.channel === channel else { return }
            self.perform(self.exchange.connected())
        }
        opening.whenFailure { self.fail($0) }
    }

    private func takeDatagrams(_ channel: any Channel) throws {
        try take(channel, with: [Envelopes(to: try ProbeSocket.portless(target))])
    }

    private func takeStream(_ channel: any Channel) throws {
        guard let tls else { return try take(channel, with: []) }
        let name = target.check.method.tls?.serverName
        let secure = try NIOSSLClientHandler(context: tls, serverHostname: name)
        self.secure = secure
        try take(channel, with: [secure])
    }

    /// Makes `channel` the one in use, with `handlers` in front of what hears it.
    private func take(_ channel: any Channel, with handlers: [any ChannelHandler]) throws {
        self.channel = channel
        try channel.pipeline.syncOperations.addHandlers(handlers + [Ear(self)])
    }

    private func expire(noticedAfter lateness: TimeAmount) {
        perform(exchange.expired(late: Duration(max(delay, lateness))))
    }

    private func fail(_ error: any Error) {
        switch error {
        case let error as IOError: perform(exchange.failed(errno: error.errnoCode))
        case ChannelError.connectTimeout: expire(noticedAfter: ProbeSocket.spareTime)
        // The end without its notice: many servers leave it out, and the end itself follows.
        case NIOSSLError.uncleanShutdown: return
        default:
            if let fault = Handshake.fault(error) {
                // The library does not say why a certificate is refused, and this is most often it.
                let why = certificateLeft.map { $0 < .zero ? ": \(Handshake.words($0))" : "" } ?? ""
                return perform(exchange.failed(tls: fault + why))
            }
            let detail = Evidence.printable("\(error)".utf8)
            perform(.settle(.init(code: .socketError, detail)))
        }
    }

    private func secured(_ chosen: String?) {
        let handshake = Handshake(
            version: Handshake.name(secure?.tlsVersion),
            chosen: chosen,
            left: certificateLeft
        )
        perform(exchange.secured(handshake))
    }

    /// How long the certificate of the server is still valid.
    private var certificateLeft: Duration? {
        secure?.peerCertificate.map { certificate in
            let end = Timestamp(milliseconds: Int64(certificate.notValidAfter) * 1000)
            return end - civilNow()
        }
    }

    private func perform(_ step: Exchange.Step) {
        switch step {
        case .wait: return
        case .send(let bytes):
            channel?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        case .reopenAsStream:
            let former = channel
            channel = nil
            former?.close(promise: nil)
            open()
        case .settle(let judgement): settle(judgement)
        }
    }

    /// Closing ends in more events (`channelInactive`, a failed connect); the first report stands.
    private func settle(_ judgement: Exchange.Judgement) {
        guard let report else { return }
        self.report = nil
        own = nil
        deadline?.cancel()
        hangUp()
        let elapsed = NIODeadline.now() - started
        report.resume(
            returning: judgement.outcome(after: .nanoseconds(elapsed.nanoseconds))
        )
    }

    /// Closes the channel at once.
    ///
    /// Past TLS, which would tell the server and then wait for it to agree.
    private func hangUp() {
        guard let channel else { return }
        guard let secure else { return channel.close(promise: nil) }
        do {
            try channel.pipeline.syncOperations.context(handler: secure).close(promise: nil)
        } catch {
            // It has left the pipeline, as it does when the channel is closed.
            channel.close(promise: nil)
        }
    }

    // MARK: What the channel says

    /// Passes on what the channel in use says.
    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let attempt: ProbeAttempt

        init(_ attempt: ProbeAttempt) { self.attempt = attempt }

        func channelActive(context: ChannelHandlerContext) {
            guard attempt.channel === context.channel, attempt.exchange.carrier == .stream else {
                return
            }
            attempt.closeWithReset(context.channel)
            attempt.perform(attempt.exchange.connected())
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard attempt.channel === context.channel else { return }
            let bytes = Array(buffer: unwrapInboundIn(data))
            attempt.perform(attempt.exchange.received(bytes[...]))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard attempt.channel === context.channel,
                case .handshakeCompleted(let chosen)? = event as? TLSUserEvent
            else { return }
            attempt.secured(chosen)
        }

        func channelInactive(context: ChannelHandlerContext) {
            guard attempt.channel === context.channel else { return }
            attempt.perform(attempt.exchange.closed())
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            guard attempt.channel === context.channel else { return }
            attempt.fail(error)
        }
    }

    /// Takes datagrams out of their envelopes, and puts them into one where the socket has no other
    /// end that it could tell, as one of echoes, which have no port (getpeername(2)).
    private final class Envelopes: ChannelDuplexHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias InboundOut = ByteBuffer
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let peer: SocketAddress

        init(to peer: SocketAddress) { self.peer = peer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).data))
        }

        func write(
            context: ChannelHandlerContext,
            data: NIOAny,
            promise: EventLoopPromise<Void>?
        ) {
            guard context.remoteAddress == nil else { return context.write(data, promise: promise) }
            let envelope = AddressedEnvelope(remoteAddress: peer, data: unwrapOutboundIn(data))
            context.write(wrapOutboundOut(envelope), promise: promise)
        }
    }

    /// Makes the close send RST instead of FIN.
    ///
    /// The side that closes first keeps its port in TIME_WAIT for a minute: at 500 probes a second
    /// of one server the 28,000 ports of the default range would be gone within that minute.
    private func closeWithReset(_ channel: any Channel) {
        guard let socket = channel as? any SocketOptionProvider else { return }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in
            // The peer is gone already: the kernel refuses options on such a socket, and its port
            // is free.
        }
    }
}
