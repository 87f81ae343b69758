import FRR
import FoundationEssentials
import NIOCore
import NIOPosix
import Synchronization

/// A routing daemon that is a function from a command to what it does: real framing over a real
/// unix socket, no BGP.
final class FakeDaemon: Sendable {
    /// What the daemon does with one command.
    enum Act: Sendable {
        /// Answers with this text and status, in one write.
        case reply(String = "", status: UInt8 = 0)
        /// Writes these pieces one after the other, each as it is.
        case write([[UInt8]])
        /// Does nothing.
        case silence
        /// Closes the connection.
        case hangUp
        /// Writes text without an end for as long as somebody listens.
        case endless
    }

    /// Decides what happens; it may count or remember by capturing a `Mutex`.
    typealias Behaviour = @Sendable (String) -> Act

    /// Where clients connect: a hard link to what NIO binds, since NIO removes that when it closes,
    /// and a daemon that was killed leaves its socket file behind.
    let socket: String
    private let directory: String
    private let group: MultiThreadedEventLoopGroup
    private let commands = Mutex<[String]>([])
    private let listener = Mutex<(any Channel)?>(nil)
    private let clients = Mutex<[any Channel]>([])

    /// Every command so far, over all connections, without what a client says when it comes.
    var received: [String] { commands.withLock { $0 } }

    /// The number of connections so far.
    var connections: Int { clients.withLock { $0.count } }

    /// The number of connections that no side has closed.
    var openConnections: Int { clients.withLock { $0.count { $0.isActive } } }

    /// What it says it is when a client comes; without it `Behaviour` is asked then, too.
    private let version: String?

    /// A daemon with a socket name of its own, not listening yet.
    init(
        version: String? = "FRRouting 8.4.4 (fake).\n",
        group: MultiThreadedEventLoopGroup = .singleton
    ) {
        self.version = version
        self.group = group
        directory = "/tmp/frrtests-\(UInt64.random(in: .min ... .max))"
        socket = "\(directory)/bgpd.vty"
    }

    deinit {
        // Nothing to remove if it never started.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Begins to listen, replacing a socket file that is left over, as daemons do.
    func start(_ behaviour: @escaping Behaviour) async throws {
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        let greeting = version.map { ["enable": "", "show version": $0] } ?? [:]
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                self.clients.withLock { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Conversation(greeting: greeting) { command in
                            self.commands.withLock { $0.append(command) }
                            return behaviour(command)
                        }
                    )
                }
            }
            .bind(unixDomainSocketPath: "\(directory)/bound", cleanupExistingSocketFile: true)
            .get()
        if FileManager.default.fileExists(atPath: socket) {
            try FileManager.default.removeItem(atPath: socket)
        }
        try FileManager.default.linkItem(atPath: "\(directory)/bound", toPath: socket)
        listener.withLock { $0 = channel }
    }

    /// Dies: closes everything and leaves its socket file behind, as after SIGKILL.
    func kill() async throws {
        try await listener.withLock { $0 }?.close().get()
        for client in clients.withLock({ $0 }) where client.isActive {
            // A client that has just gone by itself is as good.
            try? await client.close().get()
        }
    }

    /// Writes bytes nobody asked for to the latest connection.
    func blurt(_ text: String) {
        guard let client = clients.withLock({ $0.last }) else { return }
        client.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        /// What every client says first, each once, and the answers.
        private var greeting: [String: String]
        private var line: [UInt8] = []

        init(greeting: [String: String], _ behaviour: @escaping Behaviour) {
            self.greeting = greeting
            self.behaviour = behaviour
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            for byte in unwrapInboundIn(data).readableBytesView {
                guard byte == 0 else {
                    line.append(byte)
                    continue
                }
                let command = String(decoding: line, as: UTF8.self)
                line = []
                if let answer = greeting.removeValue(forKey: command) {
                    perform(.reply(answer), context)
                } else {
                    greeting = [:]
                    perform(behaviour(command), context)
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func perform(_ act: Act, _ context: ChannelHandlerContext) {
            switch act {
            case .silence: break
            case .hangUp: context.close(promise: nil)
            case .reply(let text, let status):
                write(Array(text.utf8) + [0, 0, 0, status], context)
            case .write(let pieces):
                for piece in pieces { write(piece, context) }
            case .endless: flood(context)
            }
        }

        private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }

        private func flood(_ context: ChannelHandlerContext) {
            let bytes = ByteBuffer(repeating: UInt8(ascii: "x"), count: 65_536)
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let conversation = NIOLoopBound(self, eventLoop: context.value.eventLoop)
            // Ends when a write fails, because the other side has hung up.
            context.value.writeAndFlush(wrapOutboundOut(bytes)).whenSuccess {
                conversation.value.flood(context.value)
            }
        }
    }
}

/// Waits until `condition` holds; an endless wait is the failure.
///
/// It sleeps between looks, because a loop without pause takes the cores from what it waits for.
func eventually(_ condition: () async -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(60)
    while await !condition(), ContinuousClock.now < deadline {
        try? await Task.sleep(for: .milliseconds(1))
    }
}

extension VTYAllowances {
    /// Deadlines that never pass on a machine that is merely busy; tests of silence set their own.
    static var patient: VTYAllowances {
        var allowances = VTYAllowances()
        allowances.greeting.deadline = .seconds(60)
        allowances.configure.deadline = .seconds(60)
        allowances.show.deadline = .seconds(60)
        return allowances
    }
}
