import FoundationEssentials
import NIOCore

extension VTY {
    /// The most names of a directory's entries an error lists.
    private static let listedNames = 10

    /// Tells apart what a failed `connect` means; each errno has another remedy.
    static func diagnose(_ error: any Error, socket: String) -> FRRError {
        guard let code = (error as? IOError)?.errnoCode else {
            return .unreachable(socket: socket, words: "\(error)")
        }
        switch ConnectFailure(rawValue: code) {
        case .noEntry, .noDirectory: return .absent(socket: socket, holds: siblings(of: socket))
        case .refused: return .leftOver(socket: socket)
        case .notPermitted, .denied: return .forbidden(socket: socket, access: access(to: socket))
        case .again: return .backlogFull(socket: socket)
        case nil: return .unreachable(socket: socket, words: "\(error)")
        }
    }

    /// The bytes that the path of a socket may have, less one for its end (unix(7), `sun_path`).
    private static let pathBytes = 107

    /// That there is no such socket, where that can be told without asking for a connection.
    static func absence(of socket: String) -> FRRError? {
        guard let name = socket.split(separator: "/").last, !socket.hasSuffix("/"),
            socket.utf8.count <= pathBytes
        else { return nil }
        do {
            let names = try names(beside: socket)
            guard !names.contains(String(name)) else { return nil }
            return .absent(socket: socket, holds: shortened(names))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return .absent(socket: socket, holds: nil)
        } catch {
            return nil
        }
    }

    /// What lies in the directory where the socket should be; `nil` when that cannot be read.
    private static func siblings(of socket: String) -> [String]? {
        do {
            return shortened(try names(beside: socket))
        } catch {
            return nil
        }
    }

    private static func names(beside socket: String) throws -> [String] {
        let directory = socket.lastIndex(of: "/").map { String(socket[...$0]) } ?? "."
        return try FileManager.default.contentsOfDirectory(atPath: directory)
    }

    private static func shortened(_ names: [String]) -> [String] {
        let more = names.count - listedNames
        return names.sorted().prefix(listedNames) + (more > 0 ? ["and \(more) more"] : [])
    }

    /// Owner, group and mode of the socket; `nil` when even its directory keeps us out.
    private static func access(to socket: String) -> SocketAccess? {
        do {
            let found = try FileManager.default.attributesOfItem(atPath: socket)
            guard let mode = found[.posixPermissions] as? UInt else { return nil }
            func name(_ key: FileAttributeKey, or number: FileAttributeKey) -> String {
                found[key] as? String ?? found[number].map { "\($0)" } ?? "?"
            }
            return SocketAccess(
                owner: name(.ownerAccountName, or: .ownerAccountID),
                group: name(.groupOwnerAccountName, or: .groupOwnerAccountID),
                mode: Int(mode)
            )
        } catch {
            return nil
        }
    }
}

/// The errnos of `connect` that mean something of their own, by their numbers on Linux
/// (include/uapi/asm-generic/errno-base.h and errno.h); unix(7) says when they come.
private enum ConnectFailure: Int32 {
    /// EPERM.
    case notPermitted = 1
    /// ENOENT.
    case noEntry = 2
    /// EAGAIN.
    case again = 11
    /// EACCES.
    case denied = 13
    /// ENOTDIR.
    case noDirectory = 20
    /// ECONNREFUSED.
    case refused = 111
}
