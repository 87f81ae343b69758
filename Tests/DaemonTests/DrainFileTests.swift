import Foundation
import Testing

@testable import Daemon

/// What the drain file says, whatever lies at its path.
@Suite struct DrainFileTests {
    /// A folder that goes away afterwards.
    private func inFolder(_ work: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "penstock-drain-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        try work(folder)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func isThereOrNot() throws {
        try inFolder { folder in
            let file = DrainFile(path: folder + "/drain")
            #expect(file.look() == .absent)
            try "kernel upgrade\nby night\n".write(
                toFile: file.path,
                atomically: true,
                encoding: .utf8
            )
            #expect(file.look() == .present(reason: "kernel upgrade"))
            try Data().write(to: URL(fileURLWithPath: file.path))
            #expect(file.look() == .present(reason: ""))
            try FileManager.default.removeItem(atPath: file.path)
            #expect(file.look() == .absent)
        }
    }

    @Test func aFolderOrALinkThatLeadsNowhereDrainsToo() throws {
        try inFolder { folder in
            #expect(DrainFile(path: folder).look() == .present(reason: ""))
            let link = folder + "/link"
            try FileManager.default.createSymbolicLink(
                atPath: link,
                withDestinationPath: folder + "/nowhere"
            )
            #expect(DrainFile(path: link).look() == .present(reason: ""))
        }
    }

    @Test func aPathThatCannotBeFollowedIsNoAnswer() throws {
        try inFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            // Not a folder, so nobody can say what is in it (ENOTDIR).
            guard case .unknown = DrainFile(path: folder + "/file/drain").look() else {
                Issue.record("\(DrainFile(path: folder + "/file/drain").look())")
                return
            }
            // Too long for the kernel to look for (ENAMETOOLONG).
            let long = folder + "/" + String(repeating: "a", count: 300)
            guard case .unknown = DrainFile(path: long).look() else {
                Issue.record("\(DrainFile(path: long).look())")
                return
            }
        }
    }

    @Test(arguments: [
        ("", ""), ("  disk swap  \nmore", "disk swap"), ("a\u{1B}[2Jb", "a\u{fffd}[2Jb"),
        ("a\u{202E}b", "a\u{fffd}b"), ("a\tb\r\nc", "a b"),
    ])
    func reasonsAreOneHarmlessLine(text: String, reason: String) {
        #expect(DrainFile.reason(in: text) == reason)
    }

    @Test func reasonsAreBounded() throws {
        try inFolder { folder in
            let file = DrainFile(path: folder + "/drain")
            try String(repeating: "x", count: 100_000).write(
                toFile: file.path,
                atomically: true,
                encoding: .utf8
            )
            let reason = String(repeating: "x", count: DrainFile.reasonCharacters)
            #expect(file.look() == .present(reason: reason))
        }
    }
}
