package import Core
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
package import Logging
package import Net
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// The same documents over TCP, for a browser, for Prometheus and for other directors: whoever
/// reaches it may look, and nobody can change anything.
///
/// It is a convenience beside the control socket, and a director must serve its VIPs without it:
/// while its port is taken it waits and tries again, says so, and never ends the daemon.
package struct ReadOnlyServer: Service {
    /// How long to wait before the port is tried again: a port is taken by a daemon that is about
    /// to end, or for good.
    package static let retryEvery: Duration = .seconds(5)

    private let endpoint: Endpoint
    private let controls: Controls
    private let names: [String]
    private let logger: Logger
    private let trouble: Trouble

    /// Why it cannot be reached, as long as that is so.
    package final class Trouble: Sendable {
        private let current = Mutex<Fault?>(nil)

        /// Nothing wrong so far.
        package init() {}

        /// The reason; `nil` while all is well.
        package var fault: Fault? { current.withLock { $0 } }

        func become(_ fault: Fault?) { current.withLock { $0 = fault } }
    }

    /// A server at `endpoint` for `controls`.
    ///
    /// - Parameters:
    ///   - endpoint: an address of this machine, and a port.
    ///   - names: the names it answers to, beside addresses and `localhost`.
    ///   - controls: where it looks.
    ///   - trouble: where it says why it cannot be reached.
    ///   - logger: where it says that, too.
    package init(
        endpoint: Endpoint,
        names: [String],
        controls: Controls,
        trouble: Trouble,
        logger: Logger
    ) {
        self.endpoint = endpoint
        self.names = names
        self.controls = controls
        self.trouble = trouble
        self.logger = logger
    }

    /// Serves until the group it runs in shuts down gracefully.
    package func run() async throws {
        // Ends with the group; every round of it serves, or waits.
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await serve()
            } catch {
                note(.cannotServe(endpoint, because: Self.describe(error)))
                await rest()
            }
        }
    }

    private func serve() async throws {
        let opened = { @Sendable (_: any Channel) async in
            trouble.become(nil)
            logger.info("Status and metrics can be read", metadata: ["at": "\(endpoint)"])
        }
        // The library tells of its own comings and goings.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .critical)
        let application = Application(
            router: ControlRoutes(controls: controls, listener: .http).router(
                guardedBy: ReadGuard(names: names),
                logger: logger
            ),
            server: .http1(configuration: ControlServer.limits),
            configuration: ApplicationConfiguration(
                address: .hostname("\(endpoint.address)", port: Int(endpoint.port.number)),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    ControlLimits.connections
                )
            ),
            onServerRunning: opened,
            logger: quiet
        )
        try await application.run()
    }

    private static func describe(_ error: any Error) -> String {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE: "another program has that port"
        case EADDRNOTAVAIL: "this machine does not have that address"
        case EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE"
        default: "\(error)"
        }
    }

    /// Says what is wrong, once for as long as it stays the same.
    private func note(_ fault: Fault) {
        guard trouble.fault != fault else { return }
        trouble.become(fault)
        logger.warning(
            "Status and metrics cannot be read over TCP; the control socket serves on",
            metadata: ["fault": "\(fault)"]
        )
    }

    private func rest() async {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.retryEvery) }
        } catch {
            // Asked to stop: the loop sees that for itself.
        }
    }
}
