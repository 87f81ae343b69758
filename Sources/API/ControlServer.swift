internal import Core
internal import Hummingbird
internal import HummingbirdCore
package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// The control socket: HTTP/1.1 on a unix socket, for the command line and for programs.
///
/// Three things guard it. The file's mode keeps strangers from connecting, the peer's credentials
/// decide who may change something, and every size and time is bounded (`ControlLimits`).
package struct ControlServer: Service {
    private let socket: SocketFile
    private let controls: Controls
    private let caller: @Sendable (any Channel) async throws -> Caller
    private let logger: Logger

    /// A server on `socket` for `controls`; `caller` tells who is at the other end of a connection.
    package init(
        socket: SocketFile,
        controls: Controls,
        logger: Logger,
        caller: @escaping @Sendable (any Channel) async throws -> Caller = {
            try await Caller.of($0)
        }
    ) {
        self.socket = socket
        self.controls = controls
        self.logger = logger
        self.caller = caller
    }

    /// Serves until the group it runs in shuts down gracefully, then takes the socket away.
    ///
    /// - Throws: a `Fault` when the socket cannot be made or another daemon answers on it.
    package func run() async throws {
        try await socket.claim()
        let publication = Publication()
        // The library logs the name it binds, which is not the one clients use.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let routes = ControlRoutes(controls: controls, listener: .socket)
        let application = Application(
            router: routes.router(
                guardedBy: WriteGuard(
                    authority: { publication.authority },
                    caller: caller,
                    logger: logger
                ),
                logger: logger
            ),
            server: .http1(configuration: Self.limits),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: socket.staging),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    ControlLimits.connections
                )
            ),
            onServerRunning: { await publish($0, as: publication) },
            logger: quiet
        )
        do {
            try await application.run()
        } catch {
            if let fault = publication.fault { throw fault }
            // Cancelled rather than asked to stop: it was open all the same.
            if publication.authority != nil { try socket.remove() }
            throw error
        }
        try socket.remove()
    }

    /// Shows the bound socket under its name; a server that cannot do that is closed again.
    private func publish(_ channel: any Channel, as publication: Publication) async {
        do {
            publication.conclude(.success(try socket.publish(logger: logger)))
            logger.info("The control socket is open", metadata: ["path": "\(socket.path)"])
        } catch {
            publication.conclude(.failure(error))
            channel.close(promise: nil)
        }
    }

    static var limits: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: TimeAmount(ControlLimits.idleTime),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: ControlLimits.headerFieldBytes,
                maxHeaderListSize: ControlLimits.headerBytes,
                maxHeaderFieldCount: ControlLimits.headerFields
            )
        )
    }
}

/// Whether the socket was published, and who may write through it since.
private final class Publication: Sendable {
    private let outcome = Mutex<Result<Authority, Fault>?>(nil)

    func conclude(_ result: Result<Authority, Fault>) {
        outcome.withLock { $0 = result }
    }

    /// Who may write; nobody before the socket is published.
    var authority: Authority? {
        guard case .success(let authority) = outcome.withLock({ $0 }) else { return nil }
        return authority
    }

    /// Why it could not be published.
    var fault: Fault? {
        guard case .failure(let fault) = outcome.withLock({ $0 }) else { return nil }
        return fault
    }
}
