internal import Core
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix

/// The file of the control socket: where it is, and who may open it.
///
/// The server binds a name of its own beside it, and the file appears under its real name by a
/// rename once mode and group are right. So there is no moment in which it lets the wrong people
/// in, and no moment in which it exists and nobody listens.
package struct SocketFile: Equatable, Sendable {
    /// Where clients find it.
    package let path: String
    /// The group that may open it and write through it, by name; `nil` for none.
    package let group: String?

    /// Owner and group may connect, which takes write permission on Linux (unix(7)).
    private static let mode = 0o660

    /// The socket at `path`, for `group`.
    package init(path: String, group: String?) {
        self.path = path
        self.group = group
    }

    private var directory: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The name it is bound under before it is published.
    var staging: String {
        "\(directory)/.\(path.split(separator: "/").last ?? "")"
    }

    /// Makes sure that nobody answers at the path, and clears away what a dead daemon left there.
    func claim() async throws(Fault) {
        guard path.utf8.count <= ControlLimits.socketPathBytes else {
            throw .cannotListen(
                path,
                because: "the path has more than \(ControlLimits.socketPathBytes) bytes"
            )
        }
        do {
            if !FileManager.default.fileExists(atPath: directory) {
                try FileManager.default.createDirectory(
                    atPath: directory,
                    withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o755]
                )
            }
            guard try isLeftOver() else { return }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw .cannotListen(path, because: "\(error.localizedDescription)")
        }
        guard await !answers() else { throw .alreadyRunning(path) }
        try remove()
    }

    /// Gives the bound socket its mode and group, then its name.
    ///
    /// - Returns: who may write through it.
    func publish(logger: Logger) throws(Fault) -> Authority {
        let manager = FileManager.default
        do {
            try manager.setAttributes([.posixPermissions: Self.mode], ofItemAtPath: staging)
            let hasGroup = adoptGroup(logger: logger)
            let attributes = try manager.attributesOfItem(atPath: staging)
            // The file belongs to whoever bound it, which is how we learn our own user, and the
            // group's number, without asking C.
            guard let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value else {
                throw CocoaError(.fileReadUnknown)
            }
            let group = (attributes[.groupOwnerAccountID] as? NSNumber)?.uint32Value
            try manager.moveItem(atPath: staging, toPath: path)
            return Authority(owner: owner, group: hasGroup ? group : nil)
        } catch {
            throw .cannotListen(path, because: error.localizedDescription)
        }
    }

    /// Takes the socket away, if it is still there.
    func remove() throws(Fault) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .cannotListen(path, because: "cannot remove it: \(error.localizedDescription)")
        }
    }

    /// Whether the group could be given to the socket; a group that does not exist keeps nobody
    /// from running the daemon.
    private func adoptGroup(logger: Logger) -> Bool {
        guard let group else { return false }
        do {
            // Usually it is right from the start, and a sandbox may forbid chown(2) altogether.
            if try groupOfSocket() == group { return true }
            try FileManager.default.setAttributes(
                [.groupOwnerAccountName: group],
                ofItemAtPath: staging
            )
            return try groupOfSocket() == group
        } catch {
            logger.warning(
                "The control socket could not be given to its group; only root may use it",
                metadata: [
                    "group": "\(group)", "error": "\(error.localizedDescription)",
                    "fix": "does it exist (groupadd --system \(group)), and may we call chown?",
                ]
            )
            return false
        }
    }

    private func groupOfSocket() throws -> String? {
        try FileManager.default
            .attributesOfItem(atPath: staging)[.groupOwnerAccountName] as? String
    }

    /// Whether a socket is there already; anything else at the path is not ours to remove.
    private func isLeftOver() throws -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw Fault.cannotListen(path, because: "something that is no socket is in its place")
        }
        return true
    }

    private func answers() async -> Bool {
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(TimeAmount(ControlLimits.probeTime))
                .connect(unixDomainSocketPath: path).get()
            try await channel.close()
            return true
        } catch let error as IOError where error.errnoCode == ECONNREFUSED {
            return false
        } catch {
            // Whatever else went wrong, somebody may be there: a socket that is taken from a
            // running daemon cannot be given back.
            return true
        }
    }
}
