package import Logging
import NIOCore
import NIOPosix

/// Tells systemd how the daemon is: ready, what it is doing, and that its loop still turns.
///
/// The protocol is one datagram of `NAME=VALUE` lines to the socket in `NOTIFY_SOCKET`
/// (sd_notify(3)); libsystemd would be a large dependency for that in a privileged process.
package struct Notifier: Sendable {
    private let channel: (any Channel)?
    /// How often the watchdog wants a sign of life at the latest; `nil` when it wants none.
    package let watchdog: Duration?

    /// Connects to what the environment names; does nothing when it names nothing.
    package init(environment: [String: String], logger: Logger) async {
        watchdog = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
            .flatMap { $0 > 0 ? .microseconds($0) : nil }
        guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else {
            channel = nil
            return
        }
        // An abstract name is as long as the address says, and NIO always says the full length, so
        // the name would be another one. systemd itself uses a path.
        guard !path.hasPrefix("@") else {
            logger.warning(
                "the service manager cannot be told how we are",
                metadata: [
                    "socket": "\(path)",
                    "reason": "NOTIFY_SOCKET has to be a path, not an abstract name",
                ]
            )
            channel = nil
            return
        }
        do {
            channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(to: SocketAddress(unixDomainSocketPath: path))
                .get()
        } catch {
            logger.warning(
                "the service manager cannot be told how we are",
                metadata: ["socket": "\(path)", "reason": "\(error)"]
            )
            channel = nil
        }
    }

    /// Sends `lines`, such as `READY=1`.
    ///
    /// A service manager that does not listen is its own trouble, and systemd's to notice.
    package func tell(_ lines: [String]) {
        guard let channel else { return }
        channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\n")), promise: nil)
    }
}
