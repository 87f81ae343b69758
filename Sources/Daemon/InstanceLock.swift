package import Core
import NIOCore
import NIOPosix

/// Holds this director against a second Penstock.
///
/// The lock is the name of an abstract unix socket (unix(7)): it belongs to the network namespace,
/// which is what makes a director, and the kernel gives it back when its holder dies, however it
/// dies. A file could be left over, and could be on a disk that two directors share.
package struct InstanceLock: Sendable {
    /// The leading NUL makes the name abstract.
    package static let usualName = "\0penstock/director"

    private let channel: any Channel

    /// Takes the lock.
    ///
    /// - Throws: `D401` when someone holds it.
    package init(name: String = InstanceLock.usualName) async throws(Fault) {
        do {
            channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { $0.close() }
                .bind(to: SocketAddress(unixDomainSocketPath: name))
                .get()
        } catch let error as IOError where error.errnoCode == Self.addressInUse {
            throw Fault(
                code: "D401",
                summary: "penstock already runs on this director",
                because: "another process of this network namespace holds its lock",
                fix: "penstock status; systemctl status penstock"
            )
        } catch {
            throw Fault(
                code: "D422",
                summary: "the lock against a second penstock could not be taken",
                because: "\(error)",
                fix: "is AF_UNIX allowed for this process?"
            )
        }
    }

    /// Gives the lock back.
    package func release() async {
        do {
            try await channel.close()
        } catch {
            // It is closed already, which is what was wanted.
        }
    }

    /// EADDRINUSE of asm-generic/errno.h.
    private static let addressInUse: CInt = 98
}
