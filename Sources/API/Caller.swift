package import NIOCore

/// Who is at the other end of a unix socket, as the kernel saw them when they connected.
package struct Caller: Equatable, Sendable {
    /// The process.
    package let pid: Int32
    /// The effective user.
    package let uid: UInt32
    /// The effective group and the supplementary ones.
    package let groups: [UInt32]

    /// The peer with these credentials.
    package init(pid: Int32, uid: UInt32, groups: [UInt32]) {
        self.pid = pid
        self.uid = uid
        self.groups = groups
    }
}

extension Caller {
    /// `struct ucred` of the kernel's `include/linux/socket.h`: three fields of 32 bits.
    private struct Credentials: Sendable {
        var pid: Int32
        var uid: UInt32
        var gid: UInt32
    }

    /// `gid_t` of every supplementary group, as `SO_PEERGROUPS` fills them in.
    ///
    /// The kernel allows 65,536; for a process in more than these it answers `ERANGE` and only the
    /// effective group counts, which errs on the safe side.
    private typealias Supplementary = InlineArray<256, UInt32>

    /// The options' numbers in `asm-generic/socket.h`, which x86, Arm and RISC-V share.
    private static let peerCredentials = NIOBSDSocket.Option(rawValue: 17)
    private static let peerGroups = NIOBSDSocket.Option(rawValue: 59)

    /// Who is at the other end of `channel`.
    ///
    /// - Throws: when it is no unix socket, or the kernel does not say.
    package static func of(_ channel: any Channel) async throws -> Caller {
        guard let socket = channel as? any SocketOptionProvider else {
            throw ChannelError.operationUnsupported
        }
        let found: Credentials =
            try await socket.unsafeGetSocketOption(level: .socket, name: peerCredentials).get()
        return Caller(
            pid: found.pid,
            uid: found.uid,
            groups: [found.gid] + (await supplementaryGroups(of: socket))
        )
    }

    private static func supplementaryGroups(
        of socket: any SocketOptionProvider
    ) async -> [UInt32] {
        do {
            let groups: Supplementary =
                try await socket.unsafeGetSocketOption(level: .socket, name: peerGroups).get()
            // The kernel does not tell how many it filled in and the rest is 0: root's own group
            // is therefore never found here, and need not be.
            return groups.indices.map { groups[$0] }.filter { $0 != 0 }
        } catch {
            return []
        }
    }
}
