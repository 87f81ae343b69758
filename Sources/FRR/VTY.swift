public import NIOCore
import NIOPosix

/// A connection to the VTY socket of one routing daemon, already in the enable node.
///
/// Replies carry no number, so after a missed deadline, a byte out of place or a cancelled caller
/// nobody can say which reply belongs to which line: the connection is closed and stays dead. It
/// does not come back by itself; `VTYSession` dials again. Bytes written before the end may still
/// be executed, even after lines of a newer connection: read back what matters.
public struct VTY: Sendable {
    private let channel: any Channel
    private let conversation: NIOLoopBound<VTYConversation>
    private let socket: String
    private let allowances: VTYAllowances

    /// Who answers, as its `show version` says; `nil` when that could not be read.
    public let daemon: DaemonVersion?

    /// Connects to `socket` and enters the enable node.
    ///
    /// - Throws: The reason why not, told apart as finely as the system tells it.
    public static func dial(
        _ socket: String,
        on group: any EventLoopGroup,
        allowances: VTYAllowances = VTYAllowances()
    ) async throws(FRRError) -> VTY {
        let (channel, conversation): (any Channel, NIOLoopBound<VTYConversation>)
        do {
            (channel, conversation) = try await ClientBootstrap(group: group)
                .connectTimeout(TimeAmount(allowances.greeting.deadline))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            VTYConversation(socket: socket)
                        )
                    }
                }
                .connect(unixDomainSocketPath: socket)
                .flatMapThrowing { channel in
                    (
                        channel,
                        NIOLoopBound(
                            try channel.pipeline.syncOperations.handler(type: VTYConversation.self),
                            eventLoop: channel.eventLoop
                        )
                    )
                }
                .get()
        } catch {
            throw diagnose(error, socket: socket)
        }
        func vty(_ daemon: DaemonVersion?) -> VTY {
            VTY(
                channel: channel,
                conversation: conversation,
                socket: socket,
                allowances: allowances,
                daemon: daemon
            )
        }
        do {
            return vty(try await vty(nil).greet())
        } catch {
            await vty(nil).close()
            throw error
        }
    }

    private init(
        channel: any Channel,
        conversation: NIOLoopBound<VTYConversation>,
        socket: String,
        allowances: VTYAllowances,
        daemon: DaemonVersion?
    ) {
        self.channel = channel
        self.conversation = conversation
        self.socket = socket
        self.allowances = allowances
        self.daemon = daemon
    }

    /// Enters the enable node, and asks who is there.
    private func greet() async throws(FRRError) -> DaemonVersion? {
        let greeting = VTYScript(
            [.required(.enable), .reported(.showVersion)],
            allowance: allowances.greeting
        )
        let replies = try await run(greeting)
        guard let first = replies.first, first.status == .success, let last = replies.last else {
            let reply = replies.first ?? VTYReply(bytes: [], status: .success)
            throw .refused(line: VTYLine.enable.text, status: reply.status, words: reply.words)
        }
        do {
            return try DaemonVersion(parsing: last.text)
        } catch {
            // What it is may not matter to whoever asks; those to whom it does will ask again.
            return nil
        }
    }

    /// Tells this connection from others of the same process, also after it has ended.
    var id: ObjectIdentifier { ObjectIdentifier(channel) }

    /// True until the connection has ended, as far as this side knows.
    public var isOpen: Bool { channel.isActive }

    /// Runs the lines of `script` with no one else's in between; see `VTYScriptRun` for which
    /// replies come back.
    ///
    /// A refusal is a reply, not an error. A cancelled task closes the connection.
    package func run(_ script: VTYScript) async throws(FRRError) -> [VTYReply] {
        let promise = channel.eventLoop.makePromise(of: [VTYReply].self)
        let conversation = conversation
        channel.eventLoop.execute { conversation.value.submit(script, promise: promise) }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                channel.eventLoop.execute { conversation.value.abandon() }
            }
        } catch let error as FRRError {
            throw error
        } catch {
            throw .closed(socket: socket, line: nil)
        }
    }

    /// Runs a script of required lines and returns the last reply.
    ///
    /// - Throws: `FRRError.refused` for the first status that is not success, besides what ends
    ///   the connection.
    @discardableResult
    package func expect(_ script: VTYScript) async throws(FRRError) -> VTYReply {
        let replies = try await run(script)
        for (step, reply) in zip(script.steps, replies) where reply.status != .success {
            throw .refused(line: step.line.text, status: reply.status, words: reply.words)
        }
        guard let last = replies.last else {
            preconditionFailure("a script whose reply is wanted has at least one line")
        }
        return last
    }

    /// Sends one line with the allowance of a `show` and returns its reply, whatever the status.
    public func command(_ line: VTYLine) async throws(FRRError) -> VTYReply {
        let replies = try await run(VTYScript([.reported(line)], allowance: allowances.show))
        guard let reply = replies.first else {
            preconditionFailure("a run that did not throw has a reply for its first line")
        }
        return reply
    }

    /// Sends lines one after the other, stops behind the first that is refused, and returns their
    /// replies.
    ///
    /// They are sent with nobody else's lines in between. A connection that a line left in a
    /// configuration node stays there; begin and end such lines with `VTYLine.end`.
    ///
    /// - Throws: `FRRError.refused` for the first status that is not success, besides what ends
    ///   the connection.
    @discardableResult
    public func commands(_ lines: [VTYLine]) async throws(FRRError) -> [VTYReply] {
        let script = VTYScript(lines.map { .required($0) }, allowance: allowances.show)
        let replies = try await run(script)
        for (line, reply) in zip(lines, replies) where reply.status != .success {
            throw .refused(line: line.text, status: reply.status, words: reply.words)
        }
        return replies
    }

    /// Returns when the connection has ended, or ends it when the task is cancelled.
    public func closed() async {
        let conversation = conversation
        await withTaskCancellationHandler {
            do {
                try await channel.closeFuture.get()
            } catch {
                // However it ended, it has ended.
                return
            }
        } onCancel: {
            channel.eventLoop.execute { conversation.value.abandon() }
        }
    }

    /// Hangs up and waits until that is done; scripts that run or wait fail as closed.
    public func close() async {
        let conversation = conversation
        channel.eventLoop.execute { conversation.value.abandon() }
        await closed()
    }
}
