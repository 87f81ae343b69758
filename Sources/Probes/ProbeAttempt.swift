import Core
import Glibc
import NIOCore
import NIOPosix

/// Carries out one `Exchange` on an event loop: the socket, the deadline, and nothing else.
///
/// Bound to its event loop: everything but `init` runs there.
final class ProbeAttempt: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let target: ProbeTarget
    private let userAgent: String
    private let started: NIODeadline
    private var exchange: Exchange
    private var deadline: Scheduled<Void>?
    private var channel: (any Channel)?
    private var report: CheckedContinuation<Outcome, Never>?
    private var isCancelled = false
    /// How long the event loop took to begin.
    private var delay = TimeAmount.zero

    /// How much later than ours NIO's own connect deadline is, which is never to be the first.
    private static let spareTime = TimeAmount.seconds(1)

    /// A probe of `target` whose time runs from now.
    init(_ target: ProbeTarget, userAgent: String) {
        self.target = target
        self.userAgent = userAgent
        started = .now()
        exchange = Exchange(target.check)
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
        probe.delay = .now() - probe.started
        let timeout = TimeAmount(probe.target.check.timeout)
        let deadline = probe.started + timeout
        probe.deadline = loop.assumeIsolated().scheduleTask(deadline: deadline) {
            probe.expire(noticedAfter: .now() - deadline)
        }
        let address: SocketAddress
        do {
            address = try SocketAddress(probe.target.endpoint)
        } catch {
            return probe.fail(error)
        }
        ClientBootstrap(group: loop)
            // The deadline above is the only one; NIO insists on its own and gets a later one.
            .connectTimeout(timeout + Self.spareTime)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    attempt.value.channel = channel
                    try channel.pipeline.syncOperations.addHandler(attempt.value)
                }
            }
            .connect(to: address)
            .assumeIsolated()
            .whenFailure { probe.fail($0) }
    }

    /// Ends the probe early; nothing was learnt about the server.
    func cancel() {
        isCancelled = true
        perform(.settle(.init(code: .socketError, detail: "the probe was cancelled")))
    }

    func channelActive(context: ChannelHandlerContext) {
        closeWithReset(context.channel)
        perform(exchange.connected())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        perform(exchange.received(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(exchange.closed())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
    }

    private func expire(noticedAfter lateness: TimeAmount) {
        perform(exchange.expired(late: Duration(max(delay, lateness))))
    }

    private func fail(_ error: any Error) {
        switch error {
        case let error as IOError: perform(exchange.failed(errno: error.errnoCode))
        case ChannelError.connectTimeout: expire(noticedAfter: Self.spareTime)
        default:
            let detail = Evidence.printable("\(error)".utf8)
            perform(.settle(.init(code: .socketError, detail: detail)))
        }
    }

    private func perform(_ step: Exchange.Step) {
        switch step {
        case .wait: return
        case .ask(let expectation):
            var request = channel?.allocator.buffer(capacity: 256) ?? ByteBuffer()
            request.writeRequest(expectation, to: target.endpoint, userAgent: userAgent)
            channel?.writeAndFlush(request, promise: nil)
        case .settle(let judgement): settle(judgement)
        }
    }

    /// Closing ends in more events (`channelInactive`, a failed connect); the first report stands.
    private func settle(_ judgement: Exchange.Judgement) {
        guard let report else { return }
        self.report = nil
        deadline?.cancel()
        channel?.close(promise: nil)
        let elapsed = NIODeadline.now() - started
        report.resume(
            returning: Outcome(
                judgement.code,
                status: judgement.status,
                detail: judgement.detail,
                duration: .nanoseconds(elapsed.nanoseconds)
            )
        )
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
