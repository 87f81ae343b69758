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
        watchdog = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds($0) }
        guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else {
            channel = nil
            return
        }
        // systemd spells an abstract socket with a leading @.
        let name = path.hasPrefix("@") ? "\0" + path.dropFirst() : path
        do {
            channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(to: SocketAddress(unixDomainSocketPath: name))
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
