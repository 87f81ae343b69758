import NIOCore

/// Runs scripts on one channel, one line in flight, and ends the connection at the first surprise.
///
/// All of it happens on the channel's event loop. The decisions are those of `VTYFrameParser` and
/// `VTYScriptRun`; this class performs them and keeps the deadline.
final class VTYConversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A script, how far it is, and who waits for its replies.
    private struct Job {
        let script: VTYScript
        var run: VTYScriptRun
        let promise: EventLoopPromise<[VTYReply]>
    }

    private let socket: String
    private var parser = VTYFrameParser()
    private var current: Job?
    private var waiting: CircularBuffer<Job> = []
    private var deadline: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    /// Why the connection is dead; every later script gets the same answer.
    private var failure: FRRError?

    init(socket: String) { self.socket = socket }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Runs `script` after those that wait already, and fulfils `promise` with its replies.
    func submit(_ script: VTYScript, promise: EventLoopPromise<[VTYReply]>) {
        if let failure {
            promise.fail(failure)
        } else if waiting.count >= VTYLimits.waitingScripts {
            promise.fail(FRRError.crowded(socket: socket))
        } else {
            waiting.append(Job(script: script, run: VTYScriptRun(script), promise: promise))
            if current == nil { startNext() }
        }
    }

    /// Nobody wants the replies any more, and half a script cannot be taken back: hang up.
    func abandon() { fail(.closed(socket: socket, line: current?.run.currentLine?.text)) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        // Bytes behind a surprise have no meaning, and the channel is closing anyway.
        guard failure == nil else { return }
        do {
            guard let reply = try parser.received(buffer.readableBytesView) else { return }
            deadline?.cancel()
            guard let action = current?.run.replied(reply) else { return }
            perform(action)
        } catch {
            fail(.surprise(socket: socket, line: current?.run.currentLine?.text, error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed(socket: socket, line: current?.run.currentLine?.text))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A read or write that failed on a unix socket means that the other end has gone.
        fail(.closed(socket: socket, line: current?.run.currentLine?.text))
    }

    private func startNext() {
        guard let next = waiting.popFirst() else { return }
        current = next
        perform(next.run.started())
    }

    private func perform(_ action: VTYScriptRun.Action) {
        switch action {
        case .send(let line): send(line)
        case .finish(let replies):
            let promise = current?.promise
            current = nil
            promise?.succeed(replies)
            startNext()
        }
    }

    private func send(_ line: VTYLine) {
        guard let context, let allowance = current?.script.allowance else { return }
        parser.commandSent(replyLimit: allowance.replyBytes)
        var buffer = context.channel.allocator.buffer(capacity: line.text.utf8.count + 1)
        buffer.writeString(line.text)
        buffer.writeInteger(UInt8(0))
        // The clock runs from the write: a daemon that does not even read is silent too.
        deadline = context.eventLoop.assumeIsolated().scheduleTask(
            in: TimeAmount(allowance.deadline)
        ) {
            self.fail(
                .silent(socket: self.socket, line: line.text, after: allowance.deadline)
            )
        }
        // A failed write also makes the channel inactive, which is where it is handled.
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Answers everyone who waits, and hangs up: after this, no byte means anything.
    private func fail(_ error: FRRError) {
        guard failure == nil else { return }
        failure = error
        deadline?.cancel()
        let jobs = [current].compactMap { $0 } + waiting
        current = nil
        waiting.removeAll()
        for job in jobs { job.promise.fail(error) }
        context?.close(promise: nil)
    }
}
