import NIOCore

/// Runs scripts on one channel, one script at a time, and ends the connection at the first
/// surprise.
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
    private var replies: [VTYReply] = []
    private var current: Job?
    private var waiting: CircularBuffer<Job> = []
    private var deadline: Scheduled<Void>?
    /// When the daemon last did something it had to: the deadline counts from here.
    private var progress = NIODeadline.uptimeNanoseconds(0)
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
        var surprise: VTYFrameError?
        do {
            try parser.received(buffer.readableBytesView, &replies)
        } catch {
            surprise = error
        }
        // Replies before the surprise are good, but the connection is not worth another line.
        if let surprise {
            replies.removeAll()
            fail(.surprise(socket: socket, line: current?.run.currentLine?.text, surprise))
            return
        }
        guard !replies.isEmpty else { return }
        progress = .now()
        let found = replies
        replies.removeAll(keepingCapacity: true)
        for reply in found {
            guard let action = current?.run.replied(reply) else { return }
            perform(action)
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
        // A job without lines is finished at once, so this goes on to the next.
        guard current == nil, let next = waiting.popFirst() else { return }
        current = next
        if let action = current?.run.started() { perform(action) }
    }

    private func perform(_ action: VTYScriptRun.Action) {
        switch action {
        case .send(let lines): send(lines)
        case .wait: break
        case .finish(let replies):
            deadline?.cancel()
            deadline = nil
            let promise = current?.promise
            current = nil
            promise?.succeed(replies)
            startNext()
        }
    }

    private func send(_ lines: [VTYLine]) {
        guard let context, let allowance = current?.script.allowance else { return }
        let wasIdle = parser.due == 0
        parser.commandsSent(lines.count, replyLimit: allowance.replyBytes)
        let size = lines.reduce(0) { $0 + $1.wireBytes }
        var buffer = context.channel.allocator.buffer(capacity: size)
        for line in lines {
            buffer.writeString(line.text)
            buffer.writeInteger(UInt8(0))
        }
        // The clock runs from the write: a daemon that does not even read is silent too.
        if wasIdle { progress = .now() }
        if deadline == nil { watch(from: progress, allowance.deadline) }
        // A failed write also makes the channel inactive, which is where it is handled.
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Ends the connection when a line has waited for its reply for as long as it may.
    ///
    /// One timer serves a whole script: when it goes off, it looks when the daemon last answered.
    private func watch(from start: NIODeadline, _ allowed: Duration) {
        guard let context else { return }
        let due = start + TimeAmount(allowed)
        deadline = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.deadline = nil
            guard let line = self.current?.run.currentLine else { return }
            if self.progress > start {
                self.watch(from: self.progress, allowed)
            } else {
                self.fail(.silent(socket: self.socket, line: line.text, after: allowed))
            }
        }
    }

    /// Answers everyone who waits, and hangs up: after this, no byte means anything.
    private func fail(_ error: FRRError) {
        guard failure == nil else { return }
        failure = error
        deadline?.cancel()
        deadline = nil
        let jobs = [current].compactMap { $0 } + waiting
        current = nil
        waiting.removeAll()
        for job in jobs { job.promise.fail(error) }
        context?.close(promise: nil)
    }
}
