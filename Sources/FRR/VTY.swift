public import NIOCore
public import NIOPosix
import Synchronization

/// A connection to the VTY socket of one routing daemon, already in the enable node.
///
/// Replies carry no number, so after a missed deadline, a byte out of place or a cancelled caller
/// nobody can say which reply belongs to which line: the connection is closed and stays dead. It
/// does not come back by itself; `VTYSession` dials again. Bytes written before the end may still
/// be executed, even after lines of a newer connection: read back what matters.
public struct VTY: Sendable {
    /// Counts the connections of this process: an address in memory would come back.
    private static let count = Atomic<Int>(0)

    /// What there is once it is connected.
    private struct Link {
        let number = VTY.count.add(1, ordering: .relaxed).newValue
        let channel: any Channel
        let conversation: NIOLoopBound<VTYConversation>
    }

    private let link: Link?
    private let socket: String
    private let group: any EventLoopGroup
    private let allowances: VTYAllowances

    /// Who answers, as its `show version` says; `nil` when that could not be read.
    public let daemon: DaemonVersion?

    /// The socket of a daemon, not connected yet: `dial` does that.
    ///
    /// - Parameters:
    ///   - socket: The path of the daemon's VTY socket.
    ///   - group: Where the connection lives; the event loops that every user of SwiftNIO in this
    ///     process shares, when left out.
    ///   - allowances: The deadlines and reply sizes of commands.
    public init(
        socket: String,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        allowances: VTYAllowances = VTYAllowances()
    ) {
        self.init(link: nil, daemon: nil, socket: socket, group: group, allowances: allowances)
    }

    private init(
        link: Link?,
        daemon: DaemonVersion?,
        socket: String,
        group: any EventLoopGroup,
        allowances: VTYAllowances
    ) {
        self.link = link
        self.daemon = daemon
        self.socket = socket
        self.group = group
        self.allowances = allowances
    }

    /// Connects to `socket` and enters the enable node.
    ///
    /// - Throws: The reason why not, told apart as finely as the system tells it.
    public static func dial(
        _ socket: String,
        on group: any EventLoopGroup,
        allowances: VTYAllowances = VTYAllowances()
    ) async throws(FRRError) -> VTY {
        try await VTY(socket: socket, group: group, allowances: allowances).dial()
    }

    /// Connects, enters the enable node, and returns the connection.
    ///
    /// - Throws: The reason why not, told apart as finely as the system tells it;
    ///   `FRRError.notBGPD` for the socket of mgmtd, which answers in another way.
    public func dial() async throws(FRRError) -> VTY {
        // mgmtd replies when others have, and not in order (lib/vty.c `vtysh_read`).
        guard !socket.hasSuffix("/mgmtd.vty") else { throw .notBGPD(socket: socket) }
        let dialled = connected(try await connect(), nil)
        do {
            return connected(dialled.link, try await dialled.greet())
        } catch {
            await dialled.close()
            throw error
        }
    }

    private func connected(_ link: Link?, _ daemon: DaemonVersion?) -> VTY {
        VTY(link: link, daemon: daemon, socket: socket, group: group, allowances: allowances)
    }

    private func connect() async throws(FRRError) -> Link {
        // Asked first, for it may last: a channel is dear where it is only to find out.
        if let absence = Self.absence(of: socket) { throw absence }
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(TimeAmount(allowances.greeting.deadline))
                .channelInitializer { [socket] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            VTYConversation(socket: socket)
                        )
                    }
                }
                .connect(unixDomainSocketPath: socket)
                .flatMapThrowing { channel in
                    Link(
                        channel: channel,
                        conversation: NIOLoopBound(
                            try channel.pipeline.syncOperations.handler(type: VTYConversation.self),
                            eventLoop: channel.eventLoop
                        )
                    )
                }
                .get()
        } catch {
            throw Self.diagnose(error, socket: socket)
        }
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
    var id: Int? { link?.number }

    /// What speaks on the connection, for who wants to know whether it is gone when that has ended.
    var channel: (any Channel)? { link?.channel }

    /// True until the connection has ended, as far as this side knows.
    public var isOpen: Bool { link?.channel.isActive ?? false }

    /// Runs the lines of `script` with no one else's in between; see `VTYScriptRun` for which
    /// replies come back.
    ///
    /// A refusal is a reply, not an error. A cancelled task closes the connection.
    package func run(_ script: VTYScript) async throws(FRRError) -> [VTYReply] {
        guard let link else { throw .closed(socket: socket, line: script.steps.first?.line.text) }
        let (channel, conversation) = (link.channel, link.conversation)
        let promise = channel.eventLoop.makePromise(of: [VTYReply].self)
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
        guard let link else { return }
        let (channel, conversation) = (link.channel, link.conversation)
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
        guard let link else { return }
        let conversation = link.conversation
        link.channel.eventLoop.execute { conversation.value.abandon() }
        await closed()
    }
}
