package import NIOCore
import NIOPosix

/// A connection to the VTY socket of one routing daemon, already in the enable node.
///
/// Replies carry no number, so after a missed deadline, a byte out of place or a cancelled caller
/// nobody can say which reply belongs to which line: the connection is closed and stays dead. It
/// does not come back by itself; `VTYSession` dials again. Bytes written before the end may still
/// be executed, even after lines of a newer connection: read back what matters.
package struct VTY: Sendable {
    private let channel: any Channel
    private let conversation: NIOLoopBound<VTYConversation>
    private let socket: String
    private let allowances: VTYAllowances

    /// Connects to `socket` and enters the enable node.
    ///
    /// - Throws: The reason why not, told apart as finely as the system tells it.
    package static func dial(
        _ socket: String,
        on group: any EventLoopGroup,
        allowances: VTYAllowances = VTYAllowances()
    ) async throws(FRRError) -> VTY {
        let vty: VTY
        do {
            vty = try await ClientBootstrap(group: group)
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
                    VTY(
                        channel: channel,
                        conversation: NIOLoopBound(
                            try channel.pipeline.syncOperations.handler(type: VTYConversation.self),
                            eventLoop: channel.eventLoop
                        ),
                        socket: socket,
                        allowances: allowances
                    )
                }
                .get()
        } catch {
            throw diagnose(error, socket: socket)
        }
        do {
            try await vty.expect(VTYScript([.required(.enable)], allowance: allowances.greeting))
        } catch {
            await vty.close()
            throw error
        }
        return vty
    }

    /// True until the connection has ended, as far as this side knows.
    package var isOpen: Bool { channel.isActive }

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
    package func command(_ line: VTYLine) async throws(FRRError) -> VTYReply {
        let replies = try await run(VTYScript([.reported(line)], allowance: allowances.show))
        guard let reply = replies.first else {
            preconditionFailure("a run that did not throw has a reply for its first line")
        }
        return reply
    }

    /// Returns when the connection has ended, or ends it when the task is cancelled.
    package func closed() async {
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
    package func close() async {
        let conversation = conversation
        channel.eventLoop.execute { conversation.value.abandon() }
        await closed()
    }
}
